# The sweep: every call that an apply makes is refused once, in turn; each time the host is left as it was.
#
# The plan is made once and saved: to apply it makes the same calls as to apply the file, and spares each of many runs a
# second look at the host.

# sweep WHAT [-v]: refuses each call that is about /sys, or with -v each other one, and looks at the host after each.
sweep() {
  before=$(bindings)
  kernel-calls --list /tmp/calls.file vfioplan /tmp/guest.yaml --apply=prove > /tmp/out 2> /tmp/err
  vfioplan release > /dev/null 2>&1
  same "$1: the host is as it was before the sweep" "$before" "$(bindings)"
  vfioplan /tmp/guest.yaml --host live --out /tmp/plan.json > /tmp/out 2>&1
  kernel-calls --list /tmp/calls vfioplan apply /tmp/plan.json > /tmp/out 2> /tmp/err
  vfioplan release > /dev/null 2>&1
  same "$1: a saved plan makes the same calls" "$(cat /tmp/calls.file)" "$(cat /tmp/calls)"
  grep '^[0-9]' /tmp/calls | grep ${2:-} ' /sys/' | sed 's/ .*//' > /tmp/numbers
  swept=0
  for number in $(cat /tmp/numbers); do
    # 16: EBUSY, which the kernel gives for opens, binds and requests alike.
    kernel-calls --refuse "$number:16" vfioplan apply /tmp/plan.json > /tmp/out 2>&1
    status=$?
    wanted=7
    # A further group of a map-all guest that is refused gets a container of its own, as the plan says.
    if [ "$(attached "$number")" = 2 ]; then
      wanted=0
      vfioplan release > /dev/null 2>&1
    fi
    after=$(bindings)
    if [ "$status" != "$wanted" ] || [ "$after" != "$before" ] || [ -n "$(opened)" ]; then
      { echo "status $status after: $(grep "^$number " /tmp/calls)"; cat /tmp/out; echo "$after"; } |
        fail "$1: call $number refused"
      vfioplan release > /dev/null 2>&1
    else
      swept=$((swept + 1))
    fi
  done
  same "$1: a refusal of each call is undone" "$(grep -c . /tmp/numbers)" "$swept"
}

# attached NUMBER: which attaching of a group a call of the list is; nothing for any other call.
attached() {
  sed -n 's/^\([0-9]*\) GROUP_SET_CONTAINER.*/\1/p' /tmp/calls | grep -n "^$1\$" | cut -d : -f 1
}

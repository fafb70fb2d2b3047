# Every call that an apply makes is refused once, in turn; each time the host is left as it was.

# Two groups; of the native drivers this one is the quickest to come back.
before=$(bindings)
guest_file "$(quoted "$(below 04.0)")" "$(quoted 0000:00:10.0)"
kernel-calls --list /tmp/calls vfioplan /tmp/guest.yaml --apply=prove > /tmp/out 2> /tmp/err
count=$(grep -c '^[0-9]' /tmp/calls)
vfioplan release > /dev/null 2>&1
same "the host is as it was before the sweep" "$before" "$(bindings)"
holds "there are calls to refuse" [ "$count" -gt 20 ]

number=1
while [ "$number" -le "$count" ]; do
  # 16: EBUSY, which the kernel gives for opens, binds and requests alike.
  kernel-calls --list /tmp/swept --refuse "$number:16" vfioplan /tmp/guest.yaml --apply=prove > /tmp/out 2>&1
  status=$?
  after=$(bindings)
  if [ "$status" != 7 ] || [ "$after" != "$before" ] || [ -n "$(opened)" ]; then
    { echo "status $status after: $(grep '(refused here)' /tmp/swept)"; cat /tmp/out; echo "$after"; } |
      fail "call $number refused"
    vfioplan release > /dev/null 2>&1
  else
    swept=$((${swept:-0} + 1))
  fi
  number=$((number + 1))
done
same "a refusal of each call is undone" "$count" "${swept:-0}"

# The core makes the very calls of a bare C program. What they take by the clock is printed, and not judged: the machine is
# emulated. What they take in instructions is the same on each machine, and judged.

# A device that cannot be reset: opening and closing any other costs a tenth of a second in the kernel alone.
edu=0000:00:10.0
before=$(bindings)
rebind vfio-pci "$edu"
kernel-calls --list /tmp/bare vfio-calls "$(group "$edu")" "$edu" 1 > /dev/null
kernel-calls --list /tmp/core core-calls "$(group "$edu")" "$edu" 1 > /dev/null
same "the baseline makes 200 calls" 200 "$(grep -c . /tmp/bare)"
same "the core makes the same calls with the same answers" "$(cat /tmp/bare)" "$(cat /tmp/core)"

# In turns, so that a busy machine slows both; of each turn the best round of either counts, for what disturbs a round only
# adds to it. The first round of a program is its start, under emulation more than elsewhere.
unit=ns turns=20
[ "$(cat /lab/clock)" = wall ] || unit=instructions turns=3
best() { "$@" | sed 1d | sort -n | head -n 1; }
take_turns() {
  for turn in $(seq "$turns"); do
    bare=$(best vfio-calls "$1" "$2" 5)
    core=$(best core-calls "$1" "$2" 5)
    [ -n "$bare" ] && [ -n "$core" ] || return 1
    echo "$((1000 * core / bare)) $bare $core"
  done > /tmp/turns
}
holds "both run again and again" take_turns "$(group "$edu")" "$edu"
sort -n /tmp/turns | awk -v "unit=$unit" '
  { ratio[NR] = $1; if (!bare || $2 < bare) bare = $2; if (!core || $3 < core) core = $3 }
  END {
    printf "200 calls, best of all rounds: bare %d, core %d %s, %.3f times, %d more a call\n",
      bare, core, unit, core / bare, (core - bare) / 200
    printf "200 calls, in each of %d turns: %.3f to %.3f times, median %.3f\n",
      NR, ratio[1] / 1000, ratio[NR] / 1000, ratio[int(NR / 2) + 1] / 1000
  }'
if [ "$unit" = instructions ]; then
  median=$(sort -n /tmp/turns | cut -d ' ' -f 1 | sed -n "$((turns / 2 + 1))p")
  holds "the core takes at most a tenth more instructions, its own and the kernel's" [ "$median" -le 1100 ]
fi

rebind - "$edu"
same "every driver is as it was" "$before" "$(bindings)"

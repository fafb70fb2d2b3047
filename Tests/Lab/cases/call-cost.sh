# The core makes the very calls of a bare C program; what both cost is printed, and not judged: the machine is emulated.

# A device that cannot be reset: opening and closing any other costs a tenth of a second in the kernel alone.
edu=0000:00:10.0
before=$(bindings)
rebind vfio-pci "$edu"
kernel-calls --list /tmp/bare vfio-calls "$(group "$edu")" "$edu" 1 > /dev/null
kernel-calls --list /tmp/core core-calls "$(group "$edu")" "$edu" 1 > /dev/null
same "the baseline makes 200 calls" 200 "$(grep -c . /tmp/bare)"
same "the core makes the same calls with the same answers" "$(cat /tmp/bare)" "$(cat /tmp/core)"

# In turns, so that a busy machine slows both.
rounds() {
  for turn in 1 2 3 4 5; do
    vfio-calls "$1" "$2" 9 >> /tmp/bare.times && core-calls "$1" "$2" 9 >> /tmp/core.times || return 1
  done
}
holds "both run again and again" rounds "$(group "$edu")" "$edu"
median() { sort -n "$1" | sed -n 23p; }
echo "200 calls, median of 45 rounds: bare $(median /tmp/bare.times) ns, core $(median /tmp/core.times) ns"
echo "200 calls, best of 45 rounds: bare $(sort -n /tmp/bare.times | head -n 1) ns, core $(sort -n /tmp/core.times | head -n 1) ns"

rebind - "$edu"
same "every driver is as it was" "$before" "$(bindings)"

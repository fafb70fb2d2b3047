# The core makes the very calls of a bare C program. What they take by the clock is printed, and not judged: the machine is
# emulated. What they take in instructions is the same on each machine, and judged.

# A device that cannot be reset: opening and closing any other costs a tenth of a second in the kernel alone.
edu=0000:00:10.0
before=$(bindings)
rebind vfio-pci "$edu"
number=$(group "$edu")
kernel-calls --list /tmp/bare vfio-calls "$number" "$edu" 1 > /dev/null
kernel-calls --list /tmp/core core-calls calls "$number" "$edu" 1 > /dev/null
same "the baseline makes 200 calls" 200 "$(grep -c . /tmp/bare)"
same "the core makes the same calls with the same answers" "$(cat /tmp/bare)" "$(cat /tmp/core)"

bare() { vfio-calls "$number" "$edu" 5; }
by_core() { core-calls calls "$number" "$edu" 5; }
turns=20
[ "$(unit)" = ns ] || turns=3
holds "both run again and again" take_turns "$turns"
compare "200 calls" 200
[ "$(unit)" = ns ] ||
  holds "the core takes at most a tenth more instructions, its own and the kernel's" [ "$(median)" -le 1100 ]

rebind - "$edu"
same "every driver is as it was" "$before" "$(bindings)"

# The core makes the very calls of a bare C program; what both cost is printed, and not judged: the machine is emulated.

# A device that cannot be reset: opening and closing any other costs a tenth of a second in the kernel alone.
edu=0000:00:10.0
before=$(bindings)
rebind vfio-pci "$edu"
kernel-calls --list /tmp/bare vfio-calls "$(group "$edu")" "$edu" 1 > /dev/null
kernel-calls --list /tmp/core core-calls "$(group "$edu")" "$edu" 1 > /dev/null
same "the baseline makes 200 calls" 200 "$(grep -c . /tmp/bare)"
same "the core makes the same calls with the same answers" "$(cat /tmp/bare)" "$(cat /tmp/core)"

holds "the bare program runs" sh -c 'vfio-calls "$1" "$2" 15 > /tmp/bare' call "$(group "$edu")" "$edu"
holds "the core runs" sh -c 'core-calls "$1" "$2" 15 > /tmp/core' call "$(group "$edu")" "$edu"
median() { sort -n "$1" | sed -n 8p; }
echo "200 calls, median of 15 rounds: bare $(median /tmp/bare) ns, core $(median /tmp/core) ns"

rebind - "$edu"
same "every driver is as it was" "$before" "$(bindings)"

# Single pages mapped and unmapped again and again, as a guest does that programs its own IOMMU, beside a bare program.

edu=0000:00:10.0
before=$(bindings)
rebind vfio-pci "$edu"
number=$(group "$edu")
numbered() { grep '^[0-9]' "$1"; }

kernel-calls --list /tmp/bare vfio-pairs "$number" 10 1 > /dev/null
kernel-calls --list /tmp/core core-calls pairs "$number" 10 1 > /dev/null
same "pages are mapped and unmapped by the calls of the bare program" "$(numbered /tmp/bare)" "$(numbered /tmp/core)"
# By the clock 100,000 pairs of either program.
pairs=4000 turns=5
[ "$(unit)" = ns ] || pairs=500 turns=1
bare() { vfio-pairs "$number" "$pairs" 5; }
by_core() { core-calls pairs "$number" "$pairs" 5; }
holds "both run again and again" take_turns "$turns"
compare "$pairs pairs of map and unmap" "$((2 * pairs))"
[ "$(unit)" = ns ] ||
  holds "the core takes at most a tenth more instructions, its own and the kernel's" [ "$(median)" -le 1100 ]

same "nothing is open" "" "$(opened)"
rebind - "$edu"
same "every driver is as it was" "$before" "$(bindings)"

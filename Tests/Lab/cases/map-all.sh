# Guest memory mapped as a whole, beside a bare program.

edu=0000:00:10.0
before=$(bindings)
rebind vfio-pci "$edu"
number=$(group "$edu")
size=$((4 << 30))
numbered() { grep '^[0-9]' "$1"; }

# The calls are those of any size, and to clear 4 GiB takes seconds.
kernel-calls --list /tmp/bare vfio-map-all "$number" "$((64 << 20))" 1 > /dev/null
kernel-calls --list /tmp/core core-calls map-all "$number" "$((64 << 20))" 1 > /dev/null
same "guest memory is mapped by the calls of the bare program" "$(numbered /tmp/bare)" "$(numbered /tmp/core)"
same "by one map for each contiguous range" 2 "$(grep -c 'IOMMU_MAP_DMA = ok' /tmp/core)"
rounds=5 turns=2
[ "$(unit)" = ns ] || rounds=2 turns=1
bare() { vfio-map-all "$number" "$size" "$rounds"; }
by_core() { core-calls map-all "$number" "$size" "$rounds"; }
holds "both run again and again" take_turns "$turns"
compare "map-all of 4 GiB by pages of 2 MiB" "$(numbered /tmp/bare | grep -c .)"
[ "$(unit)" = ns ] ||
  holds "the core takes at most a twentieth more instructions, its own and the kernel's" [ "$(median)" -le 1050 ]

same "nothing is open" "" "$(opened)"
rebind - "$edu"
same "every driver is as it was" "$before" "$(bindings)"

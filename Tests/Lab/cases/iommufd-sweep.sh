# Every call that an apply makes by iommufd is refused once, in turn.

bound=$(bindings)
first=$(behind 07.0 1)
second=$(behind 07.0 2)
rebind vfio-pci "$first" "$second"
guest_file "$(with_siblings park "$first")" "$(quoted 0000:00:10.0)"
of_iommufd
sweep "requests" -v
holds "there are requests to refuse" [ "$swept" -gt 15 ]
rebind - "$first" "$second"
same "every driver is as it was" "$bound" "$(bindings)"

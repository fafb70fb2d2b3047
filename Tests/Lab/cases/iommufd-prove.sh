# A guest of iommufd with three devices goes through `prove`, and leaves them bound with nothing open.

nic=$(below 04.0)
first=$(below 08.0 1)
second=$(below 08.0 2)
before=$(bindings)
guest_file "$(quoted "$nic")" "$(quoted "$first")" "$(quoted "$second")"
of_iommufd

exits "the guest is proven" 0 kernel-calls --list /tmp/calls vfioplan /tmp/guest.yaml --apply=prove
same "its devices are on vfio-pci" "vfio-pci vfio-pci vfio-pci" "$(driver "$nic") $(driver "$first") $(driver "$second")"
same "nothing is open" "" "$(opened)"
count() { grep -c "^[0-9]* $1 = ok" /tmp/calls; }
same "each device was bound to iommufd and attached" "3 3" "$(count DEVICE_BIND_IOMMUFD) $(count DEVICE_ATTACH_IOMMUFD_PT)"
same "to one address space" 1 "$(count IOAS_ALLOC)"
same "what was mapped was unmapped" "$(count IOAS_MAP)" "$(count IOAS_UNMAP)"
holds "something was mapped" [ "$(count IOAS_MAP)" -gt 0 ]
same "no container and no group was opened" "" "$(grep -e 'open /dev/vfio/vfio' -e 'open /dev/vfio/[0-9]' /tmp/calls)"

exits "a second apply succeeds" 0 kernel-calls --list /tmp/calls vfioplan /tmp/guest.yaml --apply=prove
silent "a second apply writes nothing" "write /sys" /tmp/calls
exits "the devices are given back" 0 vfioplan release
same "every driver is as it was" "$before" "$(bindings)"

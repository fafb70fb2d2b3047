# A map-all guest with three devices goes through `prove` and leaves them bound with nothing open; `release` undoes it.

nic=$(below 04.0)
first=$(below 08.0 1)
second=$(below 08.0 2)
before=$(bindings)
guest_file "$(quoted "$nic")" "$(quoted "$first")" "$(quoted "$second")"

exits "the guest is proven" 0 kernel-calls --list /tmp/calls vfioplan /tmp/guest.yaml --apply=prove
same "its devices are on vfio-pci" "vfio-pci vfio-pci vfio-pci" "$(driver "$nic") $(driver "$first") $(driver "$second")"
same "every other driver is as it was" \
  "$(echo "$before" | grep -v -e "$nic" -e "$first" -e "$second")" \
  "$(bindings | grep -v -e "$nic" -e "$first" -e "$second")"
same "nothing is open" "" "$(opened)"
same "each group was attached once" 2 "$(grep -c 'GROUP_SET_CONTAINER = ok' /tmp/calls)"
same "the model was set once" "SET_IOMMU = ok" "$(grep 'SET_IOMMU' /tmp/calls | cut -d ' ' -f 2-)"
same "what was mapped was unmapped" "$(grep -c 'MAP_DMA = ok' /tmp/calls)" \
  "$((2 * $(grep -c 'UNMAP_DMA = ok' /tmp/calls)))"
holds "something was mapped" grep -q '[0-9] IOMMU_MAP_DMA = ok' /tmp/calls

exits "a second apply succeeds" 0 kernel-calls --list /tmp/calls vfioplan /tmp/guest.yaml --apply=prove
silent "a second apply writes nothing" "write /sys" /tmp/calls

exits "the devices are given back" 0 vfioplan release
same "every driver is as it was" "$before" "$(bindings)"
up "$nic" "$first"
holds "the network behind the device answers again" network "$nic"
holds "the network behind the function answers again" network "$first"

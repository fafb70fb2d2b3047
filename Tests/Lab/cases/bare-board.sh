# The machine without an IOMMU has the same devices and no group, and refuses to bind any of them to vfio-pci.

same "there is no group" "" "$(ls /sys/kernel/iommu_groups)"
same "the disk is mounted" "/dev/nvme0n1 /data ext4" "$(grep /data /proc/mounts | cut -d ' ' -f 1-3)"
nic=$(below 04.0)
before=$(bindings)
holds "the network behind the device answers" network "$nic"
rebind vfio-pci "$nic" 2> /dev/null
same "vfio-pci does not take the device" - "$(driver "$nic")"
rebind - "$nic"
same "every driver is as it was" "$before" "$(bindings)"
holds "the network answers again" network "$nic"

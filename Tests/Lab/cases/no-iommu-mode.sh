# The kernel can be made to give devices without an IOMMU: what it then answers, and that it is not done for a guest.

nic=$(below 04.0)
before=$(bindings)
echo 1 > /sys/module/vfio/parameters/enable_unsafe_noiommu_mode
rebind vfio-pci "$nic" 2> /dev/null
same "vfio-pci takes the device" vfio-pci "$(driver "$nic")"
same "its group has another name, and it has no node of its own" "noiommu-0
vfio" "$(ls /dev/vfio)"
same "each call is answered as expected" "CHECK_EXTENSION no-IOMMU before a group: 1
GET_STATUS: yes
  flags 1
SET_CONTAINER: yes
CHECK_EXTENSION no-IOMMU: 1
CHECK_EXTENSION Type1v2: 0
SET_IOMMU Type1v2: ENODEV
SET_IOMMU no-IOMMU: yes
GET_INFO: ENOTTY
MAP_DMA: ENOTTY
GET_DEVICE_FD: yes
DEVICE_GET_INFO: yes" "$(noiommu-answers noiommu-0 "$nic" 2>&1)"

guest_file "$(quoted "$nic")"
exits "a guest is refused" 1 kernel-calls --list /tmp/calls vfioplan /tmp/guest.yaml --apply=prove
same "nothing was asked of VFIO and nothing written" "" "$(grep '^[0-9]' /tmp/calls)"
says "by the rule" "[iommu-off]" /tmp/err
exits "the host cannot give devices" 1 vfioplan host doctor
cat /tmp/out /tmp/err > /tmp/said
says "because its IOMMU is off" "the IOMMU is off" /tmp/said

rebind - "$nic"
echo 0 > /sys/module/vfio/parameters/enable_unsafe_noiommu_mode
same "every driver is as it was" "$before" "$(bindings)"

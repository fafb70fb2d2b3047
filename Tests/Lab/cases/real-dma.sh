# A device reaches memory through a mapped range, and no longer once the range is unmapped; its interrupt is counted.

edu=0000:00:10.0
before=$(bindings)
rebind vfio-pci "$edu"
dmesg -c > /dev/null
same "bytes arrive through the range, stop after its end, and an interrupt comes" "arrived
stopped
interrupted" "$(edu-dma "$(group "$edu")" "$edu" 2>&1)"
dmesg > /tmp/log
# QEMU's AMD-Vi stops the transfer too, and tells nobody.
[ "$(cat /lab/iommu)" = amd ] ||
  says "the kernel tells of the transfer it stopped" "Request device [00:10.0] fault addr 0x201000" /tmp/log
if [ -e /dev/iommu ]; then
  node=$(ls "$devices/$edu/vfio-dev")
  same "and so by the device's own node" "arrived
stopped
interrupted" "$(edu-dma iommufd "${node#vfio}" "$edu" 2>&1)"
fi
rebind - "$edu"
same "every driver is as it was" "$before" "$(bindings)"

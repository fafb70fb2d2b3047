# A device reaches memory through a mapped range, and no longer once the range is unmapped.

edu=0000:00:10.0
before=$(bindings)
rebind vfio-pci "$edu"
dmesg -c > /dev/null
same "bytes arrive through the range and stop after its end" "arrived
stopped" "$(edu-dma "$(group "$edu")" "$edu" 2>&1)"
dmesg > /tmp/log
# Both drivers of IOMMUs name the device and the bus address of a transfer they stopped.
case $(cat /lab/shape) in
amd) says "the kernel tells of the transfer it stopped" "IO_PAGE_FAULT device=$edu" /tmp/log ;;
*) says "the kernel tells of the transfer it stopped" "Request device [00:10.0] fault addr 0x201000" /tmp/log ;;
esac
rebind - "$edu"
same "every driver is as it was" "$before" "$(bindings)"

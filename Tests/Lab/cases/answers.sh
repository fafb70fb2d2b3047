# The kernel answers the calls of a Type1 container as the core and its model take it to answer.

nic=$(below 04.0)
before=$(bindings)
rebind vfio-pci "$nic"

# The IOMMU decides how far bus addresses go beyond the interrupt range: VT-d to the 48 bits the shape gives it.
case $(cat /lab/iommu) in
amd) offer="  page sizes 0xfff7ffffff000
  entries 65535
  range 0-0xfedfffff
  range 0xfef00000-0xfcffffffff
  range 0x10000000000-0xffffffffffffffff" ;;
*) offer="  page sizes 0x40201000
  entries 65535
  range 0-0xfedfffff
  range 0xfef00000-0xffffffffffff" ;;
esac

same "each call is answered as expected" "API version 0
a second open of the group: EBUSY
SET_IOMMU before a group: EINVAL
MAP_DMA before an IOMMU: EINVAL
GET_DEVICE_FD before a container: EINVAL
GET_STATUS: yes
  flags 1
SET_CONTAINER: yes
SET_CONTAINER again: EINVAL
GET_DEVICE_FD before an IOMMU: EINVAL
SET_IOMMU sPAPR TCE v2: ENODEV
SET_IOMMU Type1v2: yes
SET_IOMMU again: EINVAL
GET_INFO: yes
$offer
MAP_DMA: yes
MAP_DMA again: EEXIST
MAP_DMA of nothing: EINVAL
MAP_DMA off a page: EINVAL
MAP_DMA over the interrupt range: EINVAL
MAP_DMA past the end: EINVAL
UNMAP_DMA of a part: EINVAL
UNMAP_DMA of what is not mapped: 0 bytes
UNMAP_DMA of all: 1048576 bytes
GET_DEVICE_FD of a stranger: ENODEV
GET_DEVICE_FD: yes
UNSET_CONTAINER under an open device: EBUSY
UNSET_CONTAINER: yes" "$(answers "$(group "$nic")" "$nic" 2>&1)"

rebind - "$nic"
same "every driver is as it was" "$before" "$(bindings)"
holds "the network answers again" network "$nic"

# A kernel with iommufd: each bound function has a node of its own, and both ways to give it answer as they are taken to.

nic=$(below 04.0)
edu=0000:00:10.0
before=$(bindings)
same "a function that is not bound has no node" "" "$(ls /dev/vfio/devices 2> /dev/null)"
rebind vfio-pci "$nic" "$edu"

# A node is the character device that the function's folder names.
numbers() { printf '%d:%d root %s' "0x$(stat -c %t "$1")" "0x$(stat -c %T "$1")" "$(stat -c %a "$1")"; }
for address in "$nic" "$edu"; do
  path=$(node "$address")
  same "$path is that of $address, and of root alone" "$(cat "$devices/$address/vfio-dev"/*/dev) root 600" "$(numbers "$path")"
done
vfioplan host snapshot 2> /dev/null | flatten > /tmp/facts
index=$(sed -n "s/^devices\.\([0-9]*\)\.address $nic\$/\1/p" /tmp/facts)
same "the snapshot knows who may open it" "mode 0x180
owner 0" "$(sed -n "s/^devices\.$index\.access\.//p" /tmp/facts)"

# Types of IOMMU: linux/iommufd.h, enum iommu_hw_info_type. The rest of the kernel was built without iommufd, so its drivers
# offer neither dirty tracking nor nesting. A table of virtio-iommu that was not attached yet has no range at all, which is
# more than is allowed (Linux 6.12, drivers/iommu/iommufd/io_pagetable.c: iopt_table_add_domain).
table=yes attached=yes used=EBUSY destroyed=yes
case $(cat /lab/iommu) in
intel) hardware="type 1, 24 bytes, capabilities 0" ranges="  range 0-0xfedfffff
  range 0xfef00000-0xffffffffffff" sizes=0x40201000 ;;
virtio) hardware="type 0, 0 bytes, capabilities 0" ranges="  range 0-0xfedfffff
  range 0xfef00000-0x7fffffffff" sizes=0xfffffffffffff000
  table=EADDRINUSE attached=ENOENT used=ENOENT destroyed=ENOENT ;;
esac
same "each call of iommufd is answered as expected" "a second open of the device: yes
GET_INFO before BIND: EINVAL
ATTACH before BIND: EINVAL
BIND to no descriptor: EINVAL
BIND to another file: EBADFD
BIND: yes
BIND again: EINVAL
BIND of the second: EINVAL
GET_INFO: yes
ATTACH to nothing: ENOENT
DETACH before ATTACH: yes
IOVA_RANGES before ATTACH: yes
  alignment 1
  range 0-0xffffffffffffffff
ATTACH: yes
ATTACH again: yes
IOVA_RANGES without room: EMSGSIZE
  needs 2
IOVA_RANGES: yes
  alignment 4096
$ranges
GET_HW_INFO: yes
  $hardware
MAP: yes
MAP again: EEXIST
MAP of nothing: EINVAL
MAP off a page: EINVAL
MAP from off a page: EINVAL
MAP over the interrupt range: EINVAL
MAP past the end: EOVERFLOW
MAP past the range: EINVAL
MAP of no memory: EFAULT
MAP anywhere: yes
COPY of a part: yes
UNMAP of a part: ENOENT
UNMAP of what is not mapped: ENOENT
UNMAP of more than is mapped: 1052672 bytes
UNMAP of all: 4096 bytes
UNMAP of all again: 0 bytes
ALLOW of the interrupt range: EADDRINUSE
ALLOW: yes
MAP inside of what is allowed: yes
MAP outside of what is allowed: yes
UNMAP of all: 8192 bytes
HWPT_ALLOC: $table
ATTACH to the table: $attached
HWPT_ALLOC with dirty tracking: EOPNOTSUPP
HWPT_ALLOC as a parent: EOPNOTSUPP
DESTROY of a table in use: $used
DESTROY of an address space in use: EBUSY
DESTROY of a device: EBUSY
DETACH: yes
DETACH again: yes
DESTROY of the table: $destroyed
DESTROY of the address space: yes
DESTROY again: ENOENT
SET_CONTAINER: yes
BIND under a container: EBUSY
UNSET_CONTAINER: yes
BIND under an open group: EBUSY
BIND once the group is closed: yes
open the group of a bound device: EBUSY" "$(iommufd-answers "$(node "$nic")" "$(group "$nic")" 2>&1)"

# iommufd in the place of a container is not quite one: it needs no IOMMU to be set, and says other things of the same mistakes.
same "each call of a container that is iommufd is answered as expected" "API version 0
a second open of the group: EBUSY
SET_IOMMU before a group: ENODEV
MAP_DMA before an IOMMU: ENODEV
GET_DEVICE_FD before a container: EINVAL
GET_STATUS: yes
  flags 1
SET_CONTAINER: yes
SET_CONTAINER again: EINVAL
GET_DEVICE_FD before an IOMMU: yes
SET_IOMMU sPAPR TCE v2: EINVAL
SET_IOMMU Type1v2: yes
SET_IOMMU again: yes
GET_INFO: yes
  page sizes $sizes
  entries 4294967295
$ranges
MAP_DMA: yes
MAP_DMA again: EEXIST
MAP_DMA of nothing: EINVAL
MAP_DMA off a page: EINVAL
MAP_DMA over the interrupt range: EINVAL
MAP_DMA past the end: EOVERFLOW
UNMAP_DMA of a part: ENOENT
UNMAP_DMA of what is not mapped: 0 bytes
UNMAP_DMA of all: 1048576 bytes
GET_DEVICE_FD of a stranger: ENODEV
GET_DEVICE_FD: yes
UNSET_CONTAINER under an open device: yes
UNSET_CONTAINER: EINVAL" "$(answers "$(group "$nic")" "$nic" /dev/iommu 2>&1)"

dmesg -c > /dev/null
same "bytes arrive through a range of iommufd and stop after its end" "arrived
stopped" "$(iommufd-dma "$(node "$edu")" 2>&1)"
dmesg > /tmp/log
[ "$(cat /lab/iommu)" != intel ] ||
  says "the kernel tells of the transfer it stopped" "Request device [00:10.0] fault addr 0x201000" /tmp/log

same "nothing is open" "" "$(opened)"
rebind - "$nic" "$edu"
same "every driver is as it was" "$before" "$(bindings)"

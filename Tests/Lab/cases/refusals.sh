# The lab's own means work: calls are numbered, one is refused without the kernel, and one is met by a change of host.

first=$(behind 07.0 1)
second=$(behind 07.0 2)
before=$(bindings)
rebind vfio-pci "$first" "$second"

kernel-calls --list /tmp/calls vfio-calls "$(group "$first")" "$first" 1 > /tmp/said 2>&1
same "a round of the baseline is 200 calls" 200 "$(grep -c . /tmp/calls)"
same "its calls are those it is said to make" "1 open /dev/vfio/vfio = ok
2 GET_API_VERSION = ok
3 CHECK_EXTENSION = ok
4 open /dev/vfio/$(group "$first") = ok
5 GROUP_GET_STATUS = ok
6 GROUP_SET_CONTAINER = ok
7 SET_IOMMU = ok
8 IOMMU_GET_INFO = ok
9 GROUP_GET_DEVICE_FD = ok
10 DEVICE_GET_INFO = ok
11 DEVICE_GET_REGION_INFO = ok
12 IOMMU_MAP_DMA = ok
13 IOMMU_UNMAP_DMA = ok
- close anon_inode:[vfio-device] = ok
- close /dev/vfio/$(group "$first") = ok
- close /dev/vfio/vfio = ok" "$(head -n 13 /tmp/calls; tail -n 3 /tmp/calls)"

kernel-calls --refuse 7:12 vfio-calls "$(group "$first")" "$first" 1 > /tmp/said 2>&1
same "a refused call fails as if the kernel had" "SET_IOMMU: ENOMEM" "$(cat /tmp/said)"

# The sibling finds its way to its native driver just before the group is to be attached.
kernel-calls --before GROUP_SET_CONTAINER ". /lab/host.sh; rebind - $second" \
  vfio-calls "$(group "$first")" "$first" 1 > /tmp/said 2>&1
same "the real kernel refuses a group that stopped being viable" "SET_CONTAINER: EPERM" "$(cat /tmp/said)"

kernel-calls --list /tmp/calls sh -c 'echo 0000:00:00.0 > /sys/bus/pci/drivers_probe'
same "a write to /sys is a call" "1 open /sys/bus/pci/drivers_probe = ok
2 write /sys/bus/pci/drivers_probe '0000:00:00.0' = ok" "$(cat /tmp/calls)"

rebind - "$first" "$second"
same "every driver is as it was" "$before" "$(bindings)"

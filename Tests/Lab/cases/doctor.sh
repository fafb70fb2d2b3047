# `host doctor` says whether this host can give devices, and what is missing when a module is taken away.

exits "the host can give devices" 0 vfioplan host doctor
cat /tmp/out /tmp/err > /tmp/said
says "the IOMMU is on" "the IOMMU is on" /tmp/said
if [ -e /dev/iommu ]; then
  says "iommufd is there" "iommufd can be used" /tmp/said
else
  says "what would load iommufd is named" "modprobe iommufd, where the kernel has it" /tmp/said
fi

# without MODULE NAME: the doctor's word on a host that lacks a module, which is loaded again.
without() {
  rmmod "$1"
  exits "the host cannot without $1" 1 vfioplan host doctor
  cat /tmp/out /tmp/err > /tmp/said
  says "what loads $1 is named" "modprobe $2" /tmp/said
  insmod "/modules/$1.ko"
}
without vfio_iommu_type1 vfio_iommu_type1
without vfio_pci vfio-pci
exits "the host can again" 0 vfioplan host doctor

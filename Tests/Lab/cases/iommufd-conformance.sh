# The real kernel answers as the model does: tables of iommufd, and of what devices are asked, state by state.

single=$(below 04.0)
pair0=$(below 08.0 1)
pair1=$(below 08.0 2)
root=0000:00:10.0
before=$(bindings)

# named NAME ADDRESS: the device as the runner takes it, with its group and node; nothing of one that has no group.
named() {
  [ "$(group "$2")" = - ] && return
  echo "$1=$2@$(group "$2")$(ls "$devices/$2/vfio-dev" 2> /dev/null | sed 's/vfio/#/')"
}

# asks TABLE STATE SENTENCE
asks() {
  vfio-conformance --state "$2" --machine "$(cat /lab/iommu)" "/lab/$1.tsv" $(named single "$single") \
    $(named pair0 "$pair0") $(named pair1 "$pair1") $(named root "$root") > /tmp/rows 2>&1
  asked=$(grep -c '^@@row' /tmp/rows)
  same "$1: $3" "@@conformance state=$2 rows=$asked differing=0" "$(grep -B 1 -e @@differs /tmp/rows; tail -n 1 /tmp/rows)"
  holds "rows of $1 were asked in state $2" [ "$asked" -gt 0 ]
}

unsafe() {
  for module in vfio_iommu_type1 iommufd; do echo "$1" > "/sys/module/$module/parameters/allow_unsafe_interrupts"; done
}

if [ "$(cat /lab/iommu)" = virtio ]; then
  unsafe N
  rebind vfio-pci "$single"
  asks iommufd unremapped "with interrupts that are not remapped"
  unsafe Y
fi
rebind vfio-pci "$single" "$pair0" "$pair1" "$root"
asks iommufd bound "with every member bound"
asks device bound "with every member bound"
rebind - "$single" "$pair1" "$root"
asks iommufd native "with a member on its native driver"
echo "$pair1" > "$devices/$pair1/driver/unbind"
asks iommufd driverless "with a member without a driver"
asks device driverless "with a member without a driver"
asks iommufd unbound "of a group without a bound member"

[ "$(cat /lab/iommu)" = virtio ] && unsafe N
rebind - "$pair0" "$pair1"
same "every driver is as it was" "$before" "$(bindings)"

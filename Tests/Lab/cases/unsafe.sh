# Interrupts that are not remapped can be allowed by the parameters of two modules; without, both ways are refused.

edu=0000:00:10.0
nic=$(below 04.0)
pair0=$(below 08.0 1)
pair1=$(below 08.0 2)
before=$(bindings)

# allow YES_OR_NO
allow() {
  for module in vfio_iommu_type1 iommufd; do echo "$1" > "/sys/module/$module/parameters/allow_unsafe_interrupts"; done
}

rebind vfio-pci "$edu" "$nic"
iommufd-answers "$(node "$edu")" "$(group "$edu")" > /tmp/answers 2>&1
same "iommufd refuses the device" "BIND: EPERM" "$(grep '^BIND: ' /tmp/answers)"
guest_file "$(quoted "$nic")"
# No file of this kernel says that interrupts are not remapped: the kernel's refusal does.
exits "an apply fails and restores the host" 7 vfioplan /tmp/guest.yaml --apply=prove
says "it names the call" "VFIO_SET_IOMMU failed with EPERM" /tmp/err
says "and the reason" "interrupts are not remapped" /tmp/err
same "nothing is open after it" "" "$(opened)"

allow Y
answers "$(group "$nic")" "$nic" > /tmp/answers 2>&1
same "a container takes the group" "SET_CONTAINER: yes" "$(grep '^SET_CONTAINER: ' /tmp/answers)"
same "it offers the addresses of the device's bits" "  range 0-0xfedfffff
  range 0xfef00000-0x7fffffffff" "$(grep "^  range" /tmp/answers)"
exits "a guest is proven" 0 vfioplan /tmp/guest.yaml --apply=prove
same "nothing is open" "" "$(opened)"
same "bytes arrive through a range, stop after its end, and an interrupt comes" "arrived
stopped
interrupted" "$(edu-dma "$(group "$edu")" "$edu" 2>&1)"
rebind vfio-pci "$pair0" "$pair1"
conforms bound "the rest is answered as behind any IOMMU" "single=$nic" "pair0=$pair0" "pair1=$pair1"
exits "nothing was bound that is to be given back" 0 vfioplan release
rebind - "$edu" "$nic" "$pair0" "$pair1"
same "every driver is as it was" "$before" "$(bindings)"

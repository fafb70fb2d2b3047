# Virtual functions come and go as the host says, are given as any other, and keep their parent where it is.

pf=$(below 0a.0)
before=$(bindings)
same "the parent has its driver" igb "$(driver "$pf")"
echo 2 > "$devices/$pf/sriov_numvfs"
first=$(linked "$devices/$pf/virtfn0")
second=$(linked "$devices/$pf/virtfn1")
with_functions=$(bindings)

vfioplan host snapshot 2> /dev/null | flatten > /tmp/facts
# fact ADDRESS KEY
fact() {
  index=$(sed -n "s/^devices\.\([0-9]*\)\.address $1\$/\1/p" /tmp/facts)
  sed -n "s/^devices\.$index\.$2 //p" /tmp/facts
}
same "the snapshot has the parent's functions" "$(cat "$devices/$pf/sriov_totalvfs") 2" \
  "$(fact "$pf" sriov.total) $(fact "$pf" sriov.current)"
same "and of each its parent" "$pf $pf" "$(fact "$first" physical-function) $(fact "$second" physical-function)"
same "each has a group of its own" "$first
$second" "$(members "$(group "$first")"; members "$(group "$second")")"

guest_file "$(quoted "$first")" "$(quoted "$second")"
exits "a guest with both is proven" 0 vfioplan /tmp/guest.yaml --apply=prove
same "both are bound" "vfio-pci vfio-pci" "$(driver "$first") $(driver "$second")"
same "nothing is open" "" "$(opened)"

guest_file "$(quoted "$pf")"
exits "their parent is refused" 1 kernel-calls --list /tmp/calls vfioplan /tmp/guest.yaml --apply=prove
says "by its rule" "[pf-with-vfs]" /tmp/err
same "nothing was asked of VFIO and nothing written" "" "$(grep '^[0-9]' /tmp/calls)"
exits "both are given back" 0 vfioplan release
same "every driver is as it was with the functions there" "$with_functions" "$(bindings)"

# What the rule saves from: the functions go with the driver of their parent, whoever uses them.
rebind vfio-pci "$pf"
same "without the rule the functions are gone" "0 vfio-pci" "$(cat "$devices/$pf/sriov_numvfs") $(driver "$pf")"
holds "a parent on vfio-pci makes no functions" sh -c "! echo 2 > $devices/$pf/sriov_numvfs"
rebind - "$pf"
same "every driver is as it was before" "$before" "$(bindings)"

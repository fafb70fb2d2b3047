# The real kernel gives the answers that the model gives: one list of calls for both.

nic=$(below 04.0)
before=$(bindings)
rebind vfio-pci "$nic"
exits "every answer is the expected one" 0 vfio-conformance /lab/type1.calls "$(group "$nic")" "$nic"
rebind - "$nic"
same "every driver is as it was" "$before" "$(bindings)"

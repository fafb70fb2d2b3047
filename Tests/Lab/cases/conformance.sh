# The real kernel answers as the model does: one table of calls and answers for both, state by state.

single=$(below 04.0)
pair0=$(below 08.0 1)
pair1=$(below 08.0 2)
before=$(bindings)
all() { conforms "$1" "$2" "single=$single" "pair0=$pair0" "pair1=$pair1"; }

rebind vfio-pci "$single" "$pair0" "$pair1"
all bound "with every member bound"
rebind - "$single" "$pair1"
all native "with a member on its native driver"
echo "$pair1" > "$devices/$pair1/driver/unbind"
all driverless "with a member without a driver"
all unbound "of a group without a bound member"

rebind - "$pair0" "$pair1"
same "every driver is as it was" "$before" "$(bindings)"

# A member on its native driver keeps iommufd from a group, too.

first=$(below 08.0 1)
second=$(below 08.0 2)
before=$(bindings)
rebind vfio-pci "$first"
iommufd-answers "$(node "$first")" "$(group "$first")" > /tmp/answers 2>&1
same "the device is refused" "BIND: EPERM" "$(tail -n 1 /tmp/answers)"
echo "$second" > "$devices/$second/driver/unbind"
iommufd-answers "$(node "$first")" "$(group "$first")" > /tmp/answers 2>&1
says "the device is taken once its sibling has no driver" "BIND: yes" /tmp/answers
rebind - "$first" "$second"
same "every driver is as it was" "$before" "$(bindings)"

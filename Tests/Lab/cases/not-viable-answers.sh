# A group with a member on its native driver is not viable, and no container takes it.

first=$(behind 07.0 1)
second=$(behind 07.0 2)
before=$(bindings)
rebind vfio-pci "$first"
answers "$(group "$first")" "$first" > /tmp/answers 2>&1
same "the group is refused" "GET_STATUS: yes
  flags 0
SET_CONTAINER: EPERM" "$(sed -n '/^GET_STATUS/,$p' /tmp/answers)"

# Without any driver the sibling does no harm.
echo "$second" > "$devices/$second/driver/unbind"
answers "$(group "$first")" "$first" > /tmp/answers 2>&1
same "the group is taken once its sibling has no driver" "GET_STATUS: yes
  flags 1
SET_CONTAINER: yes" "$(sed -n '/^GET_STATUS/,/^SET_CONTAINER:/p' /tmp/answers)"

rebind - "$first" "$second"
same "every driver is as it was" "$before" "$(bindings)"

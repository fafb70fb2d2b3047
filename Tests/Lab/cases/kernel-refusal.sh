# The kernel's own refusal comes back as a finding, and all is undone.
#
# No rule can be waived to get there, so the host changes under the tool: just before the group is to be attached,
# its second member goes back to its native driver, as a hasty udev rule would have it.

first=$(behind 07.0 1)
second=$(behind 07.0 2)
before=$(bindings)
guest_file "$(with_siblings park "$first")"
exits "the apply fails and restores the host" 7 kernel-calls --list /tmp/calls \
  --before GROUP_SET_CONTAINER ". /lab/host.sh; rebind - $second" vfioplan /tmp/guest.yaml --apply=prove
says "the kernel did refuse" "GROUP_SET_CONTAINER = EPERM" /tmp/calls
says "the finding has its rule" "[kernel-refused]" /tmp/err
says "it names the errno" EPERM /tmp/err
says "it stands on the line of the device" "--> /tmp/guest.yaml:11:" /tmp/err
same "nothing is open" "" "$(opened)"
same "every driver is as it was" "$before" "$(bindings)"

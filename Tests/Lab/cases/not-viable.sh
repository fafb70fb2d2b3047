# A group with a member on its native driver is refused before the first write.

first=$(behind 07.0 1)
before=$(bindings)
guest_file "$(quoted "$first")"
exits "the guest is refused" 1 kernel-calls --list /tmp/calls vfioplan /tmp/guest.yaml --apply=prove
says "by the rule" "[group-not-viable]" /tmp/err
says "on the line of the device" "--> /tmp/guest.yaml:11:" /tmp/err
same "nothing was asked of VFIO and nothing written" "" "$(grep '^[0-9]' /tmp/calls)"
same "every driver is as it was" "$before" "$(bindings)"

# On a machine without an IOMMU the doctor says so, and no device is touched.

exits "the host cannot give devices" 1 vfioplan host doctor
cat /tmp/out /tmp/err > /tmp/said
says "because its IOMMU is off" "the IOMMU is off" /tmp/said

before=$(bindings)
guest_file "$(quoted "$(below 04.0)")"
exits "a guest is refused" 1 kernel-calls --list /tmp/calls vfioplan /tmp/guest.yaml --apply=prove
says "by the rule" "[iommu-off]" /tmp/err
same "nothing was asked of VFIO and nothing written" "" "$(grep '^[0-9]' /tmp/calls)"
same "every driver is as it was" "$before" "$(bindings)"

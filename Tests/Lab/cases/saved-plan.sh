# A saved plan is carried out exactly as it was saved, or refused where the host differs; a dry run touches nothing.

nic=$(below 04.0)
native=$(driver "$nic")
before=$(bindings)
guest_file "$(quoted "$nic")"
exits "the plan is saved" 0 vfioplan /tmp/guest.yaml --host live --out /tmp/plan.json
rm /tmp/guest.yaml

exits "a dry run succeeds" 0 kernel-calls --list /tmp/calls vfioplan apply /tmp/plan.json --dry-run
says "it shows the writes" "echo $nic > /sys/bus/pci/drivers_probe" /tmp/out
same "it asks nothing of VFIO and writes nothing" "" "$(grep '^[0-9]' /tmp/calls)"
same "every driver is as it was" "$before" "$(bindings)"

echo "$nic" > "/sys/bus/pci/drivers/$native/unbind"
exits "the host differs now" 5 kernel-calls --list /tmp/calls vfioplan apply /tmp/plan.json
says "and it is said in what" "$nic driver: planned '$native', now 'none'" /tmp/err
same "nothing was asked or written" "" "$(grep '^[0-9]' /tmp/calls)"
echo "$nic" > "/sys/bus/pci/drivers/$native/bind"

exits "the plan is carried out" 0 vfioplan apply /tmp/plan.json
same "the device is bound" vfio-pci "$(driver "$nic")"
exits "and again" 0 vfioplan apply /tmp/plan.json
same "nothing is open" "" "$(opened)"
exits "the device is given back" 0 vfioplan release
same "every driver is as it was before" "$before" "$(bindings)"

# What a hypervisor takes is opened for it: a nested QEMU without privilege starts with it, and shows the device.

nic=$(below 04.0)
before=$(bindings)
guest_file "$(quoted "$nic")"
sed -i 's/memlock: unlimited/memlock: unlimited, accelerator: tcg/' /tmp/guest.yaml

exits "a group is not handed to a command" 1 vfioplan /tmp/guest.yaml --apply=hold -- nested-qemu {qemu}
says "which a rule says" "[fd-handover-legacy-impossible]" /tmp/err
same "before anything is written" "$before" "$(bindings)"

of_iommufd
exits "the status of a command is passed on" 7 vfioplan /tmp/guest.yaml --apply=hold -- \
  unprivileged 1000 sh -c 'id -u; readlink /proc/self/fd/{iommufd}; readlink /proc/self/fd/{fd:main-0}; ulimit -l; exit 7'
same "it has its descriptors and its user, and may lock what the plan needs and a GiB" "1000
/dev/iommu
$(node "$nic")
1114112" "$(cat /tmp/out)"
same "nothing is open after it" "" "$(opened)"

exits "one that is not there is told as shells do" 127 vfioplan /tmp/guest.yaml --apply=hold -- no-such-command
same "nothing is open then" "" "$(opened)"

# Devices behind a port are told once the firmware has numbered the bus.
talk() {
  echo '{"execute": "qmp_capabilities"}'
  for try in $(seq 40); do
    echo '{"execute": "query-pci"}'
    sleep 1
    grep -q '"qdev_id": "main-0"' /tmp/out && break
  done
  echo '{"execute": "quit"}'
  sleep 1
}
talk | exits "an unprivileged QEMU runs to its end" 0 vfioplan /tmp/guest.yaml --apply=hold -- \
  unprivileged 1000 nested-qemu {qemu} -nodefaults -no-user-config -display none -qmp stdio
says "and shows the device by QMP" '"qdev_id": "main-0"' /tmp/out
id=$(identity "$nic")
holds "which is the host's" grep -q "\"device\": $((0x${id#*:}))" /tmp/out
same "nothing is open after it" "" "$(opened)"
exits "the device is given back" 0 vfioplan release
same "every driver is as it was" "$before" "$(bindings)"

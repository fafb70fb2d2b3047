# What the host lives on is never taken: exit 6, before the first write.

# guarded NAME ADDRESS: the guard stops this device, and nothing happens.
guarded() {
  guest_file "$(quoted "$2")"
  exits "$1 is refused by its guard" 6 kernel-calls --list /tmp/calls vfioplan /tmp/guest.yaml --apply=prove
  same "nothing was asked or written for $1" "" "$(grep '^[0-9]' /tmp/calls)"
}

before=$(bindings)
guarded "the disk with a mounted file system" "$(below 05.0)"
same "the file system still works" "text" "$(echo text > /data/file && sync && cat /data/file)"
guarded "the interface of the default route" "$(below 06.0)"

# A descriptor held by another process: the device is bound already, as after an apply.
nic=$(below 04.0)
rebind vfio-pci "$nic"
touch /tmp/held
hold "$(group "$nic")" 30 > /tmp/held &
holder=$!
while ! grep -q held /tmp/held; do sleep 0.1; done
guest_file "$(quoted "$nic")"
exits "a device held by another process is refused by its guard" 6 vfioplan /tmp/guest.yaml --apply=prove
kill "$holder"
wait "$holder" 2> /dev/null
rebind - "$nic"
same "every driver is as it was" "$before" "$(bindings)"

# The level `hold`: a plan is kept with guest RAM mapped until a signal, or handed to a program at a socket; then nothing is open.

nic=$(below 04.0)
before=$(bindings)
guest_file "$(quoted "$nic")"

# held_by WORD...: holds the guest of /tmp/guest.yaml beside the case, and waits until it is held.
held_by() {
  vfioplan /tmp/guest.yaml --apply=hold "$@" > /tmp/held 2> /tmp/held.err &
  holder=$!
  comes_to_hold /tmp/held '^held' || { cat /tmp/held /tmp/held.err | fail "it is held"; }
}

# what_is_open: how many descriptors of each kind there are.
what_is_open() { opened | sed -e 's/.* -> //' -e 's:/[0-9]*$:/N:' | sort | uniq -c | sed 's/^ *//'; }

for model in type1v2 iommufd; do
  [ "$model" = iommufd ] && of_iommufd
  held_by
  if [ "$model" = iommufd ]; then kinds="1 /dev/iommu
1 /dev/vfio/devices/vfio0"; else kinds="1 /dev/vfio/N
1 /dev/vfio/vfio
1 anon_inode:[vfio-device]"; fi
  same "$model: container, group and device are open" "$kinds" "$(what_is_open)"
  says "$model: guest RAM is named" "64 MiB at 0x0 of guest lab" /tmp/held
  pinned=$(sed -n 's/^VmPin:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$holder/status")
  locked=$(sed -n 's/^VmLck:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$holder/status")
  same "$model: guest RAM is pinned and charged" 65536 "$((pinned + locked))"
  vfioplan release > /tmp/out 2> /tmp/err
  holds "$model: what is held is not given back by another" [ "$(driver "$nic")" = vfio-pci ]
  kill -TERM "$holder"
  wait "$holder"
  same "$model: a signal ends it well" 0 $?
  says "$model: and it says so" "ended by SIGTERM: closed again" /tmp/held
  same "$model: nothing is open" "" "$(opened)"
  exits "$model: the device is given back" 0 vfioplan release
done
same "every driver is as it was" "$before" "$(bindings)"

mkfifo /tmp/input
vfioplan /tmp/guest.yaml --apply=hold < /tmp/input > /tmp/held 2> /tmp/held.err &
holder=$!
exec 9> /tmp/input
comes_to_hold /tmp/held '^held'
exec 9>&-
wait "$holder"
same "the end of standard input ends it too" 0 $?
says "and it says so" "ended with standard input" /tmp/held

# A program at a socket.
held_by --socket /run/lab.sock --peer 1000
same "the socket is its user's alone" "srw------- 1000" "$(stat -c '%A %u' /run/lab.sock)"
same "another user is not let in" "not let in: Permission denied" "$(unprivileged 1001 take-over /run/lab.sock)"
chmod 777 /run/lab.sock
same "nor given anything where the socket is open to all" "given nothing" "$(unprivileged 1001 take-over /run/lab.sock)"
unprivileged 1000 take-over /run/lab.sock > /tmp/taken
wait "$holder"
same "the end of the program ends it" 0 $?
says "the stranger is told of" "of user 1001 was given nothing" /tmp/held.err
same "the program was given what the document says" "/dev/iommu
/dev/vfio/devices/vfio0
/memfd:vfioplan (deleted) 67108864 bytes" "$(sed 1d /tmp/taken)"
sed 1q /tmp/taken | flatten > /tmp/document
same "in the order of its things" "things.0.kind iommufd
things.1.kind device
things.2.kind address-space
things.3.kind memory" "$(grep '^things.[0-9].kind' /tmp/document)"
same "nothing is open" "" "$(opened)"
exits "the device is given back" 0 vfioplan release
same "every driver is as it was" "$before" "$(bindings)"

# The example of the public library opens a device, says what it is and maps memory.

nic=$(below 04.0)
before=$(bindings)
rebind vfio-pci "$nic"
exits "the device is opened" 0 open-device "$(group "$nic")" "$nic"
same "and described" "bus addresses: [0x0-0xfedfffff, 0xfef00000-0xffffffffffff]
$nic: can be reset alone
  region 0: 128 KiB
  region 1: 128 KiB
  region 2: 32 bytes
  region 3: 16 KiB
  region 6: 256 KiB
  region 7: 4 KiB
  configuration starts with [134, 128, 211, 16]
  mapped: [0x100000-0x2fffff]" "$(cat /tmp/out)"
same "nothing is open" "" "$(opened)"
rebind - "$nic"
same "every driver is as it was" "$before" "$(bindings)"

# The machine is what the other cases take it for: its groups, its drivers, a mounted disk and a default route.

# Every group by its members' identities and drivers; numbers are left out, for they are the kernel's to choose.
groups() {
  for path in /sys/kernel/iommu_groups/*; do
    for address in $(members "$(basename "$path")"); do printf '%s=%s ' "$(identity "$address")" "$(driver "$address")"; done
    echo
  done | grep -v -e 1b36:000c -e 8086:29 -e 1022: | sed 's/ $//' | sort
}

same "the groups are those of the board" "$(cat <<'END'
1234:11e8=-
1af4:1041=virtio-pci
1b36:000e=- 10ec:8139=8139cp 10ec:8139=8139cp
1b36:0010=nvme
8086:10d3=e1000e
8086:10d3=e1000e 8086:10d3=e1000e
END
)" "$(groups)"
same "the disk is mounted" "/dev/nvme0n1 /data ext4" "$(grep /data /proc/mounts | cut -d ' ' -f 1-3)"
same "the default route leaves by the virtio device" "$(interface "$(below 06.0)")" \
  "$(ip route | sed -n 's/^default .* dev \([^ ]*\).*/\1/p')"
same "nothing holds a VFIO descriptor" "" "$(opened)"
# QEMU's AMD-Vi moves no bytes for a function that is not the first of its device.
[ "$(cat /lab/iommu)" = amd ] || second=$(below 08.0 2)
up "$(below 04.0)" "$(below 08.0 1)" ${second:-}
for address in "$(below 04.0)" "$(below 08.0 1)" ${second:-}; do
  holds "the network behind $address answers" network "$address"
done

# What the shell sees of the host, and the few things it does to it.

devices=/sys/bus/pci/devices

# below SLOT [NTH]: the address of the first (or n-th) function below the root port in that slot.
below() {
  for path in "$devices/0000:00:$1"/0000:*; do
    [ -e "$path/vendor" ] && basename "$path"
  done | sed -n "${2:-1}p"
}

# behind SLOT NTH: the address of the n-th function behind the bridge below that root port.
behind() {
  for path in "$devices/0000:00:$1/$(below "$1")"/0000:*; do
    [ -e "$path/vendor" ] && basename "$path"
  done | sed -n "$2p"
}

# linked PATH: the last word of what a link leads to, or '-'.
linked() {
  target=$(readlink "$1")
  echo "${target:--}" | sed 's:.*/::'
}

driver() { linked "$devices/$1/driver"; }
group() { linked "$devices/$1/iommu_group"; }
identity() { echo "$(cut -c 3- "$devices/$1/vendor"):$(cut -c 3- "$devices/$1/device")"; }

# node ADDRESS: the device's own node, of a function on vfio-pci where the kernel has iommufd.
node() { echo "/dev/vfio/devices/$(ls "$devices/$1/vfio-dev")"; }

# members GROUP: the addresses in a group, one a line.
members() { ls "/sys/kernel/iommu_groups/$1/devices"; }

# bindings: the override of every function and the driver of those that have one; what must be as before when all is
# undone. Two processes for all of them: it is asked after each refusal of a sweep.
bindings() {
  grep '' "$devices"/*/driver_override | sed -e "s:^$devices/::" -e 's:/driver_override\::  :'
  ls -ld "$devices"/*/driver | sed -e "s:.* $devices/::" -e 's:/driver -> .*/: :'
}

# opened: the links of every process to something of VFIO.
opened() { ls -l /proc/[0-9]*/fd 2> /dev/null | grep -e ' -> /dev/vfio/' -e ' -> /dev/iommu' -e ' -> anon_inode:.*vfio'; }

# rebind DRIVER ADDRESS...: hands functions to one driver; '-' takes the override away and lets the kernel choose.
rebind() {
  wanted=$1; shift
  for address; do
    if [ "$wanted" = - ]; then echo; else echo "$wanted"; fi > "$devices/$address/driver_override"
    [ -e "$devices/$address/driver" ] && echo "$address" > "$devices/$address/driver/unbind"
    echo "$address" > /sys/bus/pci/drivers_probe
  done
}

# interface ADDRESS: the network interface of a function, directly or below its virtio device.
interface() { ls -d "$devices/$1"/net/* "$devices/$1"/virtio*/net/* 2> /dev/null | sed 's:.*/::' | head -n 1; }

# up ADDRESS...: brings the interfaces up, all at once: a link takes a while to come.
up() {
  for address; do ip link set "$(interface "$address")" up; done
}

# comes_to_hold FILE WORD: the file comes to hold the word within some seconds.
comes_to_hold() {
  for try in $(seq 200); do grep -q "$2" "$1" && return; sleep 0.03; done
  return 1
}

# network ADDRESS: brings the interface up, waits for its link and asks QEMU's network for an answer.
network() {
  name=$(interface "$1")
  [ -n "$name" ] || { echo "$1 has no interface"; return 1; }
  ip link set "$name" up
  comes_to_hold "/sys/class/net/$name/operstate" up || { echo "$name of $1 has no link"; return 1; }
  ip address replace 10.0.2.15/32 dev "$name"
  ip route replace 10.0.2.2/32 dev "$name"
  for try in 1 2 3 4 5 6 7 8 9 10; do
    ping -c 1 -W 1 -I "$name" 10.0.2.2 > /dev/null && break
    [ "$try" = 10 ] && { echo "$name of $1 has no answer"; return 1; }
  done
  ip address flush dev "$name"
  ip link set "$name" down
}

# mount_disk: the NVMe disk carries a mounted file system from the start, as on a real host.
mount_disk() {
  for try in $(seq 200); do [ -b /dev/nvme0n1 ] && break; sleep 0.03; done
  mkdir -p /data
  mount -t ext4 /dev/nvme0n1 /data
}

# default_route: the virtio network device carries it, and is up for good.
default_route() {
  uplink=$(interface "$(below 06.0)")
  ip link set "$uplink" up
  ip address add 10.0.2.15/24 dev "$uplink"
  ip route add default via 10.0.2.2 dev "$uplink"
  comes_to_hold "/sys/class/net/$uplink/operstate" up
}

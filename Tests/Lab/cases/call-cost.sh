# What the bare sequence of 200 calls costs here: the baseline of a benchmark row, printed and not judged.

nic=$(below 04.0)
rebind vfio-pci "$nic"
holds "the sequence runs" sh -c 'vfio-calls "$1" "$2" 5 > /tmp/rounds' call "$(group "$nic")" "$nic"
echo "200 calls, nanoseconds of each round: $(tr '\n' ' ' < /tmp/rounds)"
rebind - "$nic"

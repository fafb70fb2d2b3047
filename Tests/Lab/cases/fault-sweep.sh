# Every call that an apply makes by groups and containers is refused once, in turn.

bound=$(bindings)

# Of the native drivers this one is the quickest to come back, and its group has a second member to be taken and undone.
first=$(behind 07.0 1)
second=$(behind 07.0 2)
guest_file "$(with_siblings park "$first")"
sweep "writes"
holds "there are writes to refuse" [ "$swept" -gt 6 ]

# The requests are the same whoever had the devices before, and far quicker without a native driver that comes back.
rebind vfio-pci "$first" "$second"
guest_file "$(with_siblings park "$first")" "$(quoted 0000:00:10.0)"
sweep "requests" -v
holds "there are requests to refuse" [ "$swept" -gt 20 ]
rebind - "$first" "$second"
same "every driver is as it was" "$bound" "$(bindings)"

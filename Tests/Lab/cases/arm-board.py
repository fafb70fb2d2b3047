"""The machine is what the other cases take it for: groups, drivers, the window of interrupts, and nothing held."""

GROUPS = """
for group in /sys/kernel/iommu_groups/*; do
  for address in $(ls "$group/devices"); do printf '%s=%s ' "$(identity "$address")" "$(driver "$address")"; done; echo;
done | sed 's/ $//' | sort
"""


def check(lab):
    lab.same(
        "a port shares the group of what is below it, and a function without a driver has none",
        ["1af4:1003=virtio-pci", "1b36:000c=pcieport 8086:10d3=e1000e", "1b36:000c=pcieport 8086:10d3=e1000e 8086:10d3=e1000e"],
        lab.guest.say(" ".join(GROUPS.split("\n"))),
    )
    lab.same(
        "interrupts are written to one window",
        ["0x0000000008000000 0x00000000080fffff msi"],
        lab.guest.say("sort -u /sys/kernel/iommu_groups/*/reserved_regions"),
    )
    edu = "0000:00:10.0"
    before = lab.guest.say("bindings")
    lab.guest.say(f"rebind vfio-pci {edu}")
    lab.same("once a driver has it, it has a group", [edu], lab.guest.say(f'members "$(group {edu})"'))
    lab.guest.say(f"rebind - {edu}")
    lab.same("every driver is as it was", before, lab.guest.say("bindings"))
    lab.same("nothing holds a VFIO descriptor", [], lab.guest.say("opened; true"))

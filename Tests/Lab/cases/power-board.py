"""The machine is what the other cases take it for: kernel, modules, groups, and nothing held."""

GROUPS = """
for group in /sys/kernel/iommu_groups/*; do
  for address in $(ls "$group/devices"); do echo "$(cat "$group/name") $(identity "$address") $(driver "$address")"; done
done | sort
"""
EDU, NET, SERIAL = "1234:11e8 -", "8086:10d3 -", "1af4:1003 virtio-pci"
# A PE's number is the firmware's choice.
POWERNV = {0: [EDU], 1: [EDU], 2: [NET], 3: ["1af4:1043 virtio-pci"], 4: [EDU], 5: [EDU]}
PSERIES = {0: [EDU], 1: [EDU], 2: [NET], 3: [EDU, SERIAL], 4: [EDU], 5: [EDU], 6: [NET], 7: [EDU, EDU]}


def check(lab):
    page = 65536 if lab.shape.name.endswith("64k") else 4096
    auxv = lab.guest.say("hexdump -v -e '2/8 \"%d \" \"\\n\"' /proc/self/auxv | grep '^6 '")
    lab.same("the kernel has pages of that size", [f"6 {page}"], [line.strip() for line in auxv])
    modules = lab.guest.say("cut -d ' ' -f 1 /proc/modules | grep vfio | sort")
    lab.same("VFIO is loaded", ["vfio", "vfio_iommu_spapr_tce", "vfio_pci", "vfio_pci_core"], modules)
    found = {}
    for line in lab.guest.say(" ".join(GROUPS.split("\n"))):
        name, identity, driver = line.split()
        found.setdefault(int(name.removeprefix("domain").split("-")[0]), []).append(f"{identity} {driver}")
    lab.same("each device is in its group", POWERNV if "powernv" in lab.shape.name else PSERIES, found)
    lab.same("nothing holds a VFIO descriptor", [], lab.guest.say("opened; true"))

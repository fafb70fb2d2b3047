"""A host behind an agent is looked at, a guest with three devices is proven there, and all is given back."""

import json
import tempfile
from pathlib import Path

SEEN = """
for path in "$devices"/*; do
  address=${path##*/}; name=$(driver "$address"); [ "$name" = - ] && name=none;
  echo "$address $(identity "$address" | tr : ' ') $(cut -c 3- "$path/class") $name";
done
"""
GROUPS = 'for path in /sys/kernel/iommu_groups/*; do echo $(members "${path##*/}"); done | sort'
GUEST = """\
version: 1
host: {{reserve: 64MiB}}
guests:
  lab:
    machine: virt
    memory: 64MiB
    hypervisor: {{memlock: unlimited}}
    bridges:
      main:
        devices: ["{single}", "{pair0}", "{pair1}"]
"""
PORT = 2


def check(lab):
    lab.guest.serve(PORT)
    via = ["--via", lab.via(PORT)]
    status, out, err = lab.run("vfioplan", "host", "snapshot", *via)
    lab.same("the snapshot is taken", (0, ""), (status, err))
    found = json.loads(out or "{}")
    rows = [" ".join(device[key] for key in ("address", "vendor", "id", "class", "driver")) for device in found["devices"]]
    lab.same("ids, class and driver of every function", lab.guest.say(" ".join(SEEN.split("\n"))), rows)
    groups = sorted(" ".join(group["members"]) for group in found["groups"])
    lab.same("the groups, as sets of addresses", lab.guest.say(GROUPS), groups)
    lab.same("the IOMMU", ["smmuv3"], [unit["kind"] for unit in found["iommus"]])

    before = lab.guest.say("bindings")
    drivers = " ".join(f'$(driver "{lab.shape.devices[name]}")' for name in ("single", "pair0", "pair1"))
    with tempfile.TemporaryDirectory(prefix="vfioplan-lab-") as folder:
        guest = Path(folder) / "guest.yaml"
        guest.write_text(GUEST.format(**lab.shape.devices))
        status, _, err = lab.run("vfioplan", str(guest), "--apply=prove", *via)
        lab.same("the guest is proven", 0, status)
        if status != 0:
            lab.note(err)
        lab.same("its devices are on vfio-pci", ["vfio-pci vfio-pci vfio-pci"], lab.guest.say(f'echo "{drivers}"'))
        lab.same("nothing is open", [], lab.guest.say("opened; true"))
        status, out, _ = lab.run("vfioplan", str(guest), "--apply=prove", *via)
        lab.same("a second apply succeeds", 0, status)
        lab.same("the devices are given back", 0, lab.run("vfioplan", "release", *via)[0])
    lab.guest.quiet(PORT)
    lab.same("every driver is as it was", before, lab.guest.say("bindings"))

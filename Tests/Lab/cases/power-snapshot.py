"""What `host snapshot` writes down of a host behind an agent is what the shell there sees, and what its saved tree says."""

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
# What VFIO itself answers, by the rows of the conformance table, as far as the machine's files say it.
WINDOWS = {
    "powernv9": {"page-sizes": "0x40211000", "levels": 5, "windows": 2, "ddw": True},
    "pseries": {"dma32-start": "0x0", "dma32-size": "0x40000000", "levels": 1, "ddw": True},
}


def kept(text: str) -> list[str]:
    """The lines of a snapshot without what changes by itself, and what a saved tree has no place for: modes of nodes."""
    facts = {key: value for key, value in json.loads(text or "{}").items() if key != "nodes"}
    return [line for line in json.dumps(facts, indent=1).splitlines() if '"free"' not in line]


def check(lab):
    lab.guest.serve(2)
    status, out, err = lab.run("vfioplan", "host", "snapshot", "--via", lab.via(2))
    lab.same("the snapshot is taken", (0, ""), (status, err))
    if status != 0:
        return
    found = json.loads(out)
    rows = [" ".join(device[key] for key in ("address", "vendor", "id", "class", "driver")) for device in found["devices"]]
    lab.same("ids, class and driver of every function", lab.guest.say(" ".join(SEEN.split("\n"))), rows)
    groups = sorted(" ".join(group["members"]) for group in found["groups"])
    lab.same("the groups, as sets of addresses", lab.guest.say(GROUPS), groups)
    lab.same("the kernel's release", lab.guest.say("uname -r"), [found["kernel"]["release"]])
    lab.same("the size of its pages", 65536 if lab.shape.name.endswith("64k") else 4096, found["page-size"])
    expected = WINDOWS[lab.shape.name.split("-")[0]]
    domains = {device["address"][:4] for device in found["devices"] if device["driver"] != "pcieport"}
    windows = [f"{bridge['domain']:04x} {({key: bridge.get(key) for key in expected})}" for bridge in found["tce"]]
    lab.same("the windows of every bridge", [f"{domain} {expected}" for domain in sorted(domains)], windows)
    with tempfile.TemporaryDirectory(prefix="vfioplan-lab-") as folder:
        tree = str(Path(folder) / "tree")
        lab.same("its tree is saved", (0, "", ""), lab.run("vfioplan", "host", "snapshot", "--via", lab.via(2), "--tree", tree))
        _, again, _ = lab.run("vfioplan", "host", "snapshot", "--host", tree)
        lab.same("the tree says the same", kept(out), kept(again))
    status, out, _ = lab.run("vfioplan", "host", "doctor", "--via", lab.via(2))
    lab.same("the checkup finds it ready", (0, "this host can give devices to guests"), (status, out.splitlines()[-1]))
    lab.guest.quiet(2)

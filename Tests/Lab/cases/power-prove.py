"""A guest with two PAPR host bridges is proven through the agent and leaves nothing open; `release` gives its devices back.

Two bridges that share a container are refused by their rule before anything is touched. What the rule saves from is in the
table of answers: on bare metal each device reaches what the other's bridge maps (`v2two2`), in a partition nothing can be mapped
(`v2two`).
"""

import tempfile
from pathlib import Path

GUEST = """version: 1
guests:
  db1:
    machine: pseries
    memory: 256MiB
    bridges:
      main: {{index: 0}}
      net: {{index: 1, {shared}devices: ["{first}"]}}
      store: {{index: 2, {shared}window: {{dma32: 512MiB}}, devices: ["{second}"]}}
"""


def check(lab):
    first, second = lab.shape.devices["net0"], lab.shape.devices["edu2"]
    before = lab.guest.say("bindings")
    # An engine on bare metal would be reset by its bus, twice five seconds.
    if lab.shape.name.startswith("powernv"):
        lab.guest.say(f"echo > /sys/bus/pci/devices/{second}/reset_method")
    lab.guest.serve(2)
    with tempfile.TemporaryDirectory(prefix="vfioplan-lab-") as folder:
        for name, shared in (("apart", ""), ("shared", "container: c0, ")):
            (Path(folder) / f"{name}.yaml").write_text(GUEST.format(shared=shared, first=first, second=second))
        apply = ["--apply=prove", "--via", lab.via(2)]
        status, _, err = lab.run("vfioplan", f"{folder}/shared.yaml", *apply)
        lab.same("a shared container is refused", (1, True), (status, "[papr-container-per-bridge]" in err))
        lab.same("a refused guest touches nothing", before, lab.guest.say("bindings"))

        status, out, err = lab.run("vfioplan", f"{folder}/apart.yaml", *apply)
        last = out.splitlines()[-1].split(": ", 1)[-1] if out else ""
        wanted = "2 functions bound, 2 containers proven; bindings end with a reboot"
        lab.same("the guest is proven", (0, wanted, ""), (status, last, err))
    drivers = [lab.guest.say(f"driver {address}")[0] for address in (first, second)]
    lab.same("its devices are on vfio-pci", ["vfio-pci", "vfio-pci"], drivers)
    lab.same("nothing is open", [], lab.guest.say("opened | grep -v vport; true"))
    lab.same("they are given back", (0, "2 functions given back\n", ""), lab.run("vfioplan", "release", "--via", lab.via(2)))
    lab.same("every driver is as it was", before, lab.guest.say("bindings"))
    lab.guest.quiet(2)

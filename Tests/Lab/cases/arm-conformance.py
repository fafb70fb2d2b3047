"""The real kernel answers as the model does, asked through an agent: one table of calls and answers for both, state by state."""

from pathlib import Path

LAB = Path(__file__).resolve().parent.parent
TABLE = LAB.parent / "VFIOCoreTests/Conformance/arm.tsv"
PORT = 2
# What makes each state of the one before it.
STATES = {
    "bound": 'rebind vfio-pci {single} {pair0} {pair1}',
    "native": 'rebind - {single} {pair1}',
    "driverless": 'echo {pair1} > "$devices/{pair1}/driver/unbind"',
    "unbound": 'true',
    "dma": "rebind vfio-pci {edu}",
}


def check(lab):
    before = lab.guest.say("bindings")
    addresses = lab.shape.devices
    lines = [line.split("\t") for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    for state, command in STATES.items():
        lab.guest.say(command.format(**addresses))
        # A function has a group once a driver has looked at it.
        groups = {name: lab.guest.say(f"group {address}")[0] for name, address in addresses.items()}
        devices = [f"{name}={address}@{number}" for name, address in addresses.items() if (number := groups[name]) != "-"]
        lab.guest.serve(PORT)
        words = ["--state", state, "--machine", "smmuv3", "--via", lab.via(PORT), TABLE, *devices]
        _, out, err = lab.run("vfio-conformance", *words)
        said = [line for line in (out + err).splitlines() if not line.startswith("@@row")]
        wanted = sum(line[0] == state for line in lines)
        lab.same(f"in state {state}", [f"@@conformance state={state} rows={wanted} differing=0"], said)
        lab.guest.quiet(PORT)
    lab.guest.say("rebind - {single} {pair0} {pair1} {edu}".format(**addresses))
    lab.same("every driver is as it was", before, lab.guest.say("bindings"))

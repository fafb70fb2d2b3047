"""The real kernel answers as the model does: one table of calls and answers for both, state by state.

Each state has an agent of its own, whose process may do what the state says. Cases that wait for a device's reset run at one
time, an agent each.
"""

import errno
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "VFIOCoreTests/Conformance/power.tsv"
# Their devices take the firmware seconds to reset.
WAITING = ["dma", "dma2", "v2two2", "eeh"]


def users(window: int) -> dict[str, tuple[int, int] | None]:
    """Who asks in each state, and how much they may lock; None is root without a limit."""
    return {
        "bound": None,
        "root-64k": (0, 64 << 10),
        "user-short": (1000, window - (64 << 10)),
        "user-window": (1000, window),
        "user-512k": (1000, 512 << 10),
        "slow": None,
    }


def rows(machine: str) -> list[tuple[str, str, str]]:
    """State, case and answer of every row of a machine, in the order of the table."""
    lines = [line.split("\t") for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    column = lines[0].index(machine)
    return [(line[0], line[1], line[column]) for line in lines[1:] if line[column] != "-"]


def ask(lab, port: int, state: str, cases: list[str], devices: list[str]) -> tuple[str, list[str], list[str]]:
    """What the runner was to say and what it said of these cases of a state."""
    words = ["--state", state, "--machine", lab.shape.name, "--cases", ",".join(cases), "--via", lab.via(port)]
    _, out, err = lab.run("vfio-conformance", *words, TABLE, *devices)
    said = [line for line in (out + err).splitlines() if not line.startswith("@@row")]
    wanted = sum(row[0] == state and row[1] in cases for row in rows(lab.shape.name))
    sentence = f"in state {state}: {', '.join(cases)}"
    return sentence, [f"@@conformance state={state} rows={wanted} differing=0"], said


def child(lab, group: str) -> list[str]:
    """What the guest's own program was told, as the table spells it."""
    answers = [int(line) for line in lab.guest.say(f"child-answers {group}")]
    words = [errno.errorcode[-answer] if answer < 0 else str(answer) for answer in answers]
    # The last row asks for an extension.
    return words[:-1] + ["yes" if words[-1] == "1" else words[-1]]


def check(lab):
    machine = lab.shape.name
    is_bare = machine.startswith("powernv")
    addresses = sorted(set(lab.shape.devices.values()))
    before = lab.guest.say("bindings")
    lab.guest.say(f"rebind vfio-pci {' '.join(addresses)}")
    lab.guest.say("chmod 666 /dev/vfio/*")
    if not is_bare:
        lab.guest.say("echo 8 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")
    groups = {address: lab.guest.say(f"group {address}")[0] for address in addresses}
    devices = [f"{name}={address}@{groups[address]}" for name, address in lab.shape.devices.items()]
    table = rows(machine)
    for state, user in users(1 << 31 if is_bare else 1 << 30).items():
        cases = list(dict.fromkeys(case for row, case, _ in table if row == state and case not in WAITING))
        if state == "slow" and not is_bare:
            continue
        lab.guest.serve(2, user)
        lab.same(*ask(lab, 2, state, cases, devices))
    lab.guest.quiet(2)
    if is_bare:
        reset_by(lab, "")
    waiting(lab, devices)
    if is_bare:
        reset_by(lab, "default")
    expected = [answer for state, _, answer in table if state == "child"]
    lab.same("in state child: fork", expected, child(lab, groups[lab.shape.devices["net0"]]))
    lab.guest.say(f"rebind - {' '.join(addresses)}")
    lab.same("every driver is as it was", before, lab.guest.say("bindings"))


def reset_by(lab, methods: str):
    """How the edu devices are reset when they are opened: by nothing, or by what the kernel finds."""
    engines = [address for name, address in lab.shape.devices.items() if name.startswith("edu")]
    for address in engines:
        lab.guest.say(f"echo {methods} > /sys/bus/pci/devices/{address}/reset_method")


def waiting(lab, devices: list[str]):
    """The cases that wait, all at one time."""
    ports = dict(zip(WAITING, lab.guest.ports, strict=True))
    for port in ports.values():
        lab.guest.serve(port)
    with ThreadPoolExecutor() as pool:
        for outcome in pool.map(lambda case: ask(lab, ports[case], "bound", [case], devices), WAITING):
            lab.same(*outcome)
    for port in ports.values():
        lab.guest.quiet(port)

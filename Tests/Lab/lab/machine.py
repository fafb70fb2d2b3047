"""One boot: QEMU under a hard limit of time, its two serial ports, and how it ended."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from lab.shapes import Shape
from lab.tools import Tools

# `no_timer_check`: under emulation on a busy machine the kernel's timer check miscounts, and it panics.
# The kernel's mistrust of its clock stays: on a busy machine it measures the clock's rate wrongly, and finds out only by it.
# The rest spares an emulated boot what is of no concern to VFIO: defences against the processor's own faults, zeroed
# pages, security modules, tests of the kernel's cryptography at each start, and certificates nobody asks for.
APPEND = (
    "console=ttyS0 quiet loglevel=4 panic=-1 no_timer_check mitigations=off init_on_alloc=0 lsm= audit=0"
    " cryptomgr.notests initcall_blacklist=jent_mod_init,crypto_kdf108_init,load_system_certificate_list"
)
# Five levels of page tables and string moves byte by byte only cost: both are emulated.
CPU = "max,-la57,-erms,-fsrm"
# Time is a wall clock's, or counts the guest's instructions: then a busy machine changes no figure of the guest.
CLOCKS = {
    "wall": ["-accel", "tcg,thread=multi"],
    "instructions": ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"],
}


@dataclass(frozen=True)
class Boot:
    """What one boot left behind."""

    lines: list[str]
    console: list[str]
    seconds: float
    ended: str


def boot(tools: Tools, kernel: Path, initrd: Path, words: list[str], shape: Shape, scratch: Path) -> Boot:
    """Starts the machine of a shape by these words and waits for its end, no longer than the shape's limit.

    The guest's results come by the second serial port: the kernel writes to the first and would cut lines in two.
    """
    results, console = scratch / "results", scratch / "console"
    command = tools.qemu() + CLOCKS[shape.clock] + ["-cpu", CPU, "-smp", "1", "-m", shape.memory]
    command += ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-monitor", "none"]
    command += ["-serial", f"file:{console}", "-serial", f"file:{results}", *words]
    command += ["-kernel", str(kernel), "-initrd", str(initrd), "-append", f"{APPEND} {shape.append}"]
    start = time.monotonic()
    with open(scratch / "qemu", "w+") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            ended = f"ended with status {process.wait(timeout=shape.seconds)}"
        except subprocess.TimeoutExpired:
            ended = f"did not end within {shape.seconds} s"
        finally:
            process.kill()
            process.wait()
        took = time.monotonic() - start
        said.seek(0)
        complaints = said.read().splitlines()
    return Boot(lines=text(results), console=text(console) + complaints, seconds=took, ended=ended)


def text(path: Path) -> list[str]:
    """The lines of a serial port, with what a terminal would act on made visible."""
    if not path.exists():
        return []
    lines = path.read_bytes().decode("utf-8", "backslashreplace").replace("\r\n", "\n").split("\n")
    return ["".join(c if c.isprintable() or c == "\t" else repr(c)[1:-1] for c in line) for line in lines]

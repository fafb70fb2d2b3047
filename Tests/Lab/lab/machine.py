"""One boot: QEMU under a hard limit of time, its two serial ports, and how it ended."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from lab.tools import Tools

# `no_timer_check`: under emulation on a busy machine the kernel's timer check miscounts, and it panics.
# `tsc=nowatchdog`: there too the kernel mistrusts its clock, and takes one that is a hundred times slower to read.
# The rest spares an emulated boot what is of no concern to VFIO: defences against the processor's own faults, zeroed
# pages, security modules, tests of the kernel's cryptography at each start, and certificates nobody asks for.
APPEND = (
    "console=ttyS0 quiet loglevel=4 panic=-1 no_timer_check tsc=nowatchdog"
    " mitigations=off init_on_alloc=0 lsm= audit=0 cryptomgr.notests initcall_blacklist=jent_mod_init,crypto_kdf108_init,load_system_certificate_list"
)
# Five levels of page tables and string moves byte by byte only cost: both are emulated.
CPU = "max,-la57,-erms,-fsrm"


@dataclass(frozen=True)
class Boot:
    """What one boot left behind."""

    lines: list[str]
    console: list[str]
    seconds: float
    ended: str


def boot(tools: Tools, kernel: Path, initrd: Path, words: list[str], append: str, seconds: int, scratch: Path) -> Boot:
    """Starts the machine and waits for its end, `seconds` at most.

    The guest's results come by the second serial port: the kernel writes to the first and would cut lines in two.
    """
    results, console = scratch / "results", scratch / "console"
    command = tools.qemu() + ["-accel", "tcg,thread=multi", "-cpu", CPU, "-smp", "1", "-m", "1G"]
    command += ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-monitor", "none"]
    command += ["-serial", f"file:{console}", "-serial", f"file:{results}", *words]
    command += ["-kernel", str(kernel), "-initrd", str(initrd), "-append", f"{APPEND} {append}"]
    start = time.monotonic()
    with open(scratch / "qemu", "w+") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            ended = f"ended with status {process.wait(timeout=seconds)}"
        except subprocess.TimeoutExpired:
            ended = f"did not end within {seconds} s"
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

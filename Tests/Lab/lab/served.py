"""One shape whose cases run here and speak to the guest, from its data file to its verdict."""

import difflib
import importlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lab import machine, packages, shapes, verdict
from lab.archive import Archive
from lab.guest import Guest, Lost
from lab.kernel import Modules

LAB = Path(__file__).resolve().parent.parent
# A program that hangs ends here; the others still run.
PROGRAM_SECONDS = 60


class Check:
    """What a case is handed: the guest, the executables to test, and where to record what it found."""

    def __init__(self, guest: Guest, shape: shapes.Served, executables: list[Path]):
        self.guest = guest
        self.shape = shape
        self.lines: list[str] = []
        self._executables = {path.name: path for path in executables}

    def run(self, name: str, *words) -> tuple[int, str, str]:
        """Status, output and errors of one of the executables to test."""
        seconds = min(PROGRAM_SECONDS, self.guest.remaining())
        try:
            done = subprocess.run([self._executables[name], *words], capture_output=True, text=True, timeout=seconds)
        except subprocess.TimeoutExpired:
            return -1, "", f"{name} did not end within {seconds:.0f} s"
        return done.returncode, done.stdout, done.stderr

    def via(self, port: int) -> str:
        """The words that lead to the agent of a port."""
        return shlex.join([sys.executable, str(LAB / "lab/connect.py"), str(self.guest.ports[port])])

    def same(self, sentence: str, expected, actual):
        """Records whether two values are equal, as a whole."""
        if expected == actual:
            self.lines.append(f"@@ pass {sentence}")
        else:
            self.lines.append(f"@@ fail {sentence}")
            texts = [value if isinstance(value, list) else str(value).splitlines() for value in (expected, actual)]
            differing = difflib.unified_diff(*([str(line) for line in text] for text in texts), n=1, lineterm="")
            # The first two lines would name files.
            self.lines += [f"    {line}" for line in list(differing)[2:]]

    def note(self, text: str):
        """A line that judges nothing."""
        self.lines.append(f"    {text}")


def initrd(prepared, shape: shapes.Served) -> bytes:
    """The archive, uncompressed: under emulation, unpacking costs more than reading."""
    archive = Archive()
    archive.console()
    for name in ("proc", "run", "sys", "tmp"):
        archive.folder(name)
    archive.file("init", (LAB / "guest/served-init").read_bytes(), executable=True)
    busybox = prepared.trees[shape.alone] / "usr/bin/busybox"
    archive.file("bin/busybox", busybox.read_bytes(), executable=True)
    for path in prepared.served[packages.TREES[shape.kernel].architecture]:
        archive.file(f"bin/{path.name}", path.read_bytes(), executable=True)
    loaded = Modules(prepared.trees[shape.kernel]).load_order(shape.modules)
    for name, data in loaded:
        archive.file(f"modules/{name}.ko", data)
    archive.file("modules/order", "".join(f"{name}.ko\n" for name, _ in loaded).encode())
    archive.file("lab/host.sh", (LAB / "guest/host.sh").read_bytes())
    return archive.bytes()


def run(
    prepared, executables: list[Path], shape: shapes.Served, cases: list[str]
) -> tuple[machine.Boot, verdict.Verdict]:
    """Boots one shape, runs these cases against it and judges what they found."""
    scratch = Path(tempfile.mkdtemp(prefix="vfioplan-lab-"))
    start = time.monotonic()
    lines, ended = [], "ended"
    guest = None
    try:
        archive = scratch / "initrd"
        archive.write_bytes(initrd(prepared, shape))
        (kernel,) = (prepared.trees[shape.kernel] / "boot").glob("vmlinu*")
        words = shape.arguments() + ["-kernel", str(kernel), "-initrd", str(archive), "-append", shape.append]
        with Guest(words, shape.seconds, scratch) as guest:
            lines.append(f"@@ boot {time.monotonic() - start:.1f}")
            for name in cases:
                lines.append(f"@@ case {name}")
                begin = time.monotonic() - start
                check = Check(guest, shape, executables)
                try:
                    importlib.import_module(f"cases.{name}").check(check)
                    done = [f"@@ done {name}"]
                except Lost as reason:
                    done, ended = [f"    {reason}"], str(reason)
                lines += check.lines + done + [f"@@ time {begin:.1f} {time.monotonic() - start:.1f}"]
        lines.append("@@ end")
    except Lost as reason:
        ended = str(reason)
    finally:
        console = machine.text(scratch / "console") + (guest.complaints() if guest else [])
        shutil.rmtree(scratch)
    boot = machine.Boot(lines=lines, console=console, seconds=time.monotonic() - start, ended=ended)
    return boot, verdict.judge(boot.lines, cases)

"""One shape whose cases run here and speak to the guest, from its data file to its verdict."""

import importlib
import shutil
import tempfile
import time
from pathlib import Path

from lab import machine, packages, shapes, verdict
from lab.archive import Archive
from lab.guest import Guest, Lost
from lab.kernel import Modules

LAB = Path(__file__).resolve().parent.parent


class Check:
    """What a case is handed: the guest, the executables to test, and where to record what it found."""

    def __init__(self, guest: Guest, shape: shapes.Served, executables: list[Path]):
        self.guest = guest
        self.shape = shape
        self.lines: list[str] = []
        self._executables = {path.name: path for path in executables}

    def program(self, name: str) -> Path:
        """One of the executables to test."""
        return self._executables[name]

    def same(self, sentence: str, expected, actual):
        """Records whether two values are equal, as a whole."""
        if expected == actual:
            self.lines.append(f"@@ pass {sentence}")
        else:
            self.lines.append(f"@@ fail {sentence}")
            for name, value in (("expected", expected), ("actual", actual)):
                rows = value if isinstance(value, list) else str(value).splitlines()
                self.lines += [f"    {name}: {row}" for row in rows or ["nothing"]]

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

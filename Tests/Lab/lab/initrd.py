"""What the guest starts from: busybox, modules, programs, the product and the cases of one boot."""

import re
from pathlib import Path

from lab.archive import Archive

LAB = Path(__file__).resolve().parent.parent
# What the model kernel is tested by, on every run of the tests.
ANSWERS = LAB.parent / "VFIOCoreTests/Conformance"
# A case that hangs ends here; the others still run.
CASE_SECONDS = 120


def initrd(prepared, executables: list[Path], shape, cases: list[str]) -> bytes:
    """The archive, uncompressed: under emulation, unpacking costs more than reading."""
    archive = Archive()
    archive.console()
    for name in ("proc", "run", "sys", "tmp"):
        archive.folder(name)
    archive.file("init", (LAB / "guest/init").read_bytes(), executable=True)
    archive.file("bin/busybox", (prepared.alone / "usr/bin/busybox").read_bytes(), executable=True)
    scripts = {f"lab/{path.name}": path.read_bytes() for path in sorted((LAB / "guest").glob("*.sh"))}
    scripts |= {f"lab/cases/{case}.sh": (LAB / f"cases/{case}.sh").read_bytes() for case in cases}
    words = set(re.findall(rb"[a-z0-9-]+", b"\n".join(scripts.values())))
    for path in prepared.programs + executables:
        # The guest unpacks the archive at each boot: what no case names stays away.
        if path.name.encode() in words:
            archive.file(f"bin/{path.name}", path.read_bytes(), executable=True)
    loaded = prepared.modules[shape.vfio].load_order(shape.modules)
    for name, data in loaded:
        archive.file(f"modules/{name}.ko", data)
    archive.file("modules/order", "".join(f"{name}.ko\n" for name, _ in loaded).encode())
    for path, text in scripts.items():
        archive.file(path, text)
    if shape.nested:
        nested(archive, prepared.tools)
    archive.file("lab/order", "".join(f"{case}\n" for case in cases).encode())
    for table in sorted(ANSWERS.glob("*.tsv")):
        # Likewise tables: a case names its own.
        if table.stem.encode() in words:
            archive.file(f"lab/{table.name}", table.read_bytes())
    archive.file("lab/clock", f"{shape.clock}\n".encode())
    archive.file("lab/iommu", f"{shape.kind}\n".encode())
    archive.file("lab/seconds", f"{CASE_SECONDS}\n".encode())
    return archive.bytes()


def nested(archive: Archive, tools):
    """The lab's own QEMU with what it needs to run in the guest, which has no libraries, and a script that starts it."""
    for path in tools.closure("usr/bin/qemu-system-x86_64"):
        archive.file(f"nested/{path.name}", path.read_bytes(), executable=True)
    for name in ("seabios/bios-256k.bin", "qemu/kvmvapic.bin", "qemu/linuxboot_dma.bin"):
        archive.file(f"nested/{Path(name).name}", (tools.tree / "usr/share" / name).read_bytes())
    words = "exec /nested/ld-linux-x86-64.so.2 --library-path /nested /nested/qemu-system-x86_64 -L /nested"
    archive.file("bin/nested-qemu", f'#!/bin/sh\n{words} "$@"\n'.encode(), executable=True)

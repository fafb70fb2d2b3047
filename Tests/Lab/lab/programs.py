"""Static C programs for the guest, compiled once for each state of their sources."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from lab import cache

LAB = Path(__file__).resolve().parent.parent
# Also the baseline that only makes sense in the guest.
SOURCES = [*(LAB / "programs").glob("*.c"), *(LAB.parent / "Baselines").glob("vfio-*.c")]
# What a guest has that is spoken to from outside.
SERVED = [LAB.parent.parent / "Sources/vfio-agent/vfio-agent.c", *(LAB / "programs/served").glob("*.c")]
# Debian's names for the compilers of other architectures.
TRIPLETS = {"ppc64el": "powerpc64le-linux-gnu", "arm64": "aarch64-linux-gnu"}


class NoCompiler(Exception):
    """The machine has no C compiler to build the guest's programs with."""


def build(headers: Path) -> Path:
    """A folder with every program of this architecture; `headers` is the tree with today's UAPI headers."""
    flags = ["-std=gnu17", "-D_GNU_SOURCE", "-I", str(LAB / "programs")]
    return compiled(headers, SOURCES, os.environ.get("CC") or "cc", "strip", "x86_64-linux-gnu", flags)


def cross(headers: Path, architecture: str) -> Path:
    """A folder with the programs of a guest of another architecture, by Debian's cross compiler."""
    triplet = TRIPLETS[architecture]
    return compiled(headers, SERVED, f"{triplet}-gcc", f"{triplet}-strip", triplet, ["-std=c99"])


def compiled(headers: Path, sources: list[Path], compiler: str, strip: str, triplet: str, flags: list[str]) -> Path:
    """A folder with each program by the name of its source."""
    if not shutil.which(compiler):
        raise NoCompiler(f"no C compiler '{compiler}'")
    # This file too: it holds the compiler's options.
    state = hashlib.sha256(f"{headers.name} {triplet}".encode() + Path(__file__).read_bytes())
    for path in sorted(sources) + sorted((LAB / "programs").glob("*.h")):
        state.update(path.name.encode() + b"\0" + path.read_bytes())

    def fill(part: Path):
        include = headers / "usr/include"
        # The machine's own UAPI headers may be older than the calls the programs make.
        words = [*flags, "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-isystem", include]
        words += ["-isystem", include / triplet]
        for source in sorted(sources):
            subprocess.run([compiler, *words, "-o", part / source.stem, source], check=True)
            subprocess.run([strip, part / source.stem], check=True)

    return cache.folder(f"programs/{state.hexdigest()[:16]}", fill)

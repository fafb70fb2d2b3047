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


class NoCompiler(Exception):
    """The machine has no C compiler to build the guest's programs with."""


def build(headers: Path) -> Path:
    """A folder with every program, by the name of its source; `headers` is the tree with today's UAPI headers."""
    compiler = os.environ.get("CC") or "cc"
    if not shutil.which(compiler):
        raise NoCompiler(f"no C compiler '{compiler}'")
    sources = sorted(SOURCES)
    # This file too: it holds the compiler's options.
    state = hashlib.sha256(headers.name.encode() + Path(__file__).read_bytes())
    for path in sources + sorted((LAB / "programs").glob("*.h")):
        state.update(path.name.encode() + b"\0" + path.read_bytes())

    def fill(part: Path):
        include = headers / "usr/include"
        # The machine's own UAPI headers may be older than the calls the programs make.
        flags = ["-std=gnu17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-isystem", include]
        flags += ["-isystem", include / "x86_64-linux-gnu", "-I", LAB / "programs"]
        for source in sources:
            subprocess.run([compiler, *flags, "-o", part / source.stem, source], check=True)
            subprocess.run(["strip", part / source.stem], check=True)

    return cache.folder(f"programs/{state.hexdigest()[:16]}", fill)

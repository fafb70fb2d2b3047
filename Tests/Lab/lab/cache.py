"""The folder outside the checkout in which everything fetched and built is kept."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path


def root() -> Path:
    """The lab's part of the project's cache, made if need be."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    path = Path(os.environ.get("VFIOPLAN_CACHE") or Path(home) / "vfioplan") / "lab"
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def locked():
    """Holds the cache alone; a second run waits here, and says so."""
    with open(root() / "lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("lab: waiting for another run to leave the cache", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def folder(key: str, fill) -> Path:
    """The finished folder `key`; `fill(path)` makes it beside its place, and a rename ends the making.

    What carries the final name is therefore always complete: a run cut off halfway leaves only a
    folder ending in `.part`, which the next run throws away.
    """
    final = root() / key
    if final.is_dir():
        return final
    part = final.with_name(final.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    fill(part)
    part.rename(final)
    return final


def digest(*parts: bytes) -> str:
    """A short name for what something is made of."""
    state = hashlib.sha256()
    for part in parts:
        state.update(len(part).to_bytes(8, "big") + part)
    return state.hexdigest()[:16]


def size(path: Path) -> int:
    """Bytes of disk that everything below `path` takes; there are too many files to ask for each from here."""
    return int(subprocess.run(["du", "-sk", path], check=True, capture_output=True, text=True).stdout.split()[0]) << 10

"""The project's own executables, linked statically so that they run in a guest that has no libraries."""

import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
NAMES = ["vfioplan"]


def build() -> list[Path]:
    """Each executable of the package that the guest runs, built where the other builds are not disturbed."""
    words = ["swift", "build", "-c", "release", "-Xswiftc", "-static-executable", "--scratch-path", ".build/lab"]
    for name in NAMES:
        subprocess.run([*words, "--product", name], cwd=CHECKOUT, check=True)
    folder = subprocess.run([*words, "--show-bin-path"], cwd=CHECKOUT, check=True, capture_output=True, text=True)
    return [Path(folder.stdout.strip()) / name for name in NAMES]

"""The project's own executables, linked statically so that they run in a guest that has no libraries."""

import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
NAMES = ["vfioplan", "vfio-conformance", "open-device", "edu-dma", "core-calls"]


def build() -> list[Path]:
    """Each executable of the package that the guest runs, built where the other builds are not disturbed."""
    words = ["swift", "build", "-c", "release", "--scratch-path", ".build/lab"]
    # Without symbols a static executable is half the size, and the guest unpacks it at each boot.
    words += ["-Xswiftc", "-static-executable", "-Xlinker", "-s"]
    for name in NAMES:
        subprocess.run([*words, "--product", name], cwd=CHECKOUT, check=True)
    folder = subprocess.run([*words, "--show-bin-path"], cwd=CHECKOUT, check=True, capture_output=True, text=True)
    return [Path(folder.stdout.strip()) / name for name in NAMES]

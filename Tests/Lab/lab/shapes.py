"""Shapes: the machines the lab boots, each a data file under `shapes/`."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

LAB = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Shape:
    """One machine: how QEMU makes it, what its kernel loads, and which cases run in it."""

    name: str
    about: str
    machine: str
    iommu: str
    append: str
    modules: list[str]
    seconds: int
    cases: list[str]
    # Whose modules: those of the stock kernel, or those rebuilt.
    vfio: str = "stock"
    # Devices beside those of the board.
    devices: str = ""
    # What the guest's time is: the machine's own, or an instruction a nanosecond.
    clock: str = "wall"
    memory: str = "1G"
    # Whether the guest has a hypervisor of its own: the lab's QEMU.
    nested: bool = False

    @property
    def kind(self) -> str:
        """The short name of the IOMMU: what cases and tables of answers tell machines apart by."""
        found = re.match(r"-device (\w+)-iommu", self.iommu)
        return found.group(1) if found else "none"

    def arguments(self, disk: Path) -> list[str]:
        """QEMU's words for the machine; the IOMMU stands before the devices it is to translate."""
        words = " ".join([f"-M {self.machine}", self.iommu, *board("board"), self.devices]).split()
        return [word.replace("{disk}", str(disk)) for word in words]


@dataclass(frozen=True)
class Served:
    """One machine that is spoken to from outside: how QEMU makes it, what its kernel is, and which cases it is for."""

    name: str
    about: str
    # The machine's own emulator: the guest's architecture has none in the lab's tree.
    emulator: str
    machine: str
    # The file of devices.
    board: str
    memory: str
    # Names of trees of packages: the kernel's and that of the guest's other files.
    kernel: str
    alone: str
    append: str
    modules: list[str]
    seconds: int
    cases: list[str]
    # The names that cases and tables have for the devices.
    devices: dict[str, str]

    def arguments(self) -> list[str]:
        """The emulator and its words for the machine."""
        words = " ".join([f"-M {self.machine} -m {self.memory} -smp 1", *board(self.board)]).split()
        return [self.emulator, *words]


def board(name: str) -> list[str]:
    """The lines of a file of devices that say something to QEMU."""
    lines = (LAB / f"shapes/{name}.args").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def names() -> list[str]:
    """Every shape there is, in the order of their names."""
    return sorted(path.stem for path in (LAB / "shapes").glob("*.toml"))


def read(name: str) -> Shape | Served:
    """The shape of that name; a key too many or too few is an error."""
    keys = tomllib.loads((LAB / f"shapes/{name}.toml").read_text())
    # A shape that names its emulator is one whose cases run here.
    kind, suffix = (Served, "py") if "emulator" in keys else (Shape, "sh")
    shape = kind(name=name, **keys)
    for case in shape.cases:
        if not (LAB / f"cases/{case}.{suffix}").is_file():
            raise ValueError(f"shape {name} names a case that does not exist: {case}")
    return shape

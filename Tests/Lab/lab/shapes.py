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

    @property
    def kind(self) -> str:
        """The short name of the IOMMU: what cases and tables of answers tell machines apart by."""
        found = re.match(r"-device (\w+)-iommu", self.iommu)
        return found.group(1) if found else "none"

    def arguments(self, disk: Path) -> list[str]:
        """QEMU's words for the machine; the IOMMU stands before the devices it is to translate."""
        board = [line for line in (LAB / "shapes/board.args").read_text().splitlines() if not line.startswith("#")]
        words = " ".join([f"-M {self.machine}", self.iommu, *board, self.devices]).split()
        return [word.replace("{disk}", str(disk)) for word in words]


def names() -> list[str]:
    """Every shape there is, in the order of their names."""
    return sorted(path.stem for path in (LAB / "shapes").glob("*.toml"))


def read(name: str) -> Shape:
    """The shape of that name; a key too many or too few is an error."""
    shape = Shape(name=name, **tomllib.loads((LAB / f"shapes/{name}.toml").read_text()))
    for case in shape.cases:
        if not (LAB / f"cases/{case}.sh").is_file():
            raise ValueError(f"shape {name} names a case that does not exist: {case}")
    return shape

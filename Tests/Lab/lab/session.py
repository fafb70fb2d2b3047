"""One shape from its data file to its verdict."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lab import cache, kernel, machine, packages, programs, rebuilt, shapes, verdict
from lab.initrd import initrd
from lab.tools import Tools


@dataclass(frozen=True)
class Prepared:
    """All that a boot needs and that does not depend on the shape."""

    tools: Tools
    kernel: Path
    # By what a shape calls its `vfio`.
    modules: dict[str, kernel.Modules]
    alone: Path
    programs: list[Path]
    # What a guest that is spoken to from outside has, by its architecture.
    served: dict[str, list[Path]]
    trees: dict[str, Path]


def prepare(update: bool) -> Prepared:
    """Fetches and builds what is not in the cache; the caller holds its lock."""
    trees = packages.fetch(update)
    tools = Tools(trees["tools"])

    def extract(part: Path):
        (image,) = (trees["kernel"] / "boot").glob("vmlinuz-*")
        (part / "vmlinux").write_bytes(kernel.elf_image(image.read_bytes(), tools))

    image = cache.folder(f"kernels/{trees['kernel'].name}", extract) / "vmlinux"
    built = programs.build(trees["alone"])
    stock = kernel.Modules(trees["kernel"])
    foreign = {tree.architecture for tree in packages.TREES.values()} - {packages.NATIVE}
    return Prepared(
        tools=tools,
        kernel=image,
        modules={"stock": stock, "with-iommufd": stock.with_vfio(rebuilt.build(trees["build"], tools))},
        alone=trees["alone"],
        programs=sorted(built.iterdir()),
        served={name: sorted(programs.cross(trees["alone"], name).iterdir()) for name in foreign},
        trees=trees,
    )


def run(
    prepared: Prepared, executables: list[Path], shape: shapes.Shape, cases: list[str]
) -> tuple[machine.Boot, verdict.Verdict]:
    """Boots one shape with these cases and judges what its guest said."""
    scratch = Path(tempfile.mkdtemp(prefix="vfioplan-lab-"))
    try:
        archive, disk = scratch / "initrd", scratch / "disk"
        archive.write_bytes(initrd(prepared, executables, shape, cases))
        prepared.tools.make_ext4(disk, megabytes=64)
        boot = machine.boot(prepared.tools, prepared.kernel, archive, shape.arguments(disk), shape, scratch)
    finally:
        shutil.rmtree(scratch)
    return boot, verdict.judge(boot.lines, cases)

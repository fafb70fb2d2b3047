"""What is taken out of the kernel's package: the bare ELF image, and modules in their order of loading."""

import copy
import lzma
import struct
from pathlib import Path

from lab.tools import Tools


def elf_image(image: bytes, tools: Tools) -> bytes:
    """The kernel inside a bzImage.

    QEMU starts it by its PVH note, and the guest is spared the decompression, which under emulation is a
    quarter of the boot. The fields are those of the x86 boot protocol (Linux, Documentation/arch/x86/boot.rst).
    """
    if image[0x202:0x206] != b"HdrS":
        raise ValueError("the kernel is not a bzImage")
    setup_sectors = image[0x1F1]
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    # The build appends the unpacked size, four bytes, to the compressed stream.
    elf = tools.decompress_zstd(image[start : start + length - 4])
    if not elf.startswith(b"\x7fELF"):
        raise ValueError("the kernel's payload is not an ELF file")
    return elf


class Modules:
    """The modules of one kernel, by name."""

    def __init__(self, tree: Path):
        (folder,) = (tree / "usr/lib/modules").iterdir()
        self.files = {plain(path.name): path for path in folder.rglob("*.ko.xz")}
        built_in = (folder / "modules.builtin").read_text().split()
        self.built_in = {plain(Path(name).name) for name in built_in}

    def with_vfio(self, folder: Path) -> "Modules":
        """The same but for VFIO, all of which is that of a folder: a module of one build does not fit those of another."""
        other = copy.copy(self)
        kept = {name: path for name, path in self.files.items() if "/drivers/vfio/" not in str(path)}
        other.files = kept | {plain(path.name): path for path in folder.glob("*.ko")}
        return other

    def load_order(self, names: list[str]) -> list[tuple[str, bytes]]:
        """Names and bytes of `names` and of all they need, each after what it needs.

        What a module needs stands in the module itself (`depends` and `softdep` of its .modinfo), where
        depmod finds it too; the package ships no modules.dep.
        """
        order: dict[str, bytes] = {}

        def add(name: str, above: tuple[str, ...]):
            if name in order or name in self.built_in:
                return
            if name in above:
                raise ValueError(f"modules need each other: {' -> '.join(above)}")
            if name not in self.files:
                raise ValueError(f"the kernel has no module {name}")
            data = self.files[name].read_bytes()
            if self.files[name].suffix == ".xz":
                data = unsigned(lzma.decompress(data))
            for needed in needs(data, self.files):
                add(needed, above + (name,))
            order[name] = data

        for name in names:
            add(plain(name), ())
        return list(order.items())


def unsigned(module: bytes) -> bytes:
    """A module without the signature behind it, which takes the guest longer to check than the module to load.

    The form is that of Linux 6.12, include/linux/module_signature.h: data, a header of 12 bytes that ends with the
    data's size, a magic line.
    """
    magic = b"~Module signature appended~\n"
    if not module.endswith(magic):
        return module
    (size,) = struct.unpack_from(">I", module, len(module) - len(magic) - 4)
    return module[: len(module) - len(magic) - 12 - size]


def plain(name: str) -> str:
    """One spelling for a module, whose file and names elsewhere mix `-` and `_`."""
    return name.split(".")[0].replace("-", "_")


def needs(module: bytes, known) -> list[str]:
    """The modules that a module's own information names as needed before it."""
    fields = [field for field in module.split(b"\0") if field.startswith((b"depends=", b"softdep=pre: "))]
    hard = [name for field in fields if field.startswith(b"depends=") for name in field[8:].split(b",") if name]
    soft = [name for field in fields if field.startswith(b"softdep=") for name in field[13:].split(b" post: ")[0].split()]
    # A soft one may be an alias ("crypto-crc32c") that only modprobe resolves: taken where it names a file.
    return [plain(name.decode()) for name in hard] + [
        name for name in (plain(text.decode()) for text in soft) if name in known
    ]

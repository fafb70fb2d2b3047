"""Programs of the unpacked tree, run through that tree's own loader and libraries."""

import subprocess
from pathlib import Path


class Tools:
    """The tree holds a newer C library than the machine: nothing of it may be mixed with the system's."""

    def __init__(self, tree: Path):
        self.tree = tree
        self.libraries = tree / "usr/lib/x86_64-linux-gnu"

    def command(self, program: str) -> list[str]:
        """The words that start `program` (a path below the tree) in front of its own arguments."""
        loader = self.libraries / "ld-linux-x86-64.so.2"
        path = self.tree / program
        return [str(loader), "--library-path", str(self.libraries), "--argv0", path.name, str(path)]

    def closure(self, program: str) -> list[Path]:
        """The program, its loader and every library it is started with, by the names they are looked for."""
        words = [*self.command(program)[:3], "--list", str(self.tree / program)]
        lines = subprocess.run(words, capture_output=True, check=True, text=True).stdout.splitlines()
        libraries = [Path(line.split(" => ")[1].split(" (")[0]) for line in lines if " => " in line]
        return sorted({self.tree / program, self.libraries / "ld-linux-x86-64.so.2", *libraries})

    def wrap(self, program: Path):
        """Puts a script in the place of a program of this suite from another tree, which runs it in this tree's way."""
        words = [*self.command("")[:3], "--argv0", '"$0"']
        binary = program.with_name(program.name + ".elf")
        program.rename(binary)
        program.write_text(f'#!/bin/sh\nexec {" ".join(words)} "$0.elf" "$@"\n')
        program.chmod(0o755)

    def qemu(self) -> list[str]:
        """QEMU with its data folders, which it would otherwise look for in the system."""
        folders = [self.tree / "usr/share" / name for name in ("qemu", "seabios")] + [self.tree / "usr/lib/ipxe/qemu"]
        return self.command("usr/bin/qemu-system-x86_64") + [word for path in folders for word in ("-L", str(path))]

    def decompress_zstd(self, data: bytes) -> bytes:
        """The bytes behind one zstd frame."""
        return subprocess.run(
            self.command("usr/bin/zstd") + ["-dcq"], input=data, stdout=subprocess.PIPE, check=True
        ).stdout

    def make_ext4(self, path: Path, megabytes: int):
        """A new ext4 file system in a sparse file."""
        words = self.command("usr/sbin/mke2fs") + ["-q", "-t", "ext4", "-F", str(path), f"{megabytes}M"]
        subprocess.run(words, check=True, env={"MKE2FS_CONFIG": str(self.tree / "etc/mke2fs.conf")})

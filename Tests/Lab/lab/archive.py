"""An initial file system as the kernel unpacks it: cpio, in its `newc` form."""

import stat


class Archive:
    """Collects files in memory; the same files in the same order give the same bytes.

    The form is that of Linux, Documentation/driver-api/early-userspace/buffer-format.rst.
    """

    def __init__(self):
        self.parts: list[bytes] = []
        self.folders: set[str] = set()
        self.count = 0

    def file(self, path: str, data: bytes, executable: bool = False):
        """One file, with the folders above it."""
        self._folders_above(path)
        self._entry(path, stat.S_IFREG | (0o755 if executable else 0o644), data)

    def folder(self, path: str):
        """One empty folder, with the folders above it."""
        self._folders_above(path + "/.")

    def console(self):
        """The node that the kernel opens for the first process, before there is a /dev."""
        self.folder("dev")
        self._entry("dev/console", stat.S_IFCHR | 0o600, b"", device=(5, 1))

    def bytes(self) -> bytes:
        """The whole archive."""
        return b"".join(self.parts) + self._record("TRAILER!!!", 0, b"", (0, 0), 0)

    def _folders_above(self, path: str):
        words = path.split("/")[:-1]
        for end in range(1, len(words) + 1):
            folder = "/".join(words[:end])
            if folder not in self.folders:
                self.folders.add(folder)
                self._entry(folder, stat.S_IFDIR | 0o755, b"")

    def _entry(self, path: str, mode: int, data: bytes, device: tuple[int, int] = (0, 0)):
        self.count += 1
        self.parts.append(self._record(path, mode, data, device, self.count))

    @staticmethod
    def _record(path: str, mode: int, data: bytes, device: tuple[int, int], number: int) -> bytes:
        name = path.encode() + b"\0"
        fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name), 0]
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
        return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)

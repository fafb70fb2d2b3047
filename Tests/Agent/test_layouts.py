"""What the agent hands to its kernel: each request's number and structure, against the offsets of Linux 6.12.

linux/vfio.h and linux/iommufd.h of 6.12 say them, for 64-bit machines; a field is a number of 16, 32 or 64 bits (H, I, Q).
"""

import pathlib
import re
import struct
import subprocess
import tempfile
import unittest

import agent as lib
from agent import ANSWERED, Agent

RECORDER = pathlib.Path(__file__).with_name("recorder.c")
CONTAINER, GROUP, IOMMUFD, DEVICE, EVENT = range(5)
NODES = ["/dev/vfio/vfio", "/dev/vfio/14", "/dev/iommu", "/dev/vfio/devices/vfio2"]
WHOLE = 2**32 - 1  # a size as large as it may be said
MEMORY = 0  # an address: a memory and an offset
POINTER, FILE = object(), object()  # some address that is not null, some descriptor

# Operation, arguments, number of the ioctl above 100, fields of the structure with their values, offsets and formats of results.
LAYOUTS = [
    ("iommu-map-dma", [CONTAINER, WHOLE, 3, (MEMORY, 0x123), 7, 9], 13, [("I", 32), ("I", 3), ("Q", 0x123), ("Q", 7), ("Q", 9)], ""),
    ("iommu-unmap-dma", [CONTAINER, WHOLE, 2, 5, 6], 14, [("I", 24), ("I", 2), ("Q", 5), ("Q", 6)], "16Q"),
    ("iommu-dirty-pages", [CONTAINER, WHOLE, 1], 17, [("I", 8), ("I", 1)], ""),
    ("iommu-dirty-bitmap", [CONTAINER, WHOLE, 4, 5, 0x41000, 0x1000], 17,
     [("I", 48), ("I", 4), ("Q", 5), ("Q", 0x41000), ("Q", 0x1000), ("Q", 16), ("Q", POINTER)], "16Q"),
    ("spapr-register-memory", [CONTAINER, WHOLE, 0, (MEMORY, 0x123), 9], 17, [("I", 24), ("I", 0), ("Q", 0x123), ("Q", 9)], ""),
    ("spapr-unregister-memory", [CONTAINER, WHOLE, 0, (MEMORY, 0x123), 9], 18, [("I", 24), ("I", 0), ("Q", 0x123), ("Q", 9)], ""),
    ("spapr-tce-create", [CONTAINER, WHOLE, 0, 16, 1 << 32, 2], 19,
     [("I", 40), ("I", 0), ("I", 16), ("I", 0), ("Q", 1 << 32), ("I", 2), ("I", 0), ("Q", 0)], "32Q"),
    ("spapr-tce-remove", [CONTAINER, WHOLE, 0, 1 << 59], 20, [("I", 16), ("I", 0), ("Q", 1 << 59)], ""),
    ("eeh-pe-op", [CONTAINER, WHOLE, 0, 9, 1, 3, 5, 6], 21,
     [("I", 40), ("I", 0), ("I", 9), ("I", 0), ("I", 1), ("I", 3), ("Q", 5), ("Q", 6)], ""),
    ("group-get-status", [GROUP, WHOLE], 3, [("I", 8), ("I", 0)], "4I"),
    ("group-set-container", [GROUP, CONTAINER], 4, [("I", FILE)], ""),
    ("device-set-irqs", [DEVICE, WHOLE, 34, 2, 1, 3, b"\1\0\1"], 10,
     [("I", 23), ("I", 34), ("I", 2), ("I", 1), ("I", 3), ("B", 1), ("B", 0), ("B", 1)], "20B 21B 22B"),
    ("device-set-irq-events", [DEVICE, WHOLE, 36, 2, 0, 2, [EVENT, WHOLE]], 10,
     [("I", 28), ("I", 36), ("I", 2), ("I", 0), ("I", 2), ("I", FILE), ("I", WHOLE)], ""),
    ("device-hot-reset", [DEVICE, WHOLE, 0, [GROUP, GROUP]], 13, [("I", 20), ("I", 0), ("I", 2), ("I", FILE), ("I", FILE)], ""),
    ("device-feature", [DEVICE, WHOLE, 1 << 17, bytes(range(16))], 17,
     [("I", 24), ("I", 1 << 17)] + [("B", value) for value in range(16)], " ".join(f"{at}B" for at in range(8, 24))),
    ("device-bind-iommufd", [DEVICE, WHOLE, 0, IOMMUFD], 18, [("I", 16), ("I", 0), ("I", FILE), ("I", 0)], "12I"),
    ("device-attach-iommufd-pt", [DEVICE, WHOLE, 0, 5], 19, [("I", 12), ("I", 0), ("I", 5)], "8I"),
    ("device-detach-iommufd-pt", [DEVICE, WHOLE, 0], 20, [("I", 8), ("I", 0)], ""),
    ("iommu-destroy", [IOMMUFD, WHOLE, 5], 28, [("I", 8), ("I", 5)], ""),
    ("ioas-alloc", [IOMMUFD, WHOLE, 0], 29, [("I", 12), ("I", 0), ("I", 0)], "8I"),
    ("ioas-allow-iovas", [IOMMUFD, WHOLE, 5, bytes(32)], 30, [("I", 24), ("I", 5), ("I", 2), ("I", 0), ("Q", POINTER)], ""),
    ("ioas-copy", [IOMMUFD, WHOLE, 7, 5, 6, 7, 8, 9], 31,
     [("I", 40), ("I", 7), ("I", 5), ("I", 6), ("Q", 7), ("Q", 8), ("Q", 9)], "24Q"),
    ("ioas-iova-ranges", [IOMMUFD, WHOLE, 5, 4], 32, [("I", 32), ("I", 5), ("I", 4), ("I", 0), ("Q", POINTER), ("Q", 0)], "8I 24Q"),
    ("ioas-map", [IOMMUFD, WHOLE, 7, 5, (MEMORY, 0x123), 9, 8], 33,
     [("I", 40), ("I", 7), ("I", 5), ("I", 0), ("Q", 0x123), ("Q", 9), ("Q", 8)], "32Q"),
    ("ioas-unmap", [IOMMUFD, WHOLE, 5, 6, 7], 34, [("I", 24), ("I", 5), ("Q", 6), ("Q", 7)], "16Q"),
    ("iommu-option", [IOMMUFD, WHOLE, 1, 1, 0, 5, 9], 35, [("I", 24), ("I", 1), ("H", 1), ("H", 0), ("I", 5), ("Q", 9)], "16Q"),
    ("iommu-vfio-ioas", [IOMMUFD, WHOLE, 5, 1, 0], 36, [("I", 12), ("I", 5), ("H", 1), ("H", 0)], "4I"),
    ("hwpt-alloc", [IOMMUFD, WHOLE, 2, 5, 6, 7, b"data", 0], 37,
     [("I", 48), ("I", 2), ("I", 5), ("I", 6), ("I", 0), ("I", 0), ("I", 7), ("I", 4), ("Q", POINTER), ("I", 0), ("I", 0)], "16I"),
    ("iommu-get-hw-info", [IOMMUFD, WHOLE, 0, 5, 16], 38,
     [("I", 40), ("I", 0), ("I", 5), ("I", 16), ("Q", POINTER), ("I", 0), ("I", 0), ("Q", 0)], "12I 24I 28I 32Q"),
    ("hwpt-set-dirty-tracking", [IOMMUFD, WHOLE, 1, 5], 39, [("I", 16), ("I", 1), ("I", 5), ("I", 0)], ""),
    ("hwpt-get-dirty-bitmap", [IOMMUFD, WHOLE, 5, 1, 6, 0x41000, 0x1000], 40,
     [("I", 48), ("I", 5), ("I", 1), ("I", 0), ("Q", 6), ("Q", 0x41000), ("Q", 0x1000), ("Q", POINTER)], "24Q"),
]
VALUES = [
    ("get-api-version", [CONTAINER], 0, 0), ("check-extension", [CONTAINER, 7], 1, 7), ("set-iommu", [CONTAINER, 7], 2, 7),
    ("iommu-enable", [CONTAINER], 15, 0), ("iommu-disable", [CONTAINER], 16, 0), ("group-unset-container", [GROUP], 5, 0),
    ("device-reset", [DEVICE], 11, 0),
]
INQUIRIES = [
    ("iommu-get-info", CONTAINER, 12), ("spapr-tce-get-info", CONTAINER, 12), ("device-get-info", DEVICE, 7),
    ("device-get-region-info", DEVICE, 8), ("device-get-irq-info", DEVICE, 9), ("device-get-hot-reset-info", DEVICE, 12),
]


class Layouts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(cls.folder.name)
        recorder = folder / "recorder.o"
        subprocess.run(["cc", *lib.WARNINGS, "-c", "-o", recorder, RECORDER], check=True)
        cls.program = lib.build(
            folder / "vfio-agent", "cc", "-Dioctl=recorded_ioctl", "-Dopen=recorded_open", str(recorder)
        )
        cls.table = lib.operations(cls.program)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def ask(self, name, *arguments):
        """The reply to one request, and what the kernel was asked then."""
        agent = Agent(self.program, self.table)
        self.addCleanup(agent.let_go)
        for node, number in [(0, 0), (1, 14), (3, 0), (4, 2), (5, 0)]:
            self.assertEqual(agent.call("open", node, number).status, ANSWERED)
        self.assertEqual(agent.call("memory-allocate", 1 << 20, 0, 0, 3).outcome, (ANSWERED, MEMORY))
        reply = agent.call(name, *arguments)
        status, said = agent.end()
        self.assertEqual(status, 0)
        lines = said.splitlines()
        self.assertEqual(lines[:4], [f"open {path}" for path in NODES])
        self.assertEqual(len(lines), 5, said)
        return reply, lines[4].split()

    def compare(self, data, fields):
        """Holds bytes to fields; an address of memory is known up to its page."""
        expected, at = b"", 0
        for letter, value in fields:
            size = struct.calcsize(letter)
            part = data[at : at + size]
            if value is POINTER:
                self.assertNotEqual(part, bytes(size))
            elif value is FILE:
                self.assertIn(struct.unpack("<i", part)[0], range(3, 100))
            elif (letter, value) == ("Q", 0x123):
                self.assertEqual(part[0] | (part[1] & 15) << 8, 0x123)
                self.assertNotEqual(part[2:], bytes(6))
            else:
                expected += struct.pack("<" + letter, value)
                at += size
                continue
            expected += part
            at += size
        self.assertEqual(data.hex(), expected.hex())

    def test_every_structure_is_laid_out_as_the_kernel_has_it(self):
        for name, arguments, number, fields, results in LAYOUTS:
            with self.subTest(name=name):
                reply, (request, kind, data) = self.ask(name, *arguments)
                self.assertEqual((int(request, 16), kind), (0x3B64 + number, "bytes"))
                self.compare(bytes.fromhex(data), fields)
                self.assertEqual(reply.outcome, (ANSWERED, 0))
                expected = b""
                for place in results.split():
                    start, letter = int(place[:-1]), place[-1]
                    expected += bytes(range(start, start + struct.calcsize(letter)))
                self.assertEqual(reply.results[: len(expected)].hex(), expected.hex())
                # What is left is the room that was asked for.
                room = {"iommu-dirty-bitmap": 16, "hwpt-get-dirty-bitmap": 16, "ioas-iova-ranges": 64, "iommu-get-hw-info": 16}
                self.assertEqual(len(reply.results) - len(expected), room.get(name, 0))

    def test_a_size_is_said_as_less_and_never_as_more(self):
        for said in [0, 8, 31, 32, 33, WHOLE]:
            _, words = self.ask("iommu-map-dma", CONTAINER, said, 3, (MEMORY, 0), 7, 9)
            # The recorder reads as far as the structure says it goes.
            self.assertEqual(len("".join(words[2:])) // 2, min(said, 32))

    def test_every_value_is_handed_on(self):
        for name, arguments, number, value in VALUES:
            with self.subTest(name=name):
                reply, said = self.ask(name, *arguments)
                self.assertEqual(said, [f"{0x3B64 + number:x}", "value", f"{value:x}"])
                self.assertEqual(reply.outcome, (ANSWERED, 0))

    def test_every_inquiry_has_its_room_and_its_index(self):
        for name, handle, number in INQUIRIES:
            for size in [16, 24, 100]:
                with self.subTest(name=name, size=size):
                    reply, (request, _, data) = self.ask(name, handle, 3, size)
                    self.assertEqual(int(request, 16), 0x3B64 + number)
                    self.assertEqual(bytes.fromhex(data), struct.pack("<3I", size, 0, 3) + bytes(size - 12))
                    filled = struct.pack("<I", size) + bytes(range(4, size))
                    self.assertEqual(reply.results, filled + bytes(max(0, 32 - size)))

    def test_a_device_of_a_group_is_opened_by_its_name(self):
        reply, said = self.ask("group-get-device-fd", GROUP, "0000:01:00.0 vf_token=x")
        self.assertEqual(said, ["3b6a", "bytes", (b"0000:01:00.0 vf_token=x\0").hex()])
        self.assertEqual(reply.outcome, (ANSWERED, 5))

    def test_no_other_operation_asks_by_ioctl(self):
        named = {row[0] for row in LAYOUTS + VALUES + INQUIRIES} | {"group-get-device-fd"}
        rows = re.findall(r'ASK\("([^"]*)"', lib.SOURCE.read_text())
        self.assertEqual(sorted(rows), sorted(named))


if __name__ == "__main__":
    unittest.main()

"""Archives, modules and shapes."""

import unittest

from lab import packages, shapes
from lab.archive import Archive
from lab.kernel import needs, plain, unsigned
from lab.served import Check


def entries(data: bytes) -> list[tuple[str, int, bytes]]:
    """Name, mode and content of each entry of an archive."""
    found, at = [], 0
    while at < len(data):
        assert data[at : at + 6] == b"070701", data[at : at + 6]
        fields = [int(data[at + 6 + 8 * i : at + 14 + 8 * i], 16) for i in range(13)]
        name = data[at + 110 : at + 110 + fields[11] - 1].decode()
        start = at + 110 + fields[11] + (-(110 + fields[11]) % 4)
        found.append((name, fields[1], data[start : start + fields[6]]))
        at = start + fields[6] + (-fields[6] % 4)
    return found


class ArchiveTests(unittest.TestCase):
    def test_folders_stand_once_and_before_what_is_in_them(self):
        archive = Archive()
        archive.file("a/b/one", b"12345")
        archive.file("a/b/two", b"", executable=True)
        self.assertEqual(
            entries(archive.bytes()),
            [("a", 0o040755, b""), ("a/b", 0o040755, b""), ("a/b/one", 0o100644, b"12345"),
             ("a/b/two", 0o100755, b""), ("TRAILER!!!", 0, b"")],
        )


class ModuleTests(unittest.TestCase):
    def test_needs_are_read_from_the_module(self):
        module = b"\x7fELF\0license=GPL\0depends=vfio-pci-core,vfio\0softdep=pre: soft absent post: later\0name=x\0"
        self.assertEqual(needs(module, {"soft": None}), ["vfio_pci_core", "vfio", "soft"])

    def test_a_module_that_needs_nothing(self):
        self.assertEqual(needs(b"\0depends=\0", {}), [])

    def test_a_signature_is_left_out(self):
        signature = b"PKCS" + bytes(8) + (4).to_bytes(4, "big") + b"~Module signature appended~\n"
        self.assertEqual(unsigned(b"\x7fELF text" + signature), b"\x7fELF text")
        self.assertEqual(unsigned(b"\x7fELF text"), b"\x7fELF text")

    def test_spellings(self):
        self.assertEqual(plain("vfio-pci-core.ko.xz"), "vfio_pci_core")


class ShapeTests(unittest.TestCase):
    def test_every_shape_reads_and_every_case_is_in_one(self):
        read = [shapes.read(name) for name in shapes.names()]
        used = {case for shape in read for case in shape.cases}
        self.assertEqual(used, {path.stem for path in (shapes.LAB / "cases").glob("*.[sp][hy]")})

    def test_the_iommu_stands_before_the_devices(self):
        words = shapes.read("intel").arguments("DISK")
        devices = [words[i + 1] for i, word in enumerate(words) if word == "-device"]
        self.assertTrue(devices[0].startswith("intel-iommu"), devices)
        self.assertIn("driver=file,node-name=disk,filename=DISK", words)

    def test_a_served_shape_has_its_kernel_among_the_packages(self):
        served = [shape for shape in map(shapes.read, shapes.names()) if isinstance(shape, shapes.Served)]
        kernels = {shape.kernel for shape in served}
        self.assertEqual({name for name in kernels if packages.TREES[name].extent is packages.Extent.KERNEL}, kernels)

    def test_a_served_machine_comes_before_its_devices(self):
        words = shapes.read("pseries-64k").arguments()
        self.assertEqual(words[:5], ["qemu-system-ppc64", "-M", "pseries,x-vof=on", "-cpu", "power9"])
        # The ports of the guest hang on it.
        self.assertIn("virtio-serial-pci,bus=phb3.0,addr=0,id=serial", words)


class CheckTests(unittest.TestCase):
    """What a case records here is judged like what a guest says."""

    def lines(self, expected, actual):
        check = Check(guest=None, shape=None, executables=[])
        check.same("it holds", expected, actual)
        return check.lines

    def test_equal_values_pass(self):
        self.assertEqual(self.lines(["a"], ["a"]), ["@@ pass it holds"])

    def test_what_differs_is_shown_and_is_no_marker(self):
        self.assertEqual(
            self.lines(["a", "@@ end"], ["a"]), ["@@ fail it holds", "    @@ -1,2 +1 @@", "     a", "    -@@ end"]
        )

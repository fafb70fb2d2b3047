package import KeyTables
import VFIOTypes

/// The keys of a snapshot document; reader and schema follow from them.
package enum SnapshotTables {
  package static let schema = JSONSchema(title: "A vfioplan host snapshot", root: snapshot)

  static let snapshot = KeyTable(
    "snapshot",
    "Facts about one host; what is absent is unknown, which is not the same as false.",
    [
      Key("schema-version", .integer(1...1), required: true, example: "1", "The version of the form."),
      Key("cpu", .mapping(cpu), "The processors."),
      Key("page-size", .integer(4096...65536), "Bytes of an ordinary page."),
      Key("kernel", .mapping(kernel), "The kernel."),
      Key("modules", .list(.mapping(module)), "Kernel modules that matter, loaded or not."),
      Key("iommus", .list(.mapping(iommu)), "The IOMMUs; an empty list: none is active."),
      Key("interrupt-remapping", .bool, "Whether interrupts are remapped."),
      Key(
        "firmware-tables",
        .list(.words(IOMMUFacts.firmwareTables)),
        "ACPI tables by which firmware describes IOMMUs; an empty list: it describes none."
      ),
      Key("tce", .list(.mapping(tce)), "DMA windows of POWER host bridges."),
      Key("memory", .list(.mapping(memoryNode)), "Memory, node by node."),
      Key("users", .list(.mapping(user)), "Limits of users."),
      Key("nodes", .list(.mapping(node)), "Character devices of VFIO."),
      Key("hypervisors", .list(.mapping(hypervisor)), "Hypervisors that are installed."),
      Key("groups", .list(.mapping(group)), "IOMMU groups as sets of addresses."),
      Key("devices", .list(.mapping(device)), "PCI functions, sorted by address."),
    ]
  )

  static let cpu = KeyTable(
    "cpu",
    "The processors.",
    [
      Key("architecture", .words(GuestArchitecture.allCases.map(\.rawValue)), "The instruction set."),
      Key("vendor", .text, "The vendor as CPUID says it."),
      Key("model", .text, "The model's name."),
      Key("phys-bits", .integer(1...64), "Bits of a physical address."),
      Key("platform", .text, "POWER: PowerNV or pSeries."),
    ]
  )

  static let kernel = KeyTable(
    "kernel",
    "The kernel.",
    [
      Key("release", .text, "What uname -r says."),
      Key("command-line", .list(.text), "The words of its command line that concern IOMMUs and VFIO."),
      Key("config", .mapping(config), "Options it was built with."),
    ]
  )

  static let config = KeyTable(
    "kernel-config",
    "Options the kernel was built with that concern IOMMUs and VFIO.",
    KernelFacts.options.map { Key($0, .words(["y", "m", "n"]), "Built in, a module, or not at all.") }
  )

  static let access = KeyTable(
    "access",
    "Who may open a character device whose name holds a number of one boot.",
    [
      Key("mode", .shaped(.hexNumber), required: true, "Its permission bits."),
      Key("owner", .integer(0...4_294_967_295), required: true, "Its owner's number."),
    ]
  )

  static let module = KeyTable(
    "module",
    "A kernel module.",
    [
      Key("name", .text, required: true, "Its name, with underscores."),
      Key("loaded", .bool, required: true, "Whether it is loaded or built in."),
      Key("parameters", .free(.text), "Its parameters."),
    ]
  )

  static let iommu = KeyTable(
    "iommu",
    "One IOMMU.",
    [
      Key("name", .text, required: true, "Its name in /sys/class/iommu."),
      Key(
        "kind",
        .words(HostSnapshot.IOMMUUnit.Kind.allCases.map(\.rawValue)),
        required: true,
        "Whose design."
      ),
      Key("cap", .text, "Capability register, hexadecimal."),
      Key("ecap", .text, "Extended capability register, hexadecimal."),
      Key("features", .text, "AMD: extended features."),
    ]
  )

  static let tce = KeyTable(
    "tce",
    "DMA windows of the POWER host bridge of one PCI domain.",
    [
      Key("domain", .integer(0...4_294_967_295), required: true, "The PCI domain."),
      Key("dma32-start", .shaped(.hexNumber), "Bus address of the default window."),
      Key("dma32-size", .shaped(.hexNumber), "Its size."),
      Key("page-sizes", .shaped(.hexNumber), "The mask of IOMMU page sizes."),
      Key("levels", .integer(0...16), "Levels a table may have."),
      Key("windows", .integer(0...16), "How many windows there can be."),
      Key("ddw", .bool, "Whether windows can be made at run time."),
    ]
  )

  static let memoryNode = KeyTable(
    "memory-node",
    "A NUMA node.",
    [
      Key("node", .integer(0...1023), required: true, "Its number."),
      Key("total", .integer(0...Int.max), "Bytes in all."),
      Key("free", .integer(0...Int.max), "Bytes free."),
      Key("huge-pages", .list(.mapping(hugePages)), "Pools of huge pages."),
    ]
  )

  static let hugePages = KeyTable(
    "huge-pages",
    "A pool of huge pages.",
    [
      Key("size", .integer(1...Int.max), required: true, "Bytes of a page."),
      Key("total", .integer(0...Int.max), required: true, "How many there are."),
      Key("free", .integer(0...Int.max), required: true, "How many are free."),
    ]
  )

  static let user = KeyTable(
    "user",
    "Limits of a user's processes.",
    [
      Key("name", .text, required: true, "The user."),
      Key("memlock", .wordsOr(["unlimited"], .integer(0...Int.max)), "Bytes it may lock."),
      Key("open-files", .integer(0...Int.max), "Files it may open."),
      Key("ipc-lock", .bool, "Whether it has CAP_IPC_LOCK."),
    ]
  )

  static let node = KeyTable(
    "node",
    "A character device.",
    [
      Key("path", .text, required: true, "Its path."),
      Key("mode", .shaped(.hexNumber), required: true, "Its permission bits."),
      Key("owner", .integer(0...4_294_967_295), required: true, "Its owner's number."),
    ]
  )

  static let hypervisor = KeyTable(
    "installed-hypervisor",
    "A hypervisor that is installed.",
    [
      Key("name", .words(HypervisorName.allCases.map(\.rawValue)), required: true, "The program."),
      Key("version", .shaped(.version), required: true, "Its version."),
    ]
  )

  static let group = KeyTable(
    "group",
    "An IOMMU group.",
    [
      Key("members", .list(.shaped(.pciAddress)), required: true, "PCI functions, sorted."),
      Key("others", .list(.text), "Members that are no PCI functions."),
      Key("type", .text, "The type of its default domain."),
      Key("name", .text, "Its name, where it has one."),
      Key("reserved-regions", .list(.mapping(region)), "Ranges of bus addresses that are not handed out."),
      Key(
        "iova-ranges",
        .scalarOrMapping(.shaped(.pciAddress), ranges),
        "What a container with it accepts; an address stands for the same as in the group, further up, of that function."
      ),
      Key("access", .mapping(access), "Its character device, where there is one."),
    ]
  )

  static let region = KeyTable(
    "reserved-region",
    "A range of bus addresses that is not handed out.",
    [
      Key("start", .shaped(.hexNumber), required: true, "The first address."),
      Key("last", .shaped(.hexNumber), required: true, "The last address."),
      Key("kind", .words(HostGroup.ReservedRegion.Kind.allCases.map(\.rawValue)), required: true, "Why."),
    ]
  )

  static let ranges = KeyTable(
    "iova-ranges",
    "What a container with a group accepts.",
    [
      Key(
        "source",
        .words(HostGroup.Ranges.Source.allCases.map(\.rawValue)),
        required: true,
        "How it is known."
      ),
      Key("page-sizes", .shaped(.hexNumber), "The mask of page sizes."),
      Key("ranges", .list(.mapping(range)), required: true, "The ranges, ascending."),
    ]
  )

  static let range = KeyTable(
    "iova-range",
    "A range of bus addresses.",
    [
      Key("start", .shaped(.hexNumber), required: true, "The first address."),
      Key("last", .shaped(.hexNumber), required: true, "The last address."),
    ]
  )

  static let device = KeyTable(
    "host-device",
    "A PCI function.",
    [
      Key("address", .shaped(.pciAddress), required: true, "Its address."),
      Key("vendor", .shaped(.hex4), "Vendor id."),
      Key("id", .shaped(.hex4), "Device id."),
      Key("subvendor", .shaped(.hex4), "Subsystem vendor id."),
      Key("subid", .shaped(.hex4), "Subsystem device id."),
      Key("class", .shaped(.hex6), "Class, subclass and interface."),
      Key("header-type", .integer(0...127), "0: ordinary; 1: bridge."),
      Key("express", .bool, "Whether it is a PCI Express function."),
      Key("bars", .list(.mapping(bar)), "Base address registers."),
      Key("msix-vectors", .integer(0...2048), "Entries of its MSI-X table."),
      Key("driver", .text, "The driver it is bound to; 'none' where it has none."),
      Key("driver-override", .text, "The only driver that may bind it."),
      Key("vfio-driver", .bool, "Whether that is a VFIO driver."),
      Key("access", .mapping(access), "Its own character device of VFIO, where there is one."),
      Key("reset-methods", .list(.text), "How it can be reset, in the kernel's order."),
      Key("numa", .integer(0...1023), "The NUMA node it is near to."),
      Key("physical-function", .shaped(.pciAddress), "The parent of a virtual function."),
      Key("sriov", .mapping(sriov), "Its virtual functions."),
      Key("boot-vga", .bool, "Whether it is the boot display."),
      Key("serial", .text, "Its serial number."),
      Key("in-use", .list(.text), "Classes of use by the host."),
    ]
  )

  static let bar = KeyTable(
    "bar",
    "A base address register.",
    [
      Key("index", .integer(0...5), required: true, "Which."),
      Key("size", .integer(1...Int.max), required: true, "Bytes."),
      Key("kind", .words(["io", "memory32", "memory64"]), required: true, "What it addresses."),
      Key("prefetchable", .bool, standard: "false", "Whether it is prefetchable."),
    ]
  )

  static let sriov = KeyTable(
    "host-sriov",
    "Virtual functions of a physical one.",
    [
      Key("total", .integer(0...65535), required: true, "How many it can have."),
      Key("current", .integer(0...65535), required: true, "How many it has."),
    ]
  )
}

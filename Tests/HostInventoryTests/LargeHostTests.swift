import Diagnostics
import HostInventory
import LinuxHost
import TestSupport
import Testing
import VFIOTypes
import YAMLSyntax

@Suite struct LargeHostTests {
  /// A server of two sockets: on each, six root complexes with a network card of 16 virtual functions, four NVMe disks
  /// and a graphics card behind ports of their own.
  private static func server() -> HostSnapshot {
    var host = HostSnapshot()
    host.cpu.architecture = .x86
    host.cpu.vendor = "GenuineIntel"
    host.cpu.model = "Intel(R) Xeon(R) Platinum 8592+"
    host.cpu.physicalBits = 52
    host.pageSize = 4096
    host.memory = (0..<2).map { number in
      var node = HostSnapshot.MemoryNode(number: number)
      node.total = 1 << 40
      node.free = 1 << 39
      node.hugePages = [.init(size: 2 << 20, total: 0, free: 0), .init(size: 1 << 30, total: 512, free: 400)]
      return node
    }
    host.iommus = (0..<12).map { number in
      var unit = HostSnapshot.IOMMUUnit(name: "dmar\(number)", kind: .intel)
      unit.cap = "19ed008c40780c66"
      unit.ecap = "3ee9e86f050df"
      return unit
    }
    var devices: [HostDevice] = []
    for complex in 0..<12 {
      let numa = complex / 6
      var bus = UInt8(complex * 20)
      func add(
        _ device: UInt8,
        _ function: UInt8,
        _ id: String,
        _ classCode: String,
        _ change: (inout HostDevice) -> Void
      ) {
        var facts = HostDevice(address: PCIAddress(domain: 0, bus: bus, device: device, function: function))
        facts.identity = .init(
          vendor: String(id.prefix(4)),
          device: String(id.suffix(4)),
          subvendor: String(id.prefix(4)),
          subdevice: "0001",
          classCode: classCode
        )
        facts.headerType = 0
        facts.isExpress = true
        facts.isOnVFIODriver = false
        facts.msixVectors = 64
        facts.resetMethods = ["flr", "bus"]
        facts.numa = numa
        facts.inUse = []
        change(&facts)
        devices.append(facts)
      }
      func memory(_ index: Int, _ size: UInt64) -> HostDevice.BAR {
        .init(index: index, size: size, isIO: false, is64Bit: true, isPrefetchable: true)
      }
      for port in 0..<6 {
        add(UInt8(port + 1), 0, "80860db0", "060400") { device in
          device.headerType = 1
          device.bars = []
          device.driver = .bound("pcieport")
          device.resetMethods = ["pm", "bus"]
        }
      }
      bus += 1
      for function in 0..<2 {
        add(0, UInt8(function), "15b3a2dc", "020000") { device in
          device.bars = [memory(0, 32 << 20)]
          device.driver = .bound("mlx5_core")
          device.sriov = .init(total: 16, current: 8)
          device.serial = "b83fd20300a1b2c3"
        }
        for number in 0..<8 {
          add(UInt8(1 + number / 8 + function), UInt8(number % 8), "15b3101e", "020000") { device in
            device.bars = [memory(0, 2 << 20)]
            device.driver = HostDevice.Driver.none
            device.physicalFunction = PCIAddress(domain: 0, bus: bus, device: 0, function: UInt8(function))
          }
        }
      }
      for _ in 0..<4 {
        bus += 1
        add(0, 0, "144da80a", "010802") { device in
          device.bars = [memory(0, 16 << 10)]
          device.driver = .bound("nvme")
        }
      }
      bus += 1
      add(0, 0, "10de2330", "030200") { device in
        device.bars = [memory(0, 16 << 20), memory(2, 128 << 30), memory(4, 32 << 20)]
        device.driver = .bound("vfio-pci")
        device.isOnVFIODriver = true
        device.access = .init(mode: 0o600, owner: 0)
      }
    }
    host.groups = devices.map { device in
      var group = HostGroup(members: [device.address])
      group.type = "DMA-FQ"
      group.reservedRegions = [.init(range: IOVARange(start: 0xfee0_0000, last: 0xfeef_ffff), kind: .msi)]
      group.iovaRanges = .init(
        ranges: [
          IOVARange(start: 0, last: 0xfedf_ffff), IOVARange(start: 0xfef0_0000, last: 0x1ff_ffff_ffff_ffff),
        ],
        pageSizes: PageSizes(mask: 0x4020_1000),
        source: .predicted
      )
      return group
    }
    host.setDevices(devices)
    return host
  }

  @Test func `the snapshot of a big server stays below 200 KB`() {
    let host = Self.server()
    #expect(host.devices.count == 12 * (6 + 18 + 4 + 1))
    #expect(SnapshotWriter.document(host).count <= 200_000)
  }

  @Test func `whatever this machine is, it has a snapshot that reads back`() throws {
    let host = SysfsReader.snapshot(of: LinuxFiles(root: "/"))
    let bytes = SnapshotWriter.document(host)
    var diagnostics: [Diagnostic] = []
    let source = SourceText(id: SourceID(0), name: "host.json", bytes: bytes)
    let document = try #require(YAMLParser.parse(source, diagnostics: &diagnostics))
    let read = SnapshotReader.read(document, diagnostics: &diagnostics)
    #expect(diagnostics == [])
    #expect(SnapshotWriter.document(read) == bytes)
    #expect(SnapshotWriter.document(SysfsReader.snapshot(of: LinuxFiles(root: "/"))).count > 100)
  }
}

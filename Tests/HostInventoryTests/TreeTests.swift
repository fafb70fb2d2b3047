import Diagnostics
import Foundation
import HostDoors
import HostInventory
import TestSupport
import Testing
import VFIOTypes
import YAMLSyntax

/// What one function is and belongs to, as both sides of a comparison say it.
private struct Function: Hashable, CustomStringConvertible {
  var address: String
  var ids: String
  var driver: String
  var group: [String]

  var description: String { "\(address) \(ids) \(driver) \(group)" }
}

@Suite struct TreeTests {
  /// The same facts by another way: straight from the files, with no code of the room.
  private static func walk(_ files: TreeFiles) throws -> [Function] {
    try files.names(in: "/sys/bus/pci/devices").map { address in
      let folder = "/sys/bus/pci/devices/\(address)"
      func id(_ name: String) throws -> String {
        String(decoding: try files.read("\(folder)/\(name)", limit: 100), as: UTF8.self).dropFirst(2).prefix(
          4
        ).description
      }
      let driver = (try? files.target(ofLink: "\(folder)/driver"))?.split(separator: "/").last
      let group = (try? files.names(in: "\(folder)/iommu_group/devices")) ?? []
      return Function(
        address: address,
        ids: try "\(id("vendor")):\(id("device"))",
        driver: driver.map(String.init) ?? "-",
        group: group.sorted()
      )
    }
  }

  private static func functions(_ snapshot: HostSnapshot) -> [Function] {
    snapshot.devices.map { device in
      let group = device.group.flatMap { snapshot.groups?[$0].members } ?? []
      return Function(
        address: device.address.description,
        ids: device.identity.map { "\($0.vendor):\($0.device)" } ?? "?",
        driver: device.driver?.name ?? "-",
        group: group.map(\.description)
      )
    }
  }

  @Test(arguments: TreeFiles.names)
  func `a tree's groups, members, drivers and ids are those of its files`(name: String) throws {
    guard let files = TreeFiles.shared(name) else {
      #expect(!Checkout.isMissing("../shared/hosts"))
      return
    }
    #expect(try Self.functions(SysfsReader.snapshot(of: files)) == Self.walk(files))
  }

  @Test(arguments: TreeFiles.names)
  func `a snapshot written and read again is the same, byte for byte and value for value`(name: String) throws
  {
    guard let files = TreeFiles.shared(name) else {
      #expect(!Checkout.isMissing("../shared/hosts"))
      return
    }
    let snapshot = SysfsReader.snapshot(of: files)
    let bytes = SnapshotWriter.document(snapshot)
    var diagnostics: [Diagnostic] = []
    let source = SourceText(id: SourceID(0), name: name, bytes: bytes)
    let document = try #require(YAMLParser.parse(source, diagnostics: &diagnostics))
    let again = SnapshotReader.read(document, diagnostics: &diagnostics)
    #expect(diagnostics == [])
    #expect(SnapshotWriter.document(again) == bytes)
    #expect(again.devices == snapshot.devices)
    #expect(again.groups == snapshot.groups)
    #expect(bytes.count < 200_000)
  }

  @Test(arguments: TreeFiles.names)
  func `lspci sees the same functions`(name: String) throws {
    guard let files = TreeFiles.shared(name) else {
      #expect(!Checkout.isMissing("../shared/hosts"))
      return
    }
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/lspci") else {
      #expect(!Checkout.isMissing("lspci (package pciutils)"))
      return
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "vfioplan-\(name)-\(UUID().uuidString)"
    )
    defer { try? FileManager.default.removeItem(at: folder) }
    try files.unpack(into: folder)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/lspci")
    process.arguments = [
      "-A", "linux-sysfs", "-O", "sysfs.path=\(folder.path)/sys/bus/pci", "-D", "-n", "-mm",
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    // 0000:01:00.0 "0200" "8086" "10d3" ...
    let seen = String(decoding: output, as: UTF8.self).split(separator: "\n").map { line -> String in
      let words = line.split(separator: " ").map { $0.filter { $0 != "\"" } }
      return words.count > 3 ? "\(words[0]) \(words[1]) \(words[2]):\(words[3])" : String(line)
    }
    let ours = SysfsReader.snapshot(of: files).devices.map { device in
      let identity = device.identity
      return
        "\(device.address) \(identity?.classCode.prefix(4) ?? "") \(identity?.vendor ?? ""):\(identity?.device ?? "")"
    }
    #expect(ours.sorted() == seen.sorted())
  }
}

@Suite struct FactTests {
  private func snapshot(_ tree: String) throws -> HostSnapshot? {
    guard let files = TreeFiles.shared(tree) else {
      #expect(!Checkout.isMissing("../shared/hosts"))
      return nil
    }
    return SysfsReader.snapshot(of: files)
  }

  private func address(_ text: String) throws -> PCIAddress { try #require(PCIAddress(text)) }

  @Test func `VT-d ranges are foretold as the kernel later answers`() throws {
    guard let host = try snapshot("x86-intel-iommu") else { return }
    let device = try #require(host.device(at: address("0000:01:00.0")))
    let group = try #require(device.group.flatMap { host.groups?[$0] })
    #expect(
      group.iovaRanges
        == HostGroup.Ranges(
          ranges: [
            IOVARange(start: 0, last: 0xfedf_ffff), IOVARange(start: 0xfef0_0000, last: 0xffff_ffff_ffff),
          ],
          pageSizes: PageSizes(mask: 0x4020_1000),
          source: .predicted
        )
    )
    #expect(device.resetMethods == ["pm", "bus"])
    #expect(device.driverOverride == nil)
    #expect(host.pageSize == 4096)
    #expect(host.cpu.physicalBits == 40)
    #expect(
      host.memory?.map { $0.hugePages?.first } == [
        .init(size: 2 << 20, total: 32, free: 32), .init(size: 2 << 20, total: 32, free: 32),
      ]
    )
    #expect(
      host.users == [
        {
          var user = HostSnapshot.User(name: "self")
          user.memlock = .bytes(8_388_608)
          user.openFiles = host.users.first?.openFiles
          return user
        }()
      ]
    )
  }

  @Test func `a host without an IOMMU has no groups, and knows it`() throws {
    guard let host = try snapshot("x86-no-iommu") else { return }
    #expect(host.groups == [])
    #expect(host.iommus == [])
    #expect(host.devices.allSatisfy { $0.group == nil })
  }

  @Test func `viability follows the drivers, and a port driver is in nobody's way`() throws {
    guard let host = try snapshot("x86-intel-iommu-bound"), let arm = try snapshot("arm64-smmuv3") else {
      return
    }
    #expect(try host.device(at: address("0000:06:00.0"))?.blocksGroup == false)
    #expect(try host.device(at: address("0000:06:00.1"))?.blocksGroup == true)
    #expect(try arm.device(at: address("0000:00:04.0"))?.blocksGroup == false)
    #expect(try arm.device(at: address("0000:01:00.0"))?.isOnVFIODriver == true)
  }

  @Test func `a virtual function knows its parent, and its ids though its configuration reads as ones`()
    throws
  {
    guard let host = try snapshot("x86-sriov") else { return }
    let function = try #require(host.device(at: address("0000:07:10.2")))
    #expect(function.physicalFunction == (try address("0000:07:00.0")))
    #expect(function.identity?.device == "10ca")
    #expect(try host.device(at: address("0000:07:00.0"))?.sriov == .init(total: 7, current: 2))
  }

  @Test func `nodes with numbers of one boot are kept at what they belong to, without the number`() throws {
    guard let host = try snapshot("x86-iommufd"), let group = try snapshot("x86-intel-iommu-bound") else {
      return
    }
    let open = try #require(host.device(at: address("0000:01:00.0")))
    #expect(open.access == .init(mode: 0o600, owner: 0))
    #expect(host.nodes?.map(\.path) == ["/dev/iommu", "/dev/kvm", "/dev/vfio/vfio"])
    // The folder of a VFIO driver is there without the device's own way too, its node is not.
    let bound = try #require(group.device(at: address("0000:01:00.0")))
    #expect(bound.isOnVFIODriver == true)
    #expect(bound.access == nil)
    #expect(bound.group.flatMap { group.groups?[$0].access } == .init(mode: 0o600, owner: 0))
    let text = String(decoding: SnapshotWriter.document(host), as: UTF8.self)
    #expect(!text.contains("/dev/vfio/devices") && !text.contains("vfio0"))
  }

  @Test func `tables of firmware tell a host that has an IOMMU from one that has none`() throws {
    guard let intel = try snapshot("x86-intel-iommu"), let amd = try snapshot("x86-amd-iommu"),
      let none = try snapshot("x86-no-iommu"), let arm = try snapshot("arm64-smmuv3")
    else { return }
    #expect([intel, amd, none, arm].map(\.firmwareTables) == [["DMAR"], ["IVRS"], [], nil])
  }

  @Test func `options of the kernel are those of its own configuration file`() {
    let tree = """
      boot\td\t0755\t
      boot/config-6.12.1\tf\t0644\tCONFIG_VFIO=m\\n# CONFIG_VFIO_NOIOMMU is not set\\nCONFIG_IOMMUFD=y\\nCONFIG_HZ=250\\n
      boot/config-6.1.0\tf\t0644\tCONFIG_VFIO_NOIOMMU=y\\n
      proc\td\t0555\t
      proc/sys\td\t0555\t
      proc/sys/kernel\td\t0555\t
      proc/sys/kernel/osrelease\tf\t0444\t6.12.1\\n
      """
    let kernel = SysfsReader.snapshot(of: TreeFiles(text: tree)).kernel
    #expect(kernel.option("CONFIG_VFIO") == "m")
    #expect(kernel.option("CONFIG_VFIO_NOIOMMU") == "n")
    #expect(kernel.option("CONFIG_IOMMUFD") == "y")
    #expect(kernel.option("CONFIG_HZ") == nil)
  }

  @Test func `POWER windows come from the device tree`() throws {
    guard let bare = try snapshot("powernv9-64k"), let partition = try snapshot("pseries-64k") else { return }
    #expect(bare.cpu.platform == "PowerNV")
    #expect(bare.pageSize == 65536)
    #expect(bare.tce.first?.pageSizes == PageSizes(mask: 0x4021_1000))
    #expect(partition.cpu.platform == "pSeries")
    #expect(partition.tce.map(\.dma32Size) == [1 << 30, 1 << 30, 1 << 30, 1 << 30])
    #expect(partition.tce.map(\.offersDDW) == [true, true, true, true])
    #expect(partition.tce.map(\.levels) == [1, 1, 1, 1])
  }
}

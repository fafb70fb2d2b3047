import Conformance
import TestSupport
import Testing
import VFIOCore
import VFIOTypes

/// A state of a machine that one of the files has rows for.
private struct Situation: CustomTestStringConvertible, Sendable {
  var file: String
  var state: String
  var machine: String
  var testDescription: String { "\(file): \(state) on \(machine)" }

  static let all: [Situation] = {
    let states = ["bound", "native", "driverless", "unbound"]
    var all = ["intel", "amd", "virtio", "arm"].flatMap { machine in
      (states + (machine == "arm" ? [] : ["unremapped"])).map {
        Situation(file: "iommufd", state: $0, machine: machine)
      }
    }
    all.append(Situation(file: "iommufd", state: "offered", machine: "model"))
    all += ["bound", "driverless"].map { Situation(file: "device", state: $0, machine: "intel") }
    all.append(Situation(file: "noiommu", state: "noiommu", machine: "none"))
    return all
  }()

  /// The machine the lab boots, as the model has it.
  var host: ModelHost {
    let drivers: (single: ModelDevice.Driver, sibling: ModelDevice.Driver) =
      switch state {
      case "native": (.vfio, .native)
      case "driverless": (.vfio, .none)
      case "unbound": (.native, .vfio)
      default: (.vfio, .vfio)
      }
    let named = Situation.devices
    func device(_ index: Int, _ driver: ModelDevice.Driver) -> ModelDevice {
      var device = ModelDevice(named[index].address, driver: driver)
      (device.node, device.busReset) = (named[index].node, .linkStaysDown)
      return device
    }
    // An `edu` device: conventional, on the root bus, and nothing resets it.
    var root = device(3, .vfio)
    (root.isExpress, root.canReset, root.busReset) = (false, false, .none)
    let members = [[device(0, drivers.single)], [device(1, .vfio), device(2, drivers.sibling)], [root]]
    var host = ModelHost(
      groups: members.enumerated().map { group(named[[0, 1, 3][$0]].group, $1) }
    )
    host.hasIOMMUFD = true
    host.isBuiltWithNoIOMMU = true
    host.enablesNoIOMMU = state == "noiommu"
    host.allowsUnsafeInterrupts = state != "unremapped"
    host.iommufdAllowsUnsafeInterrupts = host.allowsUnsafeInterrupts
    return host
  }

  private func group(_ id: IOMMUGroupID, _ devices: [ModelDevice]) -> ModelGroup {
    var group =
      switch machine {
      case "amd": ModelGroup.amd(id, devices: devices)
      case "virtio": ModelGroup.virtio(id, devices: devices)
      case "arm": ModelGroup.smmuv3(id, devices: devices)
      case "none": ModelGroup.noIOMMU(id, devices[0])
      default: ModelGroup(id, devices: devices)
      }
    if state == "unremapped" { group.remapsInterrupts = false }
    if state == "offered" {
      group.offers = [.dirtyTracking, .nestParent]
      group.hardware.capabilities = .dirtyTracking
    }
    return group
  }

  static let devices = [
    "single=0000:01:00.0@7#0", "pair0=0000:06:00.0@11#1", "pair1=0000:06:00.1@11#2", "root=0000:00:10.0@12#3",
  ].compactMap { ConformanceDevice($0) }

  func rows() throws -> [ConformanceTable.Row] {
    try Situation.table(file).rows(state: state, machine: machine)
  }

  static func table(_ file: String) throws -> ConformanceTable {
    let bytes = try #require(Checkout.bytes("Tests/VFIOCoreTests/Conformance/\(file).tsv"))
    return try ConformanceTable(String(decoding: bytes, as: UTF8.self))
  }
}

@Suite struct IOMMUFDConformanceTests {
  @Test(arguments: Situation.all)
  private func `the model answers as the kernel does`(situation: Situation) throws {
    let rows = try situation.rows()
    #expect(!rows.isEmpty)
    var run = ConformanceRun(ModelKernel(situation.host), devices: Situation.devices)
    var differing: [String] = []
    for row in rows {
      let answer = run.answer(row)
      if answer != row.expected {
        differing.append("\(row.line) \(row.call) \(row.subject): \(answer), expected \(row.expected)")
      }
    }
    run.finish()
    let isIdle = run.kernel.isIdle
    #expect(differing == [])
    #expect(isIdle, "closing everything leaves nothing")
  }

  @Test(arguments: ["iommufd", "device", "noiommu"])
  private func `every row belongs to a state that is asked`(file: String) throws {
    let asked = try Set(
      Situation.all.filter { $0.file == file }.flatMap { try $0.rows().map(\.line) }
    )
    #expect(try Set(Situation.table(file).rows.map(\.line)) == asked)
  }
}

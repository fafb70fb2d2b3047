import Conformance
import Foundation
import TestSupport
import Testing
import VFIOCore
import VFIOTypes

/// A state of a machine that a file has rows for.
private struct Situation: CustomTestStringConvertible, Sendable {
  var file = "x86"
  var state: String
  var machine: String
  var testDescription: String { "\(state) on \(machine)" }

  static let all = [
    Situation(state: "bound", machine: "intel"), Situation(state: "bound", machine: "amd"),
    Situation(state: "native", machine: "intel"), Situation(state: "driverless", machine: "intel"),
    Situation(state: "unremapped", machine: "intel"), Situation(state: "unbound", machine: "intel"),
    Situation(file: "arm", state: "bound", machine: "smmuv3"),
    Situation(file: "arm", state: "native", machine: "smmuv3"),
    Situation(file: "arm", state: "driverless", machine: "smmuv3"),
    Situation(file: "arm", state: "unbound", machine: "smmuv3"),
  ]

  /// The rows of a file.
  static func table(_ file: String) throws -> ConformanceTable {
    let bytes = try #require(Checkout.bytes("Tests/VFIOCoreTests/Conformance/\(file).tsv"))
    return try ConformanceTable(String(decoding: bytes, as: UTF8.self))
  }

  /// The machine the lab boots, as the model has it.
  var host: ModelHost {
    let drivers: (single: ModelDevice.Driver, sibling: ModelDevice.Driver) =
      switch state {
      case "native": (.vfio, .native)
      case "driverless": (.vfio, .none)
      case "unbound": (.native, .vfio)
      default: (.vfio, .vfio)
      }
    let devices = Situation.devices.map(\.address)
    var groups = [
      ModelGroup(IOMMUGroupID(7), devices: [ModelDevice(devices[0], driver: drivers.single)]),
      ModelGroup(
        IOMMUGroupID(11),
        devices: [ModelDevice(devices[1]), ModelDevice(devices[2], driver: drivers.sibling)]
      ),
    ]
    for index in groups.indices {
      groups[index].remapsInterrupts = state != "unremapped"
      // QEMU's virt machine writes message interrupts there: hw/arm/virt.c, base_memmap.
      if file == "arm" { groups[index].reserved = [IOVARange(start: 0x800_0000, last: 0x80f_ffff)] }
      guard machine == "amd" else { continue }
      groups[index].aperture = [IOVARange(start: 0, last: UInt64.max)]
      groups[index].pageSizes = PageSizes(mask: 0xf_ff7f_ffff_f000)
      groups[index].reserved.append(IOVARange(start: 0xfd_0000_0000, last: 0xff_ffff_ffff))
    }
    return ModelHost(groups: groups)
  }

  static let devices = ["single=0000:01:00.0@7", "pair0=0000:06:00.0@11", "pair1=0000:06:00.1@11"]
    .compactMap { ConformanceDevice($0) }
}

@Suite struct ConformanceTests {
  @Test(arguments: Situation.all)
  private func `the model answers as the kernel does`(situation: Situation) throws {
    let rows = try Situation.table(situation.file).rows(state: situation.state, machine: situation.machine)
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

  @Test(arguments: ["x86", "arm"]) func `every row belongs to a state that is asked`(file: String) throws {
    let table = try Situation.table(file)
    let asked = Set(
      Situation.all.filter { $0.file == file }
        .flatMap { table.rows(state: $0.state, machine: $0.machine).map(\.line) }
    )
    // Bytes are moved by the machine's device, which the model does not have.
    #expect(Set(table.rows.filter { $0.state != "dma" }.map(\.line)) == asked)
  }
}

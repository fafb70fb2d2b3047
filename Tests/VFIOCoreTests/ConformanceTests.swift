import Conformance
import Foundation
import TestSupport
import Testing
import VFIOCore
import VFIOTypes

/// A state of a machine that the file has rows for.
private struct Situation: CustomTestStringConvertible, Sendable {
  var state: String
  var machine: String
  var testDescription: String { "\(state) on \(machine)" }

  static let all = [
    Situation(state: "bound", machine: "intel"), Situation(state: "bound", machine: "amd"),
    Situation(state: "native", machine: "intel"), Situation(state: "driverless", machine: "intel"),
    Situation(state: "unremapped", machine: "intel"), Situation(state: "unbound", machine: "intel"),
  ]

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
  private static let table: ConformanceTable? = Checkout.bytes("Tests/VFIOCoreTests/Conformance/x86.tsv")
    .flatMap {
      try? ConformanceTable(String(decoding: $0, as: UTF8.self))
    }

  @Test(arguments: Situation.all)
  private func `the model answers as the kernel does`(situation: Situation) throws {
    let table = try #require(ConformanceTests.table)
    let rows = table.rows(state: situation.state, machine: situation.machine)
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

  @Test func `every row belongs to a state that is asked`() throws {
    let table = try #require(ConformanceTests.table)
    let asked = Set(Situation.all.flatMap { table.rows(state: $0.state, machine: $0.machine).map(\.line) })
    #expect(Set(table.rows.map(\.line)) == asked)
  }
}

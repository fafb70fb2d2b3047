import Conformance
import TestSupport
import Testing
import VFIOCore
import VFIOTypes

/// A kernel that grants whatever it is asked, to see how it was asked.
private struct GrantingKernel: Kernel, ~Copyable {
  private var last: Int32 = 2

  mutating func open(_ node: Node) throws(KernelError) -> Descriptor {
    last += 1
    return Descriptor(adopting: DescriptorNumber(last))
  }

  mutating func close(_ descriptor: consuming Descriptor) throws(KernelError) { _ = descriptor.relinquish() }

  mutating func perform(
    _ request: Request,
    on descriptor: borrowing Descriptor
  ) throws(KernelError) -> Reply {
    switch request {
    case .groupGetDeviceFD:
      last += 1
      return .descriptor(DescriptorNumber(last))
    case .iommuSPAPRTCEGetInfo:
      return .spaprTCEInfo(SPAPRTCEInfo(windowStart: 0, windowSize: 1 << 30, dynamicWindows: nil))
    case .iommuSPAPRTCECreate: return .window(start: 1 << 59)
    default: return .done
    }
  }

  mutating func allocate(_ size: UInt64, _ pages: MemoryPages) throws(KernelError) -> Memory {
    Memory(adopting: 1 << 40, size: size, pageSize: 4096)
  }

  mutating func release(_ memory: consuming Memory) throws(KernelError) { memory.relinquish() }

  mutating func bytes(
    of memory: borrowing Memory,
    at offset: UInt64,
    count: Int
  ) throws(KernelError) -> [UInt8] { [] }

  mutating func fill(
    _ memory: borrowing Memory,
    at offset: UInt64,
    with bytes: [UInt8]
  ) throws(KernelError) {}

  mutating func processMemory() throws(KernelError) -> ProcessMemory {
    ProcessMemory(pageSize: 4096, lockedLimit: nil, locked: 0)
  }
}

@Suite struct PowerTableTests {
  private static let machines = ["powernv9-64k", "powernv9-4k", "pseries-64k", "pseries-4k"]

  private func table() throws -> ConformanceTable {
    let bytes = try #require(Checkout.bytes("Tests/VFIOCoreTests/Conformance/power.tsv"))
    return try ConformanceTable(String(decoding: bytes, as: UTF8.self))
  }

  @Test(arguments: machines)
  private func `every row is a request`(machine: String) throws {
    let rows = try table().rows.filter { $0.machine == machine && $0.state != "child" }
    #expect(!rows.isEmpty)
    let names = ["net0", "net1", "net2", "edu0", "edu1", "edu2", "edu3", "spare", "reset", "mixed"]
    let devices = names.enumerated().compactMap { ConformanceDevice("\($1)=000\($0):01:00.0@\($0)") }
    let granted = ConformanceDoors<GrantingKernel>(
      protect: { (_, _, _) throws(KernelError) in },
      roundTrip: { (_, _, _, _) throws(KernelError) in true },
      interrupt: { (_, _, _) throws(KernelError) in true }
    )
    var run = ConformanceRun(GrantingKernel(), devices: devices, doors: granted)
    let unknown = rows.filter { run.answer($0) == "not understood" }
    run.finish()
    #expect(unknown == [])
  }

  @Test func `a table with a column for each machine gives each its rows`() throws {
    let text =
      "state\tcase\trow\tcall\tsubject\targuments\tone\ttwo\nbound\tc\tname\topen\tc0\tcontainer\t0\t-\n"
    let rows = try ConformanceTable(text).rows.map {
      "\($0.line) \($0.state) \($0.machine) \($0.name) \($0.title) \($0.call) \($0.subject) \($0.arguments) \($0.expected)"
    }
    #expect(rows == ["2 bound one c name open c0 [\"container\"] 0"])
  }

  @Test func `a row without an answer for each machine is named`() {
    let text =
      "state\tcase\trow\tcall\tsubject\targuments\tone\ttwo\nbound\tc\tname\topen\tc0\tcontainer\t0\n"
    let fault = #expect(throws: MalformedRow.self) { try ConformanceTable(text) }
    #expect(fault?.line == 2)
  }
}

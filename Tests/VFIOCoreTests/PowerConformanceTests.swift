import Conformance
import TestSupport
import Testing
import VFIOCore
import VFIOTypes

/// One of the lab's POWER machines, as the model has it.
private struct Machine: CustomTestStringConvertible, Sendable {
  var name: String
  var pe: ModelPE
  var pageSize: UInt64
  var testDescription: String { name }

  static let all = [
    Machine(name: "powernv9-64k", pe: .powernv9, pageSize: 0x1_0000),
    Machine(name: "powernv9-4k", pe: .powernv9, pageSize: 0x1000),
    Machine(name: "pseries-64k", pe: .pseries, pageSize: 0x1_0000),
    Machine(name: "pseries-4k", pe: .pseries, pageSize: 0x1000),
  ]

  static let devices = [
    "net0", "net1", "net2", "edu0", "edu1", "edu2", "edu3", "spare", "reset", "mixed",
  ].enumerated().compactMap { ConformanceDevice("\($1)=000\($0):01:00.0@\($0)") }

  /// Its state by the words of the file; nil for one it does not know.
  func host(in state: String) -> ModelHost? {
    let groups = Machine.devices.map { device in
      var member = ModelDevice(device.address)
      // The file's `reset` is one that cannot where the machine is a partition.
      member.canReset = pe.platform != .pseries || device.name != "reset"
      // A second member that the file says of two groups there.
      var sibling = device.address
      sibling.device = 1
      let driver: ModelDevice.Driver? = ["reset": .none, "mixed": .native][device.name]
      let siblings = driver.map { [ModelDevice(sibling, driver: $0)] } ?? []
      return ModelGroup(device.group, devices: [member] + (pe.platform == .pseries ? siblings : []))
    }
    let eeh: ModelEEH = pe.platform == .pseries ? .off : .silent
    var host = ModelHost(groups: groups, pe: pe, eeh: eeh, pageSize: pageSize)
    if pe.platform == .pseries { host.hugePages = [0x20_0000: 8] }
    switch state {
    // Root has CAP_IPC_LOCK, and no limit by that.
    case "bound", "child", "slow", "corrupting", "root-64k": break
    case "user-short": host.lockedMemoryLimit = UInt64(pe.windowSize) - 0x1_0000
    case "user-window": host.lockedMemoryLimit = UInt64(pe.windowSize)
    case "user-512k": host.lockedMemoryLimit = 0x8_0000
    default: return nil
    }
    return host
  }
}

/// Cases of a machine with what the model answered otherwise.
private struct Answers {
  var asked = 0
  var differing: [String] = []
  /// Cases after which something was left that is no leak the kernel has too.
  var unclean: [String] = []
}

extension ConformanceDoors<ModelKernel> {
  /// The doors of the model: what its windows let a device do, and a counter told by request.
  fileprivate static let model = ConformanceDoors(
    protect: { (kernel, range, access) throws(KernelError) in kernel.protect(range, access) },
    roundTrip: { (kernel, device, memory, iova) throws(KernelError) in
      // What is found a page further on is what the device wrote, since nothing else did.
      kernel.memoryWrite((0..<256).map { UInt8($0) }, at: memory.address)
      kernel.memoryWrite([UInt8](repeating: 0, count: 256), at: memory.address + 0x1000)
      guard let read = kernel.dmaRead(256, at: iova, by: device) else { return false }
      kernel.dmaWrite(read, at: iova + 0x1000, by: device)
      return kernel.memoryRead(256, at: memory.address + 0x1000) == read
    },
    interrupt: { (kernel, device, counter) throws(KernelError) in
      // As if the device had: VFIO_IRQ_SET_DATA_NONE tells the counter of MSI, or of INTx where that is on.
      for kind in [1, 0] as [UInt32] {
        let now = IRQSet(index: kind, action: .trigger, vectors: .now(count: 1))
        if (try? kernel.perform(.deviceSetIRQs(now), by: device)) != nil { break }
      }
      let counted = try kernel.perform(.eventfdRead(milliseconds: 0), by: counter)
      return counted != .value(0)
    }
  )
}

extension ModelKernel {
  fileprivate mutating func perform(
    _ request: Request,
    by number: DescriptorNumber
  ) throws(KernelError) -> Reply {
    let lent = Descriptor(adopting: number)
    do throws(KernelError) {
      let reply = try perform(request, on: lent)
      _ = lent.relinquish()
      return reply
    } catch {
      _ = lent.relinquish()
      throw error
    }
  }
}

@Suite struct PowerConformanceTests {
  private func rows(of machine: Machine) throws -> [ConformanceTable.Row] {
    let bytes = try #require(Checkout.bytes("Tests/VFIOCoreTests/Conformance/power.tsv"))
    return try ConformanceTable(String(decoding: bytes, as: UTF8.self)).rows.filter {
      $0.machine == machine.name
    }
  }

  @Test func `every machine of the table is one of the model's`() throws {
    let bytes = try #require(Checkout.bytes("Tests/VFIOCoreTests/Conformance/power.tsv"))
    let table = try ConformanceTable(String(decoding: bytes, as: UTF8.self))
    #expect(Set(table.rows.map(\.machine)) == Set(Machine.all.map(\.name)))
  }

  private func answers(_ machine: Machine) throws -> Answers {
    let rows = try rows(of: machine)
    var answers = Answers()
    for part in rows.chunked(by: { ($0.state, $0.name) == ($1.state, $1.name) }) {
      let host = try #require(machine.host(in: part[0].state), "an unknown state: \(part[0].state)")
      // Each case had a process of its own, and on pseries a boot.
      var run = ConformanceRun(ModelKernel(host), devices: Machine.devices, doors: .model)
      for row in part {
        answers.asked += 1
        guard row.call != "fork" else {
          run.kernel.fork()
          continue
        }
        let answer = run.answer(row)
        // A refusal says where in the kernel it is refused.
        let source = run.kernel.lastRefusal?.source ?? ""
        if ErrorNumber(named: answer) != nil, !source.contains(".c: "), !source.contains(".h: ") {
          answers.differing.append("\(row.line) \(row.call): \(answer) of \(source)")
        }
        if answer != row.expected {
          answers.differing.append(
            "\(row.line) \(row.name) \(row.call) \(row.subject) \(row.arguments): \(answer), expected \(row.expected)"
          )
        }
      }
      run.finish()
      let isClean = run.kernel.leakedBytes > 0 ? run.kernel.isIdleButForLeaks : run.kernel.isIdle
      if !isClean { answers.unclean.append("\(part[0].state) \(part[0].name)") }
    }
    return answers
  }

  @Test(arguments: Machine.all)
  private func `the model answers as the POWER kernel does`(machine: Machine) throws {
    let answers = try answers(machine)
    #expect(answers.asked > 600)
    #expect(answers.differing == [])
    #expect(answers.unclean == [])
  }
}

extension Array {
  /// Neighbours that belong together.
  fileprivate func chunked(by belongs: (Element, Element) -> Bool) -> [[Element]] {
    reduce(into: []) { parts, element in
      if let last = parts.last?.last, belongs(last, element) {
        parts[parts.count - 1].append(element)
      } else {
        parts.append([element])
      }
    }
  }
}

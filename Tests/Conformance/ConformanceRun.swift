package import VFIOCore
import VFIOTypes

/// Asks a kernel the rows of a table, one after the other.
///
/// Requests go to the kernel as they stand, past the checks of `Container`: what is asked is what the kernel itself refuses.
package struct ConformanceRun<Asked: Kernel & ~Copyable & Sendable>: ~Copyable {
  package var kernel: Asked
  let devices: [ConformanceDevice]
  let doors: ConformanceDoors<Asked>
  var numbers: [String: DescriptorNumber] = [:]
  var memories: [String: (address: UInt64, size: UInt64, pageSize: UInt64)] = [:]
  /// First bus addresses: of the windows that were made, and `window`, the size of the default one.
  var places: [String: UInt64] = [:]
  /// Objects of an iommufd.
  var objects: [String: ObjectID] = [:]
  private var opened: [String] = []
  private var currentCase = ""

  package init(
    _ kernel: consuming Asked,
    devices: [ConformanceDevice],
    doors: ConformanceDoors<Asked> = ConformanceDoors()
  ) {
    self.kernel = kernel
    self.devices = devices
    self.doors = doors
  }

  /// Asks one row; a row of another case than the one before first ends that.
  ///
  /// - Returns: the answer as the expected column spells it.
  package mutating func answer(_ row: ConformanceTable.Row) -> String {
    if row.name != currentCase {
      finish()
      currentCase = row.name
    }
    do throws(KernelError) {
      return try ask(row) ?? "not understood"
    } catch {
      return switch error.cause {
      case .system(let number): number.name
      case .returned(let number): "\(number)"
      case .range, .window, .interrupts, .lockedMemory, .version, .malformed, .refused, .lost: "\(error)"
      }
    }
  }

  /// Ends the current case: everything open is closed, the last first.
  package mutating func finish() {
    for name in opened.reversed() {
      guard let number = numbers[name] else { continue }
      try? kernel.close(Descriptor(adopting: number))
    }
    for memory in memories.values {
      try? kernel.release(
        Memory(adopting: memory.address, size: memory.size, pageSize: memory.pageSize)
      )
    }
    numbers = [:]
    opened = []
    memories = [:]
    places = [:]
    objects = [:]
  }

  private mutating func ask(_ row: ConformanceTable.Row) throws(KernelError) -> String? {
    switch row.call {
    case "open": return try open(row)
    case "close":
      guard let number = numbers[row.subject] else { return nil }
      numbers[row.subject] = nil
      try kernel.close(Descriptor(adopting: number))
      return "0"
    case "allocate":
      guard let size = number(row, 0) else { return nil }
      let memory = try kernel.allocate(size, MemoryPages(hugePageSize: number(row, 1)))
      memories[row.subject] = (memory.address, memory.size, memory.pageSize)
      memory.relinquish()
      return "0"
    case "protect":
      guard let memory = memories[row.subject], let offset = number(row, 0), let size = number(row, 1)
      else { return nil }
      let part = MemoryRange(address: memory.address + offset, size: size)
      guard let protect = doors.protect else { return nil }
      try protect(&kernel, part, access(row, 2))
      return "0"
    case "locked": return "\(try kernel.processMemory().locked >> 10)"
    case "dma":
      guard let device = numbers[row.subject], let memory = memory(row), let iova = number(row, 1) else {
        return nil
      }
      return try doors.roundTrip(&kernel, device, memory, iova) ? "DATA OK" : "NO DATA"
    case "interrupt":
      guard let device = numbers[row.subject], let counter = row.arguments.first.flatMap({ numbers[$0] })
      else { return nil }
      return try doors.interrupt(&kernel, device, counter) ? "IRQ ARRIVED" : "NO IRQ"
    default:
      guard let request = request(of: row), let number = numbers[row.subject] else { return nil }
      let reply = try kernel.perform(request, onNumber: number)
      if case .descriptor(let device) = reply {
        numbers[row.arguments[1]] = device
        opened.append(row.arguments[1])
      }
      if case .object(let object) = reply, let name = objectName(row) { objects[name] = object }
      if case .window(let start) = reply { places[row.arguments[0]] = start }
      if case .spaprTCEInfo(let info) = reply { places["window"] = UInt64(info.windowSize) }
      return text(of: reply, row)
    }
  }

  private mutating func open(_ row: ConformanceTable.Row) throws(KernelError) -> String? {
    let node: Node
    switch row.arguments {
    case ["container"]: node = .container
    case ["eventfd"]: node = .eventfd
    case ["iommufd"]: node = .iommufd
    default:
      guard let device = devices.first(where: { $0.name == row.arguments.last }) else { return nil }
      switch row.arguments.dropLast() {
      case []: node = .group(device.group)
      case ["noiommu"]: node = .noIOMMUGroup(device.group)
      case ["node"]:
        // Without a node of its own it has not that of any number.
        node = .deviceNode(device.node ?? UInt32.max)
      default: return nil
      }
    }
    numbers[row.subject] = try kernel.open(node).relinquish()
    opened.append(row.subject)
    return "0"
  }

  /// The part of memory that the first argument names: `m0` or `m0+0x1000`.
  private func memory(_ row: ConformanceTable.Row) -> MemoryRange? {
    guard let memory = row.arguments.first.flatMap({ memories[$0] }) else { return nil }
    return MemoryRange(address: memory.address, size: memory.size)
  }
}

extension Kernel where Self: ~Copyable {
  /// A request of an open file that a table goes on to own.
  mutating func perform(
    _ request: Request,
    onNumber number: DescriptorNumber
  ) throws(KernelError) -> Reply {
    let descriptor = Descriptor(adopting: number)
    do throws(KernelError) {
      let reply = try perform(request, on: descriptor)
      _ = descriptor.relinquish()
      return reply
    } catch {
      _ = descriptor.relinquish()
      throw error
    }
  }
}

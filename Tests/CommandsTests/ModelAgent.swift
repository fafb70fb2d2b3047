import HostDoors
import RemoteHost
import Synchronization
import TestSupport
import VFIOCore
import VFIOTypes

/// An agent whose machine is a model, and whose stream may end after any number of requests.
///
/// It reads frames as the table of `vfio-agent.c` has them, on its own, and not by what writes them.
final class ModelAgent: ByteStream, @unchecked Sendable {
  /// Why a request is not carried out: as an error of a call, or as a refusal.
  private enum Fault: Error {
    case errno(Int32, call: UInt16 = 0)
    case refused(Int32)
  }

  private let host: ModelHostFiles
  private let probe: KernelProbe
  /// How many requests are answered; nil is all.
  private let limit: Int?
  private var hasKernel = false
  private var memories: [(address: UInt64, size: UInt64, pageSize: UInt64)?] = []
  private var pending: ArraySlice<UInt8> = []
  private static let lock: Int32 = 1000
  /// The requests that were carried out.
  private(set) var asked: [Operation] = []

  init(_ machine: MemoryMachine<some Workers>, limit: Int? = nil) {
    (host, probe, self.limit) = (machine.host, machine.probe, limit)
  }

  func read(_ count: Int) throws(ByteStreamError) -> [UInt8] {
    guard pending.count >= count else { throw .ended }
    defer { pending = pending.dropFirst(count) }
    return Array(pending.prefix(count))
  }

  func close() -> ByteStreamEnd {
    // The lock ends with the agent.
    host.with { $0.isLockedByAnother = false }
    return ByteStreamEnd(complaints: Array("Connection to p9 closed.\u{1b}\n".utf8))
  }

  func write(_ bytes: [UInt8]) throws(ByteStreamError) {
    var arguments = Arguments(bytes[4...])
    guard let operation = Operation(rawValue: UInt16(arguments.number(2))), asked.count != limit else {
      throw .ended
    }
    asked.append(operation)
    var results: [UInt8] = []
    var (status, call, number): (UInt16, UInt16, Int32) = (0, 0, 0)
    do throws(Fault) {
      number = try carryOut(operation, &arguments, &results)
      guard arguments.rest.isEmpty else { throw .refused(1) }
    } catch {
      switch error {
      case .errno(let errno, let made): (status, call, number) = (1, made, errno)
      case .refused(let reason): (status, number) = (2, reason)
      }
    }
    let body = status.bytes + call.bytes + number.bytes + results
    pending = (UInt32(body.count).bytes + body)[...]
  }

  // MARK: Operations

  private func carryOut(
    _ operation: Operation,
    _ arguments: inout Arguments,
    _ results: inout [UInt8]
  ) throws(Fault) -> Int32 {
    switch operation {
    case .hello:
      _ = (arguments.word(), arguments.word())
      results = UInt32(0x6761_6676).bytes + UInt32(1).bytes + UInt32(4096).bytes + UInt32(4 << 20).bytes
      results += Array("x86_64\0".utf8) + Array("6.12\0".utf8)
      return 0
    case .fileRead, .fileNames, .fileLink, .fileResolve, .fileStatus:
      results = try look(operation, &arguments)
      return 0
    case .attributeWrite, .ownCreateFolder, .ownCreate, .ownAppend, .ownSync, .ownRename, .ownRemove:
      try write(operation, &arguments)
      return 0
    case .ownLock:
      _ = arguments.text()
      guard !host.with({ $0.isLockedByAnother }) else { throw .errno(11, call: 7) }
      host.with { $0.isLockedByAnother = true }
      return ModelAgent.lock
    case .holders:
      do throws(HostFileError) {
        for one in try host.descriptors(beginning: [""]) {
          results += one.process.pid.bytes + Array("\(one.process.name)\0\(one.target)\0".utf8)
        }
      } catch { throw ModelAgent.fault(error) }
      return 0
    case .login:
      let login = try? host.remoteLogin()
      results = Array("\(login?.localAddress ?? "")\0\(login?.interface ?? "")\0".utf8)
      return 0
    case .memoryAllocate, .memoryRelease: return try memory(operation, &arguments)
    case .close where arguments.peeked == ModelAgent.lock:
      _ = arguments.word()
      host.with { $0.isLockedByAnother = false }
      return 0
    default: return try ask(operation, &arguments, &results)
    }
  }

  private func look(_ operation: Operation, _ arguments: inout Arguments) throws(Fault) -> [UInt8] {
    let path = arguments.text()
    do throws(HostFileError) {
      switch operation {
      case .fileRead: return try host.read(path, limit: Int(clamping: arguments.long()))
      case .fileNames: return try host.names(in: path).flatMap { Array("\($0)\0".utf8) }
      case .fileLink: return Array(try host.target(ofLink: path).utf8)
      case .fileResolve: return Array(try host.resolved(path).utf8)
      default:
        let status = try host.status(path)
        var (format, major, minor): (UInt32, UInt32, UInt32) = (0o010000, 0, 0)
        switch status.kind {
        case .file: format = 0o100000
        case .folder: format = 0o040000
        case .link: format = 0o120000
        case .characterDevice(let first, let second): (format, major, minor) = (0o020000, first, second)
        case .other: break
        }
        return (format | UInt32(status.mode)).bytes + status.user.bytes + major.bytes + minor.bytes
          + status.size.bytes
      }
    } catch { throw ModelAgent.fault(error) }
  }

  private func write(_ operation: Operation, _ arguments: inout Arguments) throws(Fault) {
    let path = arguments.text()
    do throws(HostWriteError) {
      switch operation {
      case .attributeWrite: try host.write(Array("\(arguments.text())\n".utf8), toAttribute: path)
      case .ownCreateFolder: try host.createFolder(path)
      case .ownCreate: try host.create(path, arguments.blob())
      case .ownAppend: try host.append(arguments.blob(), to: path)
      case .ownSync: try host.sync(path)
      case .ownRename: try host.rename(path, to: arguments.text())
      default: try host.remove(path)
      }
    } catch { throw .errno(error.errno) }
  }

  private static func fault(_ error: HostFileError) -> Fault {
    switch error.reason {
    case .absent: .errno(2)
    case .denied, .outside: .errno(13)
    case .wrongKind: .errno(20)
    case .exists: .errno(17)
    case .tooLarge: .refused(7)
    case .lost: .refused(2)
    case .system(_, let errno): .errno(errno)
    }
  }

  // MARK: VFIO

  private func memory(_ operation: Operation, _ arguments: inout Arguments) throws(Fault) -> Int32 {
    var kernel = taken()
    do throws(KernelError) {
      if operation == .memoryRelease {
        guard let one = memories[Int(arguments.word())] else { throw KernelError(.munmap, .system(.einval)) }
        try kernel.release(Memory(adopting: one.address, size: one.size, pageSize: one.pageSize))
        return 0
      }
      let size = arguments.long()
      _ = (arguments.word(), arguments.word(), arguments.word())
      let memory = try kernel.allocate(size, .anonymous)
      memories.append((memory.address, memory.size, memory.pageSize))
      memory.relinquish()
      return Int32(memories.count - 1)
    } catch { throw .errno(error.errno?.number ?? 71) }
  }

  /// The kernel, made when it is asked for first.
  private func taken() -> ProbedKernel {
    defer { hasKernel = true }
    return hasKernel ? probe.standing : probe.kernel(of: host)
  }

  private func ask(
    _ operation: Operation,
    _ arguments: inout Arguments,
    _ results: inout [UInt8]
  ) throws(Fault) -> Int32 {
    var kernel = taken()
    do throws(KernelError) {
      if operation == .open {
        let (node, id) = (arguments.word(), arguments.word())
        return try kernel.open(node == 0 ? .container : .group(IOMMUGroupID(id))).relinquish().number
      }
      let file = Descriptor(adopting: DescriptorNumber(Int32(arguments.word())))
      if operation == .close {
        try kernel.close(file)
        return 0
      }
      guard let request = request(operation, &arguments) else {
        _ = file.relinquish()
        throw KernelError(.open, .version(2))
      }
      do throws(KernelError) {
        let reply = try kernel.perform(request, on: file)
        _ = file.relinquish()
        return number(reply, &results)
      } catch {
        _ = file.relinquish()
        throw error
      }
    } catch {
      if case .version = error.cause { throw .refused(2) }
      throw .errno(error.errno?.number ?? 71)
    }
  }

  private func request(_ operation: Operation, _ arguments: inout Arguments) -> Request? {
    let models: [UInt32: IOMMUModel] = [1: .type1, 2: .spaprTCE, 3: .type1v2, 7: .spaprTCEv2, 8: .noIOMMU]
    switch operation {
    case .getAPIVersion: return .getAPIVersion
    case .checkExtension:
      let number = arguments.word()
      let other: Extension = number == 4 ? .cacheCoherency : number == 5 ? .eeh : .unmapAll
      return .checkExtension(models[number].map { .model($0) } ?? other)
    case .setIOMMU: return models[arguments.word()].map { .setIOMMU($0) }
    case .iommuGetInfo:
      _ = arguments.word()
      return .iommuGetInfo(capacity: arguments.word())
    case .iommuMapDMA:
      _ = arguments.word()
      let access = DMAMapping.Access(rawValue: arguments.word())
      let (memory, offset) = (memories[Int(arguments.word())], arguments.long())
      let (iova, size) = (arguments.long(), arguments.long())
      guard let memory, offset + size <= memory.size else { return nil }
      return .iommuMapDMA(
        DMAMapping(iova: iova, size: size, address: memory.address + offset, access: access)
      )
    case .iommuUnmapDMA:
      _ = arguments.word()
      let isAll = arguments.word() == 2
      let (iova, size) = (arguments.long(), arguments.long())
      return isAll ? .iommuUnmapAll : .iommuUnmapDMA(IOVARange(start: iova, last: iova &+ size &- 1))
    case .groupGetStatus:
      _ = arguments.word()
      return .groupGetStatus
    case .groupSetContainer: return .groupSetContainer(DescriptorNumber(Int32(arguments.word())))
    case .groupUnsetContainer: return .groupUnsetContainer
    case .groupGetDeviceFD: return PCIAddress(arguments.text()).map { .groupGetDeviceFD($0, vfToken: nil) }
    case .deviceGetInfo:
      _ = (arguments.word(), arguments.word())
      return .deviceGetInfo
    case .deviceGetRegionInfo:
      return .deviceGetRegionInfo(index: arguments.word(), capacity: arguments.word())
    case .deviceGetIRQInfo:
      let index = arguments.word()
      _ = arguments.word()
      return .deviceGetIRQInfo(index: index)
    case .deviceRead: return .read(offset: arguments.long(), count: Int(arguments.word()))
    default: return nil
    }
  }

  private func number(_ reply: Reply, _ results: inout [UInt8]) -> Int32 {
    switch reply {
    case .version(let number), .support(let number): return number
    case .descriptor(let descriptor): return descriptor.number
    case .groupStatus(let status): results = status.rawValue.bytes
    case .unmapped(let count): results = count.bytes
    case .iommuInfo(let info):
      let chain = info.capabilities
      let flags: UInt32 = chain.first == 0 ? 1 : 3
      results =
        info.size.bytes + flags.bytes + info.pageSizes.mask.bytes + chain.first.bytes + UInt32(0).bytes
        + chain.bytes.dropFirst(24)
    case .deviceInfo(let info):
      results = UInt32(24).bytes + info.flags.rawValue.bytes + info.regions.bytes + info.irqs.bytes
    case .regionInfo(let info):
      results = info.size.bytes + info.flags.rawValue.bytes + info.index.bytes + UInt32(0).bytes
      results += info.bytes.bytes + info.offset.bytes
    case .irqInfo(let info):
      results = UInt32(16).bytes + info.flags.rawValue.bytes + info.index.bytes + info.count.bytes
    case .bytes(let bytes):
      results = bytes
      return Int32(bytes.count)
    default: break
    }
    return 0
  }
}

/// The arguments of a frame, read one after the other.
private struct Arguments {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// The next word, which stays.
  var peeked: Int32 {
    var copy = self
    return Int32(truncatingIfNeeded: copy.word())
  }

  mutating func number(_ width: Int) -> UInt64 {
    defer { rest = rest.dropFirst(width) }
    return rest.prefix(width).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  mutating func word() -> UInt32 { UInt32(number(4)) }
  mutating func long() -> UInt64 { number(8) }

  mutating func text() -> String {
    let count = Int(number(2))
    defer { rest = rest.dropFirst(count) }
    return String(decoding: rest.prefix(count).dropLast(), as: UTF8.self)
  }

  mutating func blob() -> [UInt8] {
    let count = Int(number(4))
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }
}

extension FixedWidthInteger {
  /// Little-endian.
  fileprivate var bytes: [UInt8] {
    (0..<(bitWidth / 8)).map { UInt8(truncatingIfNeeded: self >> Self($0 * 8)) }
  }
}

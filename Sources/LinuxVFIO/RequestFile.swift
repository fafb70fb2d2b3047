import CLinux
import Glibc
import VFIOCore
import VFIOTypes

/// An open file that answers requests: one function a request, each filling its structure and reading it back.
///
/// The functions stand by subject in files of their own. The structures and their flags: linux/vfio.h and linux/iommufd.h of Linux
/// 6.12.
struct RequestFile {
  var number: Int32
  /// What is to be wrong with the next structure; nil for nothing.
  var malformation: Malformation?

  init(number: Int32, malformation: Malformation? = nil) {
    self.number = number
    self.malformation = malformation
  }

  func perform(_ request: Request) throws(KernelError.Cause) -> Reply {
    switch request {
    case .getAPIVersion: return .version(try value(vfioplan_get_api_version, 0))
    case .checkExtension(let what):
      return .support(try value(vfioplan_check_extension, RequestFile.number(of: what)))
    case .setIOMMU(let model):
      return try done(value(vfioplan_set_iommu, operation(RequestFile.number(of: .model(model)))))
    case .iommuGetInfo(let capacity): return try iommuInfo(capacity)
    case .iommuMapDMA(let mapping): return try map(mapping)
    case .iommuUnmapDMA(let range): return try unmap(range)
    case .iommuUnmapAll: return try unmap(flags: UInt32(VFIO_DMA_UNMAP_FLAG_ALL), iova: 0, size: 0)
    case .iommuDirtyPages(let operation): return try dirtyPages(operation)

    case .iommuSPAPRTCEGetInfo(let capacity): return try spaprTCEInfo(capacity)
    case .iommuEnable: return try done(value(vfioplan_iommu_enable, 0))
    case .iommuDisable: return try done(value(vfioplan_iommu_disable, 0))
    case .iommuSPAPRRegisterMemory(let range):
      return try memory(vfioplan_iommu_spapr_register_memory, range)
    case .iommuSPAPRUnregisterMemory(let range):
      return try memory(vfioplan_iommu_spapr_unregister_memory, range)
    case .iommuSPAPRTCECreate(let window): return try createWindow(window)
    case .iommuSPAPRTCERemove(let start): return try removeWindow(start)
    case .eehPEOp(let operation): return try eeh(operation)

    case .groupGetStatus: return try groupStatus()
    case .groupSetContainer(let container):
      var container = container.number
      return try done(structure(vfioplan_group_set_container, &container))
    case .groupUnsetContainer: return try done(value(vfioplan_group_unset_container, 0))
    case .groupGetDeviceFD(let address, let token): return try openDevice(address, token)

    case .deviceGetInfo: return try deviceInfo()
    case .deviceGetRegionInfo(let index, let capacity): return try regionInfo(index, capacity)
    case .deviceGetIRQInfo(let index): return try irqInfo(index)
    case .deviceSetIRQs(let set): return try setIRQs(set)
    case .deviceReset: return try done(value(vfioplan_device_reset, 0))
    case .deviceGetPCIHotResetInfo(let capacity): return try hotResetInfo(capacity)
    case .devicePCIHotReset(let groups): return try hotReset(groups)
    case .deviceFeature(let operation): return try feature(operation)
    case .deviceBindIOMMUFD(let iommufd): return try bind(iommufd)
    case .deviceAttachIOMMUFDPT(let object): return try attach(object)
    case .deviceDetachIOMMUFDPT: return try detach()
    case .read(let offset, let count): return try read(offset, count)
    case .write(let offset, let bytes): return try write(offset, bytes)

    case .iommuDestroy(let object): return try destroy(object)
    case .ioasAlloc: return try allocateIOAS()
    case .ioasAllowIOVAs(let ioas, let ranges): return try allow(ranges, ioas)
    case .ioasCopy(let copy): return try self.copy(copy)
    case .ioasIOVARanges(let ioas, let capacity): return try ranges(of: ioas, capacity)
    case .ioasMap(let ioas, let mapping): return try map(mapping, ioas)
    case .ioasMapAnywhere(let ioas, let range, let access): return try mapAnywhere(range, access, ioas)
    case .ioasUnmap(let ioas, let range):
      return try unmap(iova: range.start, size: range.last &- range.start &+ 1, ioas)
    case .ioasUnmapAll(let ioas): return try unmap(iova: 0, size: UInt64.max, ioas)
    case .iommuOptionGet(let option, let object): return try self.option(option, object, set: nil)
    case .iommuOptionSet(let option, let object, let value):
      return try self.option(option, object, set: value)
    case .iommuVFIOIOAS(let operation): return try vfioIOAS(operation)
    case .hwptAlloc(let allocation): return try allocatePageTable(allocation)
    case .iommuGetHWInfo(let device, let capacity): return try hardware(of: device, capacity)
    case .hwptSetDirtyTracking(let table, let isEnabled): return try setDirtyTracking(table, isEnabled)
    case .hwptGetDirtyBitmap(let table, let query): return try dirtyBitmap(of: table, query)

    case .eventfdRead(let milliseconds): return try readCounter(milliseconds)
    case .eventfdWrite(let count): return try writeCounter(count)

    case .malformed(let request, let malformation):
      return try RequestFile(number: number, malformation: malformation).perform(request)
    }
  }

  /// The number of an extension; iommufd is no model of a container and has none, which every kernel answers with 0.
  private static func number(of what: Extension) -> UInt {
    switch what {
    case .model(.type1): vfioplan_type1
    case .model(.type1v2): vfioplan_type1v2
    case .model(.spaprTCE): vfioplan_spapr_tce
    case .model(.spaprTCEv2): vfioplan_spapr_tce_v2
    case .model(.noIOMMU): vfioplan_noiommu
    case .model(.iommufd): 0
    case .cacheCoherency: vfioplan_dma_cc
    case .eeh: vfioplan_eeh
    case .unmapAll: vfioplan_unmap_all
    }
  }

  // MARK: Heads of structures

  /// What a structure says of its own size; a wrong one is less and never more, since the kernel reads as far as it says.
  func size<Structure>(of structure: Structure.Type, beside bytes: Int = 0) -> UInt32 {
    let size = UInt32(MemoryLayout<Structure>.size + bytes)
    return if case .size(let wrong) = malformation { min(wrong, size) } else { size }
  }

  func flags(_ bits: UInt32 = 0) -> UInt32 {
    if case .flags(let wrong) = malformation { bits | wrong } else { bits }
  }

  func operation(_ number: UInt) -> UInt {
    if case .operation(let wrong) = malformation { UInt(wrong) } else { number }
  }

  // MARK: Calls

  /// A request with a number.
  func value(_ request: UInt, _ argument: UInt) throws(KernelError.Cause) -> Int32 {
    let answer = vfioplan_ioctl_value(number, request, argument)
    guard answer >= 0 else { throw LinuxKernel.cause }
    return answer
  }

  /// A request with a structure.
  func structure<Structure>(
    _ request: UInt,
    _ argument: inout Structure
  ) throws(KernelError.Cause) -> Int32 {
    let answer = unsafe withUnsafeMutablePointer(to: &argument) {
      unsafe vfioplan_ioctl_pointer(number, request, $0)
    }
    guard answer >= 0 else { throw LinuxKernel.cause }
    return answer
  }

  /// A request with a structure at the start of bytes that have room for more behind it.
  func structure<Structure>(
    _ request: UInt,
    _ argument: inout Structure,
    in bytes: inout [UInt8]
  ) throws(KernelError.Cause) -> Int32 {
    let filled = argument
    let (answer, cause, read) = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe buffer.storeBytes(of: filled, as: Structure.self)
      let answer = unsafe vfioplan_ioctl_pointer(number, request, buffer.baseAddress)
      let cause = LinuxKernel.cause
      return unsafe (answer, cause, buffer.loadUnaligned(as: Structure.self))
    }
    argument = read
    guard answer >= 0 else { throw cause }
    return answer
  }

  /// A request with a structure that points to an array.
  func structure<Structure, Element: BitwiseCopyable>(
    _ request: UInt,
    _ argument: inout Structure,
    pointingTo array: inout [Element],
    at field: WritableKeyPath<Structure, UInt64>
  ) throws(KernelError.Cause) -> Int32 {
    var filled = argument
    let (answer, cause) = unsafe array.withUnsafeMutableBytes { buffer in
      filled[keyPath: field] = UInt64(UInt(bitPattern: buffer.baseAddress))
      let answer = unsafe withUnsafeMutablePointer(to: &filled) {
        unsafe vfioplan_ioctl_pointer(number, request, $0)
      }
      return (answer, LinuxKernel.cause)
    }
    argument = filled
    guard answer >= 0 else { throw cause }
    return answer
  }

  /// A request with a text.
  func text(_ request: UInt, _ argument: String) throws(KernelError.Cause) -> Int32 {
    var bytes = Array(argument.utf8) + [0]
    let (answer, cause) = unsafe bytes.withUnsafeMutableBytes { buffer in
      let answer = unsafe vfioplan_ioctl_pointer(number, request, buffer.baseAddress)
      return (answer, LinuxKernel.cause)
    }
    guard answer >= 0 else { throw cause }
    return answer
  }

  /// Takes 0 alone for success.
  func success(_ answer: Int32) throws(KernelError.Cause) {
    guard answer == 0 else { throw .returned(answer) }
  }

  /// Takes 0 alone for success, and has nothing more to say.
  func done(_ answer: Int32) throws(KernelError.Cause) -> Reply {
    try success(answer)
    return .done
  }
}

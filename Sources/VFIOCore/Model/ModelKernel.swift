public import VFIOTypes

/// A model of Linux 6.12 with Type1, iommufd or sPAPR TCE: a state machine of groups, containers, objects, mappings and limits.
///
/// Each refusal names the file and function that refuses so, and is found in `lastRefusal`. What only the model was asked is not
/// known: the conformance suite asks a real kernel the same.
///
/// It can be told to fail calls, counted from 0 over all its doors. A call failed so does nothing, but for `close` and
/// `release`, which take away what they are given as Linux does.
public struct ModelKernel: Kernel, ~Copyable, Sendable {
  enum File: Sendable {
    case container(Int)
    case group(Int)
    case device(group: Int, device: Int)
    case iommufd(Int)
    /// A device's own node, and whether this descriptor bound it.
    case deviceNode(ModelDevicePlace, isBound: Bool)
    /// A counter.
    case eventfd(Int)
    /// A file without a name that memory was taken of.
    case memory
  }

  struct Group: Sendable {
    /// Whether its own descriptor is open.
    var isOpen = false
    var container: Int?
    /// The iommufd that stands in for its container.
    var iommufd: Int?
    /// How many descriptors of its devices are open under a container; each holds the group open too.
    var devices = 0
    /// What has become of its PE, on POWER.
    var pe = ModelPEState()

    var isBusy: Bool { isOpen || devices > 0 }
  }

  let host: ModelHost
  let positions: [IOMMUGroupID: Int]
  var groups: [Group]
  /// Containers by position; nil where one ended.
  var containers: [ModelContainer?] = []
  /// iommufds by position; nil where one ended.
  var iommufds: [ModelIOMMUFD?] = []
  /// Devices that are open.
  var opened: [ModelDevicePlace: ModelOpenDevice] = [:]
  /// What each counter has counted.
  var counters: [Int: UInt64] = [:]
  private var nextCounter = 0
  var files: [File?] = [nil, nil, nil]
  var memories: [UInt64: UInt64] = [:]
  /// The bytes of memory that are not zero, by address.
  var contents: [UInt64: UInt8] = [:]
  var nextAddress: UInt64 = 0x7f00_0000_0000
  /// Bytes of the pages behind memory of huge ones, by address.
  var hugePages: [UInt64: UInt64] = [:]
  /// The parts of memory that the process itself may not write.
  var unwritable: [IOVARange] = []
  /// The process that asks, and those it was before.
  var processes = [ModelProcess()]
  var process = 0
  /// Names tables and registered regions.
  var nextNumber = 0
  /// What real hosts would have suffered by what was asked so far.
  public internal(set) var damage: Set<ModelDamage> = []

  /// The calls to fail, by position, with what to answer.
  public var faults: [Int: ErrorNumber] = [:]
  /// The calls made so far, in order.
  public private(set) var calls: [Call] = []
  /// Why the last call was refused; nil where a fault was asked for.
  public private(set) var lastRefusal: ModelRefusal?

  /// The kernel of a machine.
  ///
  /// - Parameter host: the machine.
  public init(_ host: ModelHost) {
    self.host = host
    self.groups = Array(repeating: Group(), count: host.groups.count)
    self.positions = Dictionary(
      host.groups.enumerated().map { ($1.id, $0) },
      uniquingKeysWith: { first, _ in first }
    )
  }

  // MARK: What is held

  /// Whether nothing is open, attached, mapped, charged or allocated.
  public var isIdle: Bool {
    openFiles == 0 && attachedGroups.isEmpty && pinnedBytes == 0 && memories.isEmpty
      && processes.allSatisfy { $0.locked == 0 } && opened.isEmpty && iommufds.allSatisfy { $0 == nil }
  }

  /// How many descriptors are open.
  public var openFiles: Int { files.count { $0 != nil } }

  /// The groups that are attached to a container, or to an iommufd that stands in for one.
  public var attachedGroups: [IOMMUGroupID] {
    groups.indices.filter { groups[$0].container != nil || groups[$0].iommufd != nil }.map {
      host.groups[$0].id
    }
  }

  /// Bytes that are pinned for devices.
  public var pinnedBytes: UInt64 {
    let registered = processes.reduce(0) { $1.regions.reduce($0) { $0 + $1.size } }
    let mapped = iommufds.reduce(registered) { $0 &+ ($1?.pinned(page: host.pageSize) ?? 0) }
    return containers.reduce(mapped) { $0 &+ ($1?.pinned ?? 0) }
  }

  // MARK: Doors

  /// Opens a node of the model.
  public mutating func open(_ node: Node) throws(KernelError) -> Descriptor {
    try count(node.call)
    do throws(ModelRefusal) {
      return Descriptor(adopting: add(try file(of: node)))
    } catch { throw refused(node.call, error) }
  }

  /// Closes a descriptor of the model.
  public mutating func close(_ descriptor: consuming Descriptor) throws(KernelError) {
    let number = descriptor.relinquish()
    guard files.indices.contains(Int(number.number)), let file = files[Int(number.number)] else {
      try count(.close)
      throw refused(.close, ModelRefusal(.ebadf, "fs/open.c: close"))
    }
    files[Int(number.number)] = nil
    end(file)
    try count(.close)
  }

  /// Carries out a request on the model.
  public mutating func perform(
    _ request: Request,
    on descriptor: borrowing Descriptor
  ) throws(KernelError) -> Reply {
    try count(request.call)
    let number = Int(descriptor.number.number)
    do throws(ModelRefusal) {
      guard files.indices.contains(number), let file = files[number] else {
        throw ModelRefusal(.ebadf, "fs/ioctl.c: ioctl")
      }
      switch file {
      case .container(let container): return try perform(request, onContainer: container)
      case .group(let group): return try perform(request, onGroup: group)
      case .device(let group, let device):
        return try perform(request, onDevice: ModelDevicePlace(group: group, device: device))
      case .iommufd(let iommufd): return try perform(request, onIOMMUFD: iommufd)
      case .deviceNode(let place, let isBound):
        return try perform(request, onNode: place, isBound: isBound, number)
      case .eventfd(let counter): return try perform(request, onCounter: counter)
      case .memory: throw ModelRefusal(.enotty, "mm/shmem.c: the file has no requests")
      }
    } catch { throw refused(request.call, error) }
  }

  /// Takes memory of the model.
  public mutating func allocate(_ size: UInt64, _ pages: MemoryPages) throws(KernelError) -> Memory {
    try count(.mmap)
    let page = pages.hugePageSize ?? host.pageSize
    guard size > 0 else { throw refused(.mmap, ModelRefusal(.einval, "mm/mmap.c: do_mmap")) }
    if pages.hugePageSize != nil {
      guard let pages = host.hugePages[page] else {
        throw refused(.mmap, ModelRefusal(.einval, "mm/mmap.c: ksys_mmap_pgoff, no pool of the size"))
      }
      guard size % page == 0 else { throw refused(.mmap, ModelRefusal(.einval, "mm/hugetlb.c: size")) }
      guard size / page <= pages else {
        throw refused(.mmap, ModelRefusal(.enomem, "mm/hugetlb.c: hugetlb_reserve_pages"))
      }
    }
    let address = (nextAddress + page - 1) / page * page
    memories[address] = size
    if let huge = pages.hugePageSize { hugePages[address] = huge }
    nextAddress = address + (size + page) / page * page
    var file: DescriptorNumber?
    if pages.sharing == .memfd { file = add(.memory) }
    return Memory(adopting: address, size: size, pageSize: page, file: file)
  }

  /// Gives memory back of the model.
  public mutating func release(_ memory: consuming Memory) throws(KernelError) {
    if let file = memory.file { files[Int(file.number)] = nil }
    memories[memory.address] = nil
    hugePages[memory.address] = nil
    let (start, size) = (memory.address, memory.size)
    if let whole = IOVARange(iova: start, size: size) {
      unwritable = unwritable.flatMap { $0.subtracting(whole) }
    }
    contents = contents.filter { $0.key < start || $0.key - start >= size }
    memory.relinquish()
    try count(.munmap)
  }

  /// What some memory of the model holds.
  public mutating func bytes(
    of memory: borrowing Memory,
    at offset: UInt64,
    count bytes: Int
  ) throws(KernelError) -> [UInt8] {
    try count(.readMemory)
    try memory.check(offset: offset, count: bytes, .readMemory)
    let start = memory.address + offset
    return (0..<UInt64(bytes)).map { contents[start + $0] ?? 0 }
  }

  /// Fills a part of some memory of the model.
  public mutating func fill(
    _ memory: borrowing Memory,
    at offset: UInt64,
    with bytes: [UInt8]
  ) throws(KernelError) {
    try count(.fillMemory)
    try memory.check(offset: offset, count: bytes.count, .fillMemory)
    for (index, byte) in bytes.enumerated() {
      contents[memory.address + offset + UInt64(index)] = byte == 0 ? nil : byte
    }
  }

  /// What the process of the model may use.
  public mutating func processMemory() throws(KernelError) -> ProcessMemory {
    try count(.getrlimit)
    return ProcessMemory(
      pageSize: host.pageSize,
      lockedLimit: host.lockedMemoryLimit,
      locked: chargedBytes.process
    )
  }

  // MARK: Files

  private mutating func file(of node: Node) throws(ModelRefusal) -> File {
    let isMissing = ModelRefusal(.enoent, "fs/namei.c: the node is not there")
    switch node {
    case .eventfd:
      nextCounter += 1
      return .eventfd(nextCounter)
    case .iommufd:
      guard host.hasIOMMUFD else { throw isMissing }
      return .iommufd(iommufds.count)
    case .container:
      guard host.hasVFIO else { throw isMissing }
      return .container(containers.count)
    case .deviceNode(let number):
      guard let place = place(ofNode: number) else { throw isMissing }
      return .deviceNode(place, isBound: false)
    case .group(let id): return .group(try openGroup(id, isNoIOMMU: false))
    case .noIOMMUGroup(let id): return .group(try openGroup(id, isNoIOMMU: true))
    }
  }

  mutating func add(_ file: File) -> DescriptorNumber {
    switch file {
    case .container: containers.append(ModelContainer())
    case .group(let group): groups[group].isOpen = true
    case .device(let group, _): if groups[group].container != nil { groups[group].devices += 1 }
    case .iommufd: iommufds.append(ModelIOMMUFD())
    case .eventfd(let counter): counters[counter] = 0
    case .deviceNode, .memory: break
    }
    // The lowest free number, as fs/file.c: alloc_fd.
    if let free = files.indices.dropFirst(3).first(where: { files[$0] == nil }) {
      files[free] = file
      return DescriptorNumber(Int32(free))
    }
    files.append(file)
    return DescriptorNumber(Int32(files.count - 1))
  }

  private mutating func end(_ file: File) {
    switch file {
    case .container(let container):
      // Groups keep it alive: container.c: vfio_container_put.
      if containers[container]?.groups.isEmpty == true { containers[container] = nil }
    case .group(let group):
      groups[group].isOpen = false
      if groups[group].devices == 0 { detach(group) }
    case .device(let group, let device):
      closeDevice(ModelDevicePlace(group: group, device: device))
      guard groups[group].devices > 0 else { break }
      groups[group].devices -= 1
      // A device holds the group's file: container.c: vfio_group_use_container.
      if !groups[group].isBusy { detach(group) }
    case .iommufd(let iommufd):
      iommufds[iommufd]?.isOpen = false
      endIfUnused(iommufd: iommufd)
    case .deviceNode(let place, let isBound): if isBound { closeDevice(place) }
    case .eventfd(let counter): end(counter: counter)
    case .memory: break
    }
  }

  /// container.c: vfio_group_detach_container; the last group takes the IOMMU with its mappings along.
  mutating func detach(_ group: Int) {
    if let iommufd = groups[group].iommufd {
      groups[group].iommufd = nil
      endIfUnused(iommufd: iommufd)
    }
    guard let container = groups[group].container else { return }
    groups[group].container = nil
    leaveTCE(group, container)
    containers[container]?.groups.removeAll { $0 == group }
    guard containers[container]?.groups.isEmpty == true else { return }
    containers[container]?.type1 = nil
    endTCE(of: container)
    containers[container]?.isNoIOMMU = false
    let isOpen = files.contains {
      if case .container(container) = $0 { true } else { false }
    }
    if !isOpen { containers[container] = nil }
  }

  static let noSuchOperation = ModelRefusal(.einval, "fs/read_write.c: the file has no such operation")

  // MARK: Faults

  private mutating func count(_ call: Call) throws(KernelError) {
    let position = calls.count
    calls.append(call)
    if let errno = faults[position] {
      lastRefusal = nil
      throw KernelError(call, .system(errno))
    }
  }

  private mutating func refused(_ call: Call, _ refusal: ModelRefusal) -> KernelError {
    lastRefusal = refusal
    return KernelError(call, refusal.cause)
  }
}

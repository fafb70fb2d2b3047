public import VFIOTypes

/// A model of Linux 6.12 with Type1 or sPAPR TCE: a state machine of groups, containers, mappings and limits.
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
    /// What it has counted.
    case eventfd(UInt64)
    /// A file without a name that memory was taken of.
    case memory
  }

  struct Group: Sendable {
    /// Whether its own descriptor is open.
    var isOpen = false
    var container: Int?
    /// How many descriptors of its devices are open; each holds the group open too.
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
      && processes.allSatisfy { $0.locked == 0 }
  }

  /// How many descriptors are open.
  public var openFiles: Int { files.count { $0 != nil } }

  /// The groups that are attached to a container.
  public var attachedGroups: [IOMMUGroupID] {
    groups.indices.filter { groups[$0].container != nil }.map { host.groups[$0].id }
  }

  /// Bytes that are pinned for devices.
  public var pinnedBytes: UInt64 {
    let registered = processes.reduce(0) { $1.regions.reduce($0) { $0 + $1.size } }
    return containers.reduce(registered) { $0 &+ ($1?.pinned ?? 0) }
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
        return try perform(request, on: host.groups[group].devices[device])
      case .eventfd(let counted):
        let (counted, reply) = try ModelKernel.perform(request, onCounter: counted)
        files[number] = .eventfd(counted)
        return reply
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
      locked: lockedBytes
    )
  }

  // MARK: Files

  private func file(of node: Node) throws(ModelRefusal) -> File {
    guard host.hasVFIO || node == .eventfd else {
      throw ModelRefusal(.enoent, "fs/namei.c: the node is not there")
    }
    switch node {
    case .eventfd: return .eventfd(0)
    case .container: return .container(containers.count)
    // A kernel without iommufd and with its IOMMU on has none of them.
    case .iommufd, .deviceNode, .noIOMMUGroup:
      throw ModelRefusal(.enoent, "fs/namei.c: the node is not there")
    case .group(let id):
      guard let group = positions[id], host.groups[group].devices.contains(where: { $0.driver == .vfio })
      else {
        // The node comes with the first member that is bound to a VFIO driver: group.c: vfio_create_group.
        throw ModelRefusal(.enoent, "fs/namei.c: the node is not there")
      }
      guard !host.groups[group].isHeld, !groups[group].isBusy else {
        throw ModelRefusal(.ebusy, "group.c: vfio_group_fops_open")
      }
      return .group(group)
    }
  }

  mutating func add(_ file: File) -> DescriptorNumber {
    switch file {
    case .container: containers.append(ModelContainer())
    case .group(let group): groups[group].isOpen = true
    case .device(let group, _): groups[group].devices += 1
    case .eventfd, .memory: break
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
    case .device(let group, _):
      groups[group].devices -= 1
      // A device holds the group's file: container.c: vfio_group_use_container.
      if !groups[group].isBusy { detach(group) }
    case .eventfd, .memory: break
    }
  }

  /// container.c: vfio_group_detach_container; the last group takes the IOMMU with its mappings along.
  mutating func detach(_ group: Int) {
    guard let container = groups[group].container else { return }
    groups[group].container = nil
    leaveTCE(group, container)
    containers[container]?.groups.removeAll { $0 == group }
    guard containers[container]?.groups.isEmpty == true else { return }
    containers[container]?.type1 = nil
    endTCE(of: container)
    let isOpen = files.contains {
      if case .container(container) = $0 { true } else { false }
    }
    if !isOpen { containers[container] = nil }
  }

  // MARK: Counters

  static let noSuchOperation = ModelRefusal(.einval, "fs/read_write.c: the file has no such operation")

  /// fs/eventfd.c: eventfd_read and eventfd_write of a counter that does not block.
  private static func perform(
    _ request: Request,
    onCounter counted: UInt64
  ) throws(ModelRefusal) -> (counted: UInt64, reply: Reply) {
    switch request {
    case .eventfdRead: return (0, .value(counted))
    case .eventfdWrite(let number):
      guard number < UInt64.max else { throw ModelRefusal(.einval, "fs/eventfd.c: eventfd_write") }
      guard number < UInt64.max - counted else {
        throw ModelRefusal(.eagain, "fs/eventfd.c: eventfd_write, the counter is full")
      }
      return (counted + number, .done)
    default: throw ModelRefusal(.enotty, "fs/eventfd.c: the file has no requests")
    }
  }

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

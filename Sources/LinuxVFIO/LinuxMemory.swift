import CLinux
import Glibc
public import VFIOCore

/// Memory of this process.
extension LinuxKernel {
  /// Takes memory of this process.
  public mutating func allocate(_ size: UInt64, _ pages: MemoryPages) throws(KernelError) -> Memory {
    // A size that is no power of two has no shift: the kernel is asked for the one below and refuses what it has no pool of.
    let shift = pages.hugePageSize.map { UInt32(63 - ($0 | 1).leadingZeroBitCount) } ?? 0
    let page = pages.hugePageSize ?? UInt64(sysconf(Int32(_SC_PAGESIZE)))
    guard let length = Int(exactly: size) else { throw KernelError(.mmap, .range(.wraps)) }
    let access = PROT_READ | PROT_WRITE
    switch pages.sharing {
    case .single:
      let start = unsafe mmap(nil, length, access, vfioplan_memory_flags(shift), -1, 0)
      return Memory(adopting: unsafe try LinuxKernel.address(start), size: size, pageSize: page)
    case .memfd:
      let file = vfioplan_memfd(shift)
      guard file >= 0 else { throw KernelError(.mmap, LinuxKernel.cause) }
      do throws(KernelError) {
        guard ftruncate(file, length) == 0 else { throw KernelError(.mmap, LinuxKernel.cause) }
        let start = unsafe mmap(nil, length, access, MAP_SHARED, file, 0)
        return Memory(
          adopting: unsafe try LinuxKernel.address(start),
          size: size,
          pageSize: page,
          file: DescriptorNumber(file)
        )
      } catch {
        _ = Glibc.close(file)
        throw error
      }
    }
  }

  /// Gives memory back of this process.
  public mutating func release(_ memory: consuming Memory) throws(KernelError) {
    let start = unsafe UnsafeMutableRawPointer(bitPattern: UInt(memory.address))
    let (size, file) = (Int(memory.size), memory.file)
    memory.relinquish()
    if let file { _ = Glibc.close(file.number) }
    guard unsafe munmap(start, size) == 0 else { throw KernelError(.munmap, LinuxKernel.cause) }
  }

  /// What some memory of this process holds.
  public mutating func bytes(
    of memory: borrowing Memory,
    at offset: UInt64,
    count: Int
  ) throws(KernelError) -> [UInt8] {
    try memory.check(offset: offset, count: count, .readMemory)
    guard let start = unsafe UnsafeRawPointer(bitPattern: UInt(memory.address + offset)) else { return [] }
    return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
  }

  /// Fills a part of some memory of this process.
  public mutating func fill(
    _ memory: borrowing Memory,
    at offset: UInt64,
    with bytes: [UInt8]
  ) throws(KernelError) {
    try memory.check(offset: offset, count: bytes.count, .fillMemory)
    guard let start = unsafe UnsafeMutableRawPointer(bitPattern: UInt(memory.address + offset)) else {
      return
    }
    unsafe UnsafeMutableRawBufferPointer(start: start, count: bytes.count).copyBytes(from: bytes)
  }

  private static func address(_ start: UnsafeMutableRawPointer?) throws(KernelError) -> UInt64 {
    guard unsafe start != MAP_FAILED else { throw KernelError(.mmap, LinuxKernel.cause) }
    return UInt64(UInt(bitPattern: start))
  }
}

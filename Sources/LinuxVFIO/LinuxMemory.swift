public import VFIOCore

extension LinuxKernel {
  /// What some memory of this process holds.
  ///
  /// - Parameters:
  ///   - memory: memory this kernel gave.
  ///   - offset: bytes from its start.
  ///   - count: how many bytes; with the offset at most its size.
  /// - Returns: that many bytes.
  public func bytes(of memory: borrowing Memory, at offset: Int, count: Int) -> [UInt8] {
    precondition(
      offset >= 0 && count >= 0 && UInt64(offset + count) <= memory.size,
      "a part lies in its memory"
    )
    guard let start = unsafe UnsafeRawPointer(bitPattern: UInt(memory.address)) else { return [] }
    return unsafe Array(UnsafeRawBufferPointer(start: start + offset, count: count))
  }

  /// Fills a part of some memory of this process.
  ///
  /// - Parameters:
  ///   - memory: memory this kernel gave.
  ///   - offset: bytes from its start.
  ///   - bytes: what to put there; with the offset at most its size.
  public func fill(_ memory: borrowing Memory, at offset: Int, with bytes: [UInt8]) {
    precondition(offset >= 0 && UInt64(offset + bytes.count) <= memory.size, "a part lies in its memory")
    guard let start = unsafe UnsafeMutableRawPointer(bitPattern: UInt(memory.address)) else { return }
    unsafe UnsafeMutableRawBufferPointer(start: start + offset, count: bytes.count).copyBytes(from: bytes)
  }
}

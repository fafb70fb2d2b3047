import Glibc
public import VFIOCore

/// Regions of devices in the address space of this process.
extension LinuxKernel: RegionMapping {
  /// Maps a part of a device's file into this process.
  public mutating func map(
    _ device: borrowing Descriptor,
    offset: UInt64,
    size: UInt64
  ) throws(KernelError) -> MappedRegion {
    guard let length = Int(exactly: size), let place = Int(exactly: offset) else {
      throw KernelError(.mmap, .range(.wraps))
    }
    let start = unsafe mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, device.number.number, place)
    guard unsafe start != MAP_FAILED else { throw KernelError(.mmap, LinuxKernel.cause) }
    return MappedRegion(adopting: UInt64(UInt(bitPattern: start)), size: size)
  }

  /// Unmaps a part of a region from this process.
  public mutating func unmap(_ region: consuming MappedRegion) throws(KernelError) {
    let start = unsafe UnsafeMutableRawPointer(bitPattern: UInt(region.address))
    let size = Int(region.size)
    region.relinquish()
    guard unsafe munmap(start, size) == 0 else { throw KernelError(.munmap, LinuxKernel.cause) }
  }
}

/// Memory of this process, owned by whoever holds it.
///
/// The pages a device reaches are those of the process that asked for the map, so memory and map belong to one process:
/// Linux 6.12 vfio_iommu_type1.c: vfio_dma_do_map.
public struct Memory: ~Copyable, Sendable {
  /// Where it starts in the address space of the process.
  public let address: UInt64
  /// Bytes.
  public let size: UInt64

  /// Takes over memory a kernel just gave.
  ///
  /// - Parameters:
  ///   - address: where it starts.
  ///   - size: bytes.
  public init(adopting address: UInt64, size: UInt64) {
    self.address = address
    self.size = size
  }

  deinit { assertionFailure("memory was lost without being given back") }

  /// Gives up ownership, for the kernel that takes it back.
  public consuming func relinquish() { discard self }
}

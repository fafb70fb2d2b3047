public import VFIOTypes

/// What a container with an IOMMU offers.
public struct IOMMUInformation: Hashable, Sendable {
  /// The page sizes; every mapping is a multiple of the smallest.
  public var pageSizes: PageSizes
  /// The bus addresses that can be mapped, ascending; nil where the kernel does not say (an mdev alone, a kernel before 5.4).
  ///
  /// They shrink with each group that is attached: Linux 6.12 vfio_iommu_type1.c: vfio_iommu_type1_attach_group.
  public var ranges: [IOVARange]?
  /// How many more mappings it takes; nil where the kernel does not say (before 5.10; the limit is 65535 there).
  public var available: UInt32?
  /// Bytes of the longest mapping whose dirty pages can be told; nil where the kernel does not say, or nothing limits it.
  ///
  /// Linux 6.12 vfio_iommu_type1.c: vfio_dma_bitmap_alloc refuses a longer one once writes are noted.
  public var longestMapping: UInt64? = nil

  /// Information of those parts.
  ///
  /// - Parameters:
  ///   - pageSizes: the page sizes.
  ///   - ranges: the bus addresses that can be mapped.
  ///   - available: how many more mappings it takes.
  public init(pageSizes: PageSizes, ranges: [IOVARange]?, available: UInt32?) {
    self.pageSizes = pageSizes
    self.ranges = ranges
    self.available = available
  }

  /// Whether a mapping of a range would lie in one of those that can be mapped, as far as the kernel says.
  func accepts(_ range: IOVARange) -> Bool {
    guard let ranges else { return true }
    for accepted in ranges where accepted.contains(range) { return true }
    return false
  }

  /// Capability ids of `VFIO_IOMMU_GET_INFO`, each read at version 1.
  private static let iovaRange: UInt16 = 1
  private static let migration: UInt16 = 2
  private static let dmaAvail: UInt16 = 3

  /// Reads an answer whose capabilities all fitted.
  package init(_ info: IOMMUInfo) throws(CapabilityChain.Fault) {
    self.init(pageSizes: info.pageSizes, ranges: nil, available: nil)
    let chain = info.capabilities
    for capability in try chain.capabilities() where capability.version == 1 {
      switch capability.id {
      case IOMMUInformation.iovaRange: ranges = try IOMMUInformation.ranges(of: capability, in: chain)
      case IOMMUInformation.dmaAvail:
        guard let word = chain.word(8, of: capability) else {
          throw CapabilityChain.Fault(what: "a cut capability of available mappings")
        }
        available = word
      case IOMMUInformation.migration:
        guard let sizes = chain.long(16, of: capability), let bitmap = chain.long(24, of: capability) else {
          throw CapabilityChain.Fault(what: "a cut capability of migration")
        }
        let pages = bitmap.multipliedReportingOverflow(by: 8)
        let bytes = pages.partialValue.multipliedReportingOverflow(by: PageSizes(mask: sizes).smallest ?? 0)
        longestMapping =
          pages.overflow || bytes.overflow || bytes.partialValue == 0 ? nil : bytes.partialValue
      default: continue
      }
    }
  }

  private static func ranges(
    of capability: CapabilityChain.Capability,
    in chain: CapabilityChain
  ) throws(CapabilityChain.Fault) -> [IOVARange] {
    guard let count = chain.word(8, of: capability), Int(count) <= chain.bytes.count / 16 else {
      throw CapabilityChain.Fault(what: "a cut capability of bus address ranges")
    }
    var ranges: [IOVARange] = []
    for index in 0..<Int(count) {
      guard let start = chain.long(16 + index * 16, of: capability),
        let last = chain.long(24 + index * 16, of: capability)
      else { throw CapabilityChain.Fault(what: "a cut capability of bus address ranges") }
      guard start <= last else {
        throw CapabilityChain.Fault(what: "a bus address range that ends before it starts")
      }
      ranges.append(IOVARange(start: start, last: last))
    }
    return ranges
  }
}

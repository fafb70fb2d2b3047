/// A request taken apart into the structure a kernel reads, be it as it should or not.
struct ModelTCERequest {
  private(set) var request: Request
  /// `argsz`; nil is what it should be.
  private(set) var size: UInt32?
  /// Bits of `flags` beside those of the request.
  var flags: UInt32 = 0
  /// The operation that is asked for instead, which there is none of.
  private(set) var operation: UInt32?
  /// Whether the size of the range is 0.
  private(set) var isEmpty = false

  init(_ request: Request) {
    self.request = request
    while case .malformed(let inner, let malformation) = self.request {
      self.request = inner
      switch malformation {
      case .size(let size): self.size = size
      case .flags(let flags): self.flags |= flags
      case .emptyRange: isEmpty = true
      case .operation(let number): operation = number
      }
    }
  }

  /// What every request of the driver checks first: that the structure is whole, and of its flags all are known.
  func check(_ smallest: UInt32, flags known: UInt32 = 0, _ what: String) throws(ModelRefusal) {
    guard size ?? smallest >= smallest else {
      throw ModelRefusal(.einval, "vfio_iommu_spapr_tce.c: tce_iommu_ioctl, \(what), argsz")
    }
    guard flags & ~known == 0 else {
      throw ModelRefusal(.einval, "vfio_iommu_spapr_tce.c: tce_iommu_ioctl, \(what), flags")
    }
  }
}

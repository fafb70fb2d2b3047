/// An object of an iommufd, owned by whoever holds it; it ends by a request, or with its iommufd.
struct IOMMUFDObject: ~Copyable, Sendable {
  let id: ObjectID
  let iommufd: DescriptorNumber

  init(_ id: ObjectID, of iommufd: DescriptorNumber) {
    self.id = id
    self.iommufd = iommufd
  }

  deinit { assertionFailure("an object of an iommufd was lost without being destroyed") }

  func check(of iommufd: borrowing IOMMUFD) {
    precondition(self.iommufd == iommufd.number, "an object is asked of its own iommufd")
  }

  consuming func destroy(
    of iommufd: borrowing IOMMUFD,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    check(of: iommufd)
    let id = id
    relinquish()
    try kernel.destroy(id, of: iommufd.descriptor)
  }

  consuming func relinquish() { discard self }
}

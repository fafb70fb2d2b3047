/// Single requests of iommufd with their replies taken apart.
extension Kernel where Self: ~Copyable {
  /// A request that makes or names an object.
  package mutating func object(
    _ request: Request,
    on descriptor: borrowing Descriptor
  ) throws(KernelError) -> ObjectID {
    guard case .object(let id) = try perform(request, on: descriptor) else {
      throw KernelError.strange(request.call)
    }
    return id
  }

  /// The bus addresses an IOAS takes, by the devices that are attached to it.
  package mutating func ranges(
    ofIOAS ioas: ObjectID,
    on iommufd: borrowing Descriptor
  ) throws(KernelError) -> IOASRanges {
    // Room for what every machine seen has: one call.
    var capacity: UInt32 = 16
    for _ in 0..<4 {
      let request = Request.ioasIOVARanges(ioas, capacity: capacity)
      guard case .ioasRanges(let answer) = try perform(request, on: iommufd) else {
        throw KernelError.strange(.ioasIOVARanges)
      }
      guard answer.count > capacity else { return answer }
      capacity = answer.count
    }
    throw KernelError(.ioasIOVARanges, .malformed("a need for room that does not end"))
  }
}

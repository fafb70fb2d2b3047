public import VFIOTypes

/// A call that failed, or that was not made because it could only fail.
public struct KernelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Why.
  public enum Cause: Error, Hashable, Sendable {
    /// The kernel answered with this error number.
    case system(ErrorNumber)
    /// The kernel answered with a number that is neither success nor an error; sPAPR does so.
    case returned(Int32)
    /// A check of ours found what the kernel would refuse, or would wrongly take.
    case range(RangeFault)
    /// A check of ours found why a DMA window cannot be made or removed.
    case window(WindowFault)
    /// A check of ours found that a device has no such interrupts.
    case interrupts(InterruptFault)
    /// More memory would be locked than the process may: the kernel would answer `ENOMEM`, some of it charged for good.
    case lockedMemory(LockedMemoryFault)
    /// The interface is of another version.
    case version(Int32)
    /// The answer makes no sense.
    case malformed(String)
    /// Whoever carries requests out on another machine did not ask the kernel there, by this clause.
    case refused(String)
    /// Whoever carries requests out on another machine answers no more; what was open there is closed with it.
    case lost
  }

  /// The call.
  public var call: Call
  /// Why.
  public var cause: Cause
  /// What it was asked of or about: `container 'net'`, `group 14`, `0000:01:00.0`; empty where the kernel behind the call does
  /// not know it.
  public var subject: String

  /// A failure of a call.
  ///
  /// - Parameters:
  ///   - call: the call.
  ///   - cause: why.
  ///   - subject: what it was asked of.
  public init(_ call: Call, _ cause: Cause, on subject: String = "") {
    self.call = call
    self.cause = cause
    self.subject = subject
  }

  /// The error number, where the kernel gave one.
  public var errno: ErrorNumber? {
    if case .system(let number) = cause { number } else { nil }
  }

  /// The same failure with its subject named, unless it is already.
  ///
  /// - Parameter subject: what the call was asked of.
  /// - Returns: the failure.
  public func on(_ subject: @autoclosure () -> String) -> KernelError {
    self.subject.isEmpty ? KernelError(call, cause, on: subject()) : self
  }

  /// One clause for the user: `group 14: VFIO_GROUP_SET_CONTAINER failed with EPERM`.
  public var description: String {
    let prefix = subject.isEmpty ? "" : "\(subject): "
    return switch cause {
    case .system(let number): "\(prefix)\(call.rawValue) failed with \(number.name)"
    case .returned(let number): "\(prefix)\(call.rawValue) returned \(number)"
    case .range(let fault): "\(prefix)\(fault), \(call.rawValue) was not asked"
    case .window(let fault): "\(prefix)\(fault), \(call.rawValue) was not asked"
    case .interrupts(let fault): "\(prefix)\(fault), \(call.rawValue) was not asked"
    case .lockedMemory(let fault): "\(prefix)\(fault), \(call.rawValue) was not asked"
    case .version(let number): "\(prefix)VFIO speaks version \(number) of its interface, expected 0"
    case .malformed(let what): "\(prefix)\(call.rawValue) answered \(what)"
    case .refused(let why): "\(prefix)\(call.rawValue) was not asked by the agent: \(why)"
    case .lost:
      "\(prefix)\(call.rawValue) was not answered: the stream to the agent ended, and the agent closes all it has open"
    }
  }
}

/// Why a range of bus addresses cannot be mapped or unmapped.
public enum RangeFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// `VFIO_SET_IOMMU` has not been carried out.
  case noIOMMU
  /// No byte in it.
  case empty
  /// It goes past the last address there is.
  case wraps
  /// An address or the size is no multiple of the smallest page size, in bytes.
  case unaligned(UInt64)
  /// Not within one range that the host accepts.
  case outside([IOVARange])
  /// It shares addresses with a mapping.
  case overlaps(IOVARange)
  /// It reaches past the memory it is to map, which has this many bytes.
  case pastMemory(UInt64)
  /// The container takes no more mappings.
  case noEntries
  /// Nothing is mapped there.
  case unmapped
  /// Devices may do nothing with it, or something no kernel knows.
  case noAccess
  /// sPAPR v1 is not enabled.
  case notEnabled
  /// Memory that is not registered whole, or a page of the window lies in two registrations.
  case notRegistered
  /// Memory that is registered already, or in part; the kernel takes a range once.
  case registered(IOVARange)
  /// Memory of which that many pages are mapped; unregistered now it would stay pinned and charged until the process ends, and be of
  /// use to devices on: Linux 6.12 vfio_iommu_spapr_tce.c: tce_iommu_unregister_pages.
  case mapped(Int)
  /// The window's pages are larger than those that are behind the memory, both in bytes.
  case pageTooLarge(UInt64, behind: UInt64)
  /// A pseries host maps nothing in a container of several groups.
  case severalGroups
  /// It would cut a mapping in two, which Type1v2 refuses and Type1 answers by unmapping more or nothing.
  case cuts(IOVARange)

  /// One clause.
  public var description: String {
    switch self {
    case .noIOMMU: "no IOMMU model is set"
    case .empty: "the range is empty"
    case .wraps: "the range goes past the last address"
    case .unaligned(let size): "the range is no multiple of \(ByteCount(size).sentence) pages"
    case .outside(let ranges):
      "the range is outside \(ranges.map(\.description).joined(separator: ", "))"
    case .overlaps(let other): "the range overlaps the mapping \(other)"
    case .pastMemory(let bytes): "the range is longer than its memory of \(ByteCount(bytes).sentence)"
    case .noEntries: "the container takes no more mappings"
    case .unmapped: "nothing is mapped in the range"
    case .noAccess: "devices may neither read nor write"
    case .notEnabled: "the container is not enabled"
    case .notRegistered: "the memory is not registered"
    case .registered(let other): "the memory is registered already: \(other)"
    case .mapped(let pages): "\(pages) pages of the memory are still mapped"
    case .pageTooLarge(let page, let behind):
      "pages of \(ByteCount(page).sentence) are larger than the memory's of \(ByteCount(behind).sentence)"
    case .severalGroups: "a pseries host maps nothing for a container of several groups"
    case .cuts(let other): "the range cuts the mapping \(other)"
    }
  }
}

import CLinux
import Glibc
public import VFIOCore
import VFIOTypes

/// This machine's kernel.
///
/// It fills the structures of `linux/vfio.h`, calls `ioctl` and reads them back: no decisions, no checks, no state.
public struct LinuxKernel: Kernel, ~Copyable, Sendable {
  /// The kernel this program runs on.
  public init() {}

  /// Opens a node of the machine.
  public mutating func open(_ node: Node) throws(KernelError) -> Descriptor {
    let number: Int32 =
      switch node {
      case .container: LinuxKernel.open("/dev/vfio/vfio")
      case .group(let id): LinuxKernel.open("/dev/vfio/\(id)")
      case .noIOMMUGroup(let id): LinuxKernel.open("/dev/vfio/noiommu-\(id)")
      case .iommufd: LinuxKernel.open("/dev/iommu")
      case .deviceNode(let number): LinuxKernel.open("/dev/vfio/devices/vfio\(number)")
      case .eventfd: vfioplan_eventfd()
      }
    guard number >= 0 else { throw KernelError(node.call, LinuxKernel.cause) }
    return Descriptor(adopting: DescriptorNumber(number))
  }

  /// Closes a descriptor of the machine.
  public mutating func close(_ descriptor: consuming Descriptor) throws(KernelError) {
    guard Glibc.close(descriptor.relinquish().number) == 0 else {
      throw KernelError(.close, LinuxKernel.cause)
    }
  }

  /// Carries out a request on the machine.
  public mutating func perform(
    _ request: Request,
    on descriptor: borrowing Descriptor
  ) throws(KernelError) -> Reply {
    let file = RequestFile(number: descriptor.number.number)
    do throws(KernelError.Cause) {
      // What a guest asks for at run time does without the room that the list of all requests takes.
      switch request {
      case .iommuMapDMA(let mapping): return try file.map(mapping)
      case .iommuUnmapDMA(let range): return try file.unmap(range)
      default: return try file.perform(request)
      }
    } catch { throw KernelError(request.call, error) }
  }

  private static func open(_ path: String) -> Int32 { unsafe Glibc.open(path, O_RDWR | O_CLOEXEC) }

  /// Why the call just made failed.
  static var cause: KernelError.Cause { .system(ErrorNumber(errno)) }
}

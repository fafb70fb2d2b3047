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
    let path =
      switch node {
      case .container: "/dev/vfio/vfio"
      case .group(let id): "/dev/vfio/\(id)"
      }
    let number = unsafe Glibc.open(path, O_RDWR | O_CLOEXEC)
    guard number >= 0 else { throw KernelError(.open, LinuxKernel.cause) }
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
      return try file.perform(request)
    } catch { throw KernelError(request.call, error) }
  }

  /// Takes memory of this process.
  public mutating func allocate(_ size: UInt64) throws(KernelError) -> Memory {
    guard
      let start = unsafe mmap(nil, Int(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      unsafe start != MAP_FAILED
    else { throw KernelError(.mmap, LinuxKernel.cause) }
    return Memory(adopting: UInt64(UInt(bitPattern: start)), size: size)
  }

  /// Gives memory back of this process.
  public mutating func release(_ memory: consuming Memory) throws(KernelError) {
    let start = unsafe UnsafeMutableRawPointer(bitPattern: UInt(memory.address))
    let size = Int(memory.size)
    memory.relinquish()
    guard unsafe munmap(start, size) == 0 else { throw KernelError(.munmap, LinuxKernel.cause) }
  }

  /// Why the call just made failed.
  static var cause: KernelError.Cause { .system(ErrorNumber(errno)) }
}

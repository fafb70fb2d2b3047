package import VFIOCore
import VFIOTypes

/// The kernel of the machine an agent runs on.
///
/// A descriptor is a handle of the agent and memory lies in its process: devices there reach what `fill` put there. When the stream
/// ends, all of it is closed and given back by the end of that process, and every call is answered with `lost`.
package struct RemoteKernel: Kernel, ~Copyable, Sendable {
  let agent: RemoteAgent

  /// The kernel behind an agent.
  package init(_ agent: RemoteAgent) { self.agent = agent }

  package mutating func open(_ node: Node) throws(KernelError) -> Descriptor {
    let (number, id): (UInt32, UInt32) =
      switch node {
      case .container: (0, 0)
      case .group(let id): (1, id.number)
      case .noIOMMUGroup(let id): (2, id.number)
      case .iommufd: (3, 0)
      case .deviceNode(let id): (4, id)
      case .eventfd: (5, 0)
      }
    var frame = Frame(.open)
    frame.word(number)
    frame.word(id)
    do throws(AgentError) {
      return Descriptor(adopting: DescriptorNumber(try agent.ask(frame).number))
    } catch { throw KernelError(node.call, error.cause) }
  }

  package mutating func close(_ descriptor: consuming Descriptor) throws(KernelError) {
    let frame = Frame(.close, on: descriptor.relinquish())
    do throws(AgentError) { _ = try agent.ask(frame).done() } catch { throw KernelError(.close, error.cause) }
  }

  package mutating func perform(
    _ request: Request,
    on descriptor: borrowing Descriptor
  ) throws(KernelError) -> Reply {
    let file = RemoteFile(agent: agent, number: descriptor.number)
    do throws(AgentError) {
      return try file.perform(request)
    } catch { throw KernelError(request.call, error.cause) }
  }
}

extension AgentError {
  /// What it is for whoever asked the kernel.
  var cause: KernelError.Cause {
    switch self {
    case .lost: .lost
    case .failed(_, let errno): .system(ErrorNumber(errno))
    case .returned(let number): .returned(number)
    case .refused(let refusal): .refused(refusal.words)
    case .malformed, .stranger: .malformed("with what is no answer of an agent")
    }
  }
}

import Execution
import HostDoors
import VFIOTypes

/// What a person is told while something is held.
enum HoldText {
  /// What is held, and what ends it.
  static func text(_ things: [HeldThing], isInputWatched: Bool) -> String {
    var rows: [(String, String)] = []
    for thing in things { rows.append(("\(kind(thing)) \(thing.name)", facts(thing))) }
    let width = rows.reduce(0) { max($0, $1.0.count) }
    var text = "held, until SIGINT, SIGTERM or SIGHUP"
    if isInputWatched { text += ", or the end of standard input where that is a pipe" }
    text += ":\n"
    for (name, facts) in rows {
      let padding = facts.isEmpty ? "" : String(repeating: " ", count: width - name.count + 2)
      text += "  \(name)\(padding)\(facts)\n"
    }
    return text
  }

  private static func kind(_ thing: HeldThing) -> String {
    thing.kindWord == "address-space" ? "address space" : thing.kindWord
  }

  private static func facts(_ thing: HeldThing) -> String {
    switch thing.kind {
    case .container(let model): model.map { "model \($0.rawValue)" } ?? ""
    case .group(let container): container.map { "in container \($0)" } ?? ""
    case .device(let address, let container): "\(address)" + (container.map { " in \($0)" } ?? "")
    case .iommufd: "/dev/iommu"
    case .addressSpace(let iommufd, let id): "number \(id) of \(iommufd)"
    case .memory(let start, let size, _):
      "\(ByteCount(size).sentence) at 0x\(String(start, radix: 16)) of guest \(thing.guest)"
    }
  }

  /// Which numbers a command has its descriptors at.
  static func numbers(_ things: [HeldThing], first: Int32) -> String {
    guard !things.isEmpty else { return "" }
    let parts = things.enumerated().map { place, thing in
      let number = first + Int32(place)
      return switch thing.kind {
      case .device(let address, _): "\(number) is \(address) (\(thing.name))"
      case .container, .group, .iommufd, .addressSpace, .memory: "\(number) is /dev/iommu"
      }
    }
    return "descriptors of the command: \(parts.joined(separator: ", "))\n"
  }

  static func listening(_ path: String, _ users: [UInt32]) -> String {
    let names = users.map { $0 == 0 ? "root" : "user \($0)" }
    return "held for a program of \(names.joined(separator: " or ")) at \(path)\n"
  }

  static func sentence(_ news: SocketNews) -> String {
    switch news {
    case .listening: "listening\n"
    case .refused(let peer):
      "process \(peer.pid) of user \(peer.user) was given nothing: it is not its user\n"
    case .lost(let peer): "process \(peer.pid) went before it had everything\n"
    case .handedOver(let peer): "handed over to process \(peer.pid) of user \(peer.user)\n"
    }
  }

  /// Who asked for the end.
  static func words(_ end: HoldEnd) -> String {
    switch end {
    case .signal(let name): "ended by \(name)"
    case .inputEnded: "ended with standard input"
    case .peerGone: "ended by the program at the socket"
    }
  }
}

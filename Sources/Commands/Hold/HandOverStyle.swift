import Diagnostics
import HostDoors

/// To whom what is held is handed over.
struct HandOverStyle: Hashable, Sendable {
  /// What is run with the descriptors of a guest: a program and its arguments; none is no command.
  var command: [String] = []
  /// Where a socket is made for a program that takes everything.
  var socket: String?
  /// The user whose programs are given something there, by name or number.
  var peer: String?

  mutating func take(option name: String, _ words: inout PlainWords) -> Bool {
    switch name {
    case "--socket": socket = words.value()
    case "--peer": peer = words.value()
    default: return false
    }
    return true
  }

  func fault(at level: ApplyLevel?) -> String? {
    if level != .hold {
      let others = [
        ("a command after '--'", !command.isEmpty), ("'--socket'", socket != nil), ("'--peer'", peer != nil),
      ]
      return others.first { $0.1 }.map { "\($0.0) takes what is held, so it goes with the level 'hold'" }
    }
    if !command.isEmpty, socket != nil { return "'--socket' and a command after '--' exclude each other" }
    if peer != nil, socket == nil { return "'--peer' says who may come to '--socket'" }
    return command.first == "" ? "the command after '--' has no name" : nil
  }

  /// Whose programs may take everything: root's, and those of the user who is named or else of the one who started this.
  ///
  /// Under `sudo` that is who called it. Root could take it anyway.
  func users<Door: Machine>(on machine: Door) throws(UsageFault) -> [UInt32] {
    guard let peer else {
      let own = machine.keeper.user
      let caller = own == 0 ? machine.variable("SUDO_UID").flatMap { UInt32($0) } ?? own : own
      return caller == 0 ? [0] : [caller, 0]
    }
    guard let user = UInt32(peer) ?? HandOverStyle.number(ofUser: peer, on: machine) else {
      throw UsageFault("there is no user '\(peer)' in /etc/passwd")
    }
    return user == 0 ? [0] : [user, 0]
  }

  private static func number<Door: Machine>(ofUser name: String, on machine: Door) -> UInt32? {
    guard let bytes = try? machine.files.read("/etc/passwd", limit: 16 << 20) else { return nil }
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      guard fields.count >= 3, fields[0].elementsEqual(name.utf8) else { continue }
      return UInt32(String(decoding: fields[2], as: UTF8.self))
    }
    return nil
  }
}

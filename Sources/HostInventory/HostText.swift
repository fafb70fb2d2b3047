import HostDoors
import VFIOTypes

/// Small questions to the files of a host; what cannot be answered is nil, since unknown is not false.
struct HostText: Sendable {
  let files: any HostFiles

  /// Files below /sys and /proc are small, but for those with a paragraph for each processor or mount.
  private static let limit = 16 << 20

  func bytes(_ path: String) -> [UInt8]? { try? files.read(path, limit: HostText.limit) }

  /// The text of a file without the newline at its end.
  func text(_ path: String) -> String? {
    guard var bytes = bytes(path) else { return nil }
    while let last = bytes.last, last == 0x0a || last == 0 { bytes.removeLast() }
    return HostText.printable(String(decoding: bytes, as: UTF8.self))
  }

  /// A text without the characters that no document of ours may hold.
  private static func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isHidden) else { return text }
    let scalars = text.unicodeScalars.map { isHidden($0) ? "\u{fffd}" : $0 }
    return String(String.UnicodeScalarView(scalars))
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0a: false
    case 0..<0x20, 0x7f...0x9f, 0x061c, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff, 0xfffe,
      0xffff:
      true
    default: false
    }
  }

  func lines(_ path: String) -> [Substring]? {
    text(path).map { $0.split(separator: "\n") }.map { $0.map { Substring($0) } }
  }

  /// A number that makes sense as what the file is to say.
  func number(_ path: String, in range: ClosedRange<Int>) -> Int? {
    text(path).flatMap { Int($0) }.flatMap { range.contains($0) ? $0 : nil }
  }

  /// The digits of a `0x...` file, in small letters, padded.
  func hex(_ path: String, digits: Int) -> String? {
    text(path).flatMap { Hexadecimal.value($0) }.map { Hexadecimal.text($0, digits: digits) }
      .flatMap { $0.utf8.count == digits ? $0 : nil }
  }

  func names(_ path: String) -> [String]? { try? files.names(in: path) }

  /// Whether something stands at a path; nil where it cannot be seen whether.
  func isThere(_ path: String) -> Bool? {
    do throws(HostFileError) {
      _ = try files.status(path)
      return true
    } catch {
      return error.reason == .absent ? false : nil
    }
  }

  func exists(_ path: String) -> Bool { isThere(path) == true }

  /// The last part of where a link points.
  func linkName(_ path: String) -> String? {
    (try? files.target(ofLink: path)).map { HostText.lastPart($0) }
  }

  /// Who may open what stands at a path.
  func access(_ path: String) -> HostSnapshot.Access? {
    (try? files.status(path)).map { HostSnapshot.Access(mode: $0.mode, owner: $0.user) }
  }

  func resolved(_ path: String) -> String? { try? files.resolved(path) }

  static func lastPart(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}

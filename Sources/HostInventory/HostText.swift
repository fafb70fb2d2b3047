import HostDoors
import VFIOTypes

/// Small questions to the files of a host; what cannot be answered is nil, since unknown is not false.
struct HostText: Sendable {
  let files: any HostFiles

  /// Files below /sys and /proc are small; what is larger is not the file that is meant.
  private static let limit = 1 << 20

  func bytes(_ path: String) -> [UInt8]? { try? files.read(path, limit: HostText.limit) }

  /// The text of a file without the newline at its end.
  func text(_ path: String) -> String? {
    guard var bytes = bytes(path) else { return nil }
    while let last = bytes.last, last == 0x0a || last == 0 { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }

  func lines(_ path: String) -> [Substring]? {
    text(path).map { $0.split(separator: "\n") }.map { $0.map { Substring($0) } }
  }

  func number(_ path: String) -> Int? { text(path).flatMap { Int($0) } }

  /// The digits of a `0x...` file, in small letters, padded.
  func hex(_ path: String, digits: Int) -> String? {
    text(path).flatMap { Hexadecimal.value($0) }.map { Hexadecimal.text($0, digits: digits) }
  }

  func names(_ path: String) -> [String]? { try? files.names(in: path) }

  func exists(_ path: String) -> Bool { (try? files.status(path)) != nil }

  /// The last part of where a link points.
  func linkName(_ path: String) -> String? {
    (try? files.target(ofLink: path)).map { HostText.lastPart($0) }
  }

  func resolved(_ path: String) -> String? { try? files.resolved(path) }

  static func lastPart(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}

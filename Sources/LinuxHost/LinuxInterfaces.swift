import CLinux
import Glibc

/// Network interfaces by their addresses.
package enum LinuxInterfaces {
  /// The interface that has an address, written as `SSH_CONNECTION` does; nil where none has it.
  package static func name(having address: String) -> String? {
    // A link-local address carries the interface it belongs to.
    if let percent = address.firstIndex(of: "%") { return String(address[address.index(after: percent)...]) }
    guard let wanted = bytes(of: address) else { return nil }
    var first: UnsafeMutablePointer<ifaddrs>?
    guard unsafe getifaddrs(&first) == 0 else { return nil }
    defer { unsafe freeifaddrs(first) }
    var next = unsafe first
    while let entry = unsafe next {
      unsafe next = entry.pointee.ifa_next
      guard let socketAddress = unsafe entry.pointee.ifa_addr else { continue }
      let family = Int32(unsafe socketAddress.pointee.sa_family)
      let found: [UInt8]? =
        if family == AF_INET {
          unsafe socketAddress.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
            unsafe withUnsafeBytes(of: $0.pointee.sin_addr) { unsafe Array($0) }
          }
        } else if family == AF_INET6 {
          unsafe socketAddress.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
            unsafe withUnsafeBytes(of: $0.pointee.sin6_addr) { unsafe Array($0) }
          }
        } else {
          nil
        }
      if found == wanted { return unsafe String(cString: entry.pointee.ifa_name) }
    }
    return nil
  }

  private static func bytes(of address: String) -> [UInt8]? {
    var four = in_addr()
    if unsafe inet_pton(AF_INET, address, &four) == 1 {
      return unsafe withUnsafeBytes(of: four) { unsafe Array($0) }
    }
    var six = in6_addr()
    guard unsafe inet_pton(AF_INET6, address, &six) == 1 else { return nil }
    return unsafe withUnsafeBytes(of: six) { unsafe Array($0) }
  }

  static func text(four bytes: [UInt8]) -> String { bytes.map { "\($0)" }.joined(separator: ".") }

  /// Eight groups of digits; `inet_pton` reads it, and nobody else does.
  static func text(six bytes: [UInt8]) -> String {
    stride(from: 0, to: 16, by: 2).map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
      .joined(separator: ":")
  }
}

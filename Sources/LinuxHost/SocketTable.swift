/// The tables of TCP sockets, `/proc/net/tcp` and `tcp6`.
package enum SocketTable {
  /// The local address of an established connection with one of these inode numbers.
  package static func localAddress(ofAny inodes: Set<String>, four: String?, six: String?) -> String? {
    for table in [four, six] {
      for line in table?.split(separator: "\n").dropFirst() ?? [] {
        let words = line.split(separator: " ")
        // Linux 6.12, net/ipv4/tcp_ipv4.c: get_tcp4_sock; state 1 is established.
        guard words.count > 9, words[3] == "01", inodes.contains(String(words[9])),
          let digits = words[1].split(separator: ":").first
        else { continue }
        if let address = address(digits) { return address }
      }
    }
    return nil
  }

  /// Words of eight digits, each as the machine's own order reads four bytes of the address.
  private static func address(_ digits: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = digits
    while !rest.isEmpty {
      guard rest.count >= 8, let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
      for shift in [0, 8, 16, 24] as [UInt32] {
        let memory = UInt32(littleEndian: word) == word ? shift : 24 - shift
        bytes.append(UInt8(truncatingIfNeeded: word >> memory))
      }
      rest = rest.dropFirst(8)
    }
    if bytes.count == 4 { return LinuxInterfaces.text(four: bytes) }
    guard bytes.count == 16 else { return nil }
    // A connection of the older family on a socket of the newer one.
    if bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] {
      return LinuxInterfaces.text(four: Array(bytes.suffix(4)))
    }
    return LinuxInterfaces.text(six: bytes)
  }
}

/// The address of a PCI function: domain, bus, device and function.
///
/// Written with four parts in lower-case hexadecimal, `0001:01:00.0`. Domains above 0xffff exist on hosts (Intel VMD
/// makes them) and are written with as many digits as they need.
public struct PCIAddress: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The PCI domain (segment), 0 to 0xffffffff.
  public var domain: UInt32
  /// The bus number, 0 to 255.
  public var bus: UInt8
  /// The device number on the bus, 0 to 31.
  public var device: UInt8
  /// The function of the device, 0 to 7.
  public var function: UInt8

  /// An address of parts known to be in range: device below 32, function below 8.
  public init(domain: UInt32, bus: UInt8, device: UInt8, function: UInt8) {
    precondition(device < 32 && function < 8, "a PCI device number is below 32, a function below 8")
    self.domain = domain
    self.bus = bus
    self.device = device
    self.function = function
  }

  /// The address written `DDDD:BB:DD.F`, or nil where the text is anything else.
  ///
  /// The domain takes four to eight digits; the short form without a domain is not read, since it names another
  /// device on a host with several domains.
  public init?(_ text: some StringProtocol) {
    let utf8 = Array(text.utf8)
    self.init(utf8: utf8[...])
  }

  /// The same, from UTF-8 bytes.
  public init?(utf8: ArraySlice<UInt8>) {
    guard utf8.count >= 12, utf8.count <= 16 else { return nil }
    let tail = utf8.endIndex
    guard utf8[tail - 2] == UInt8(ascii: "."), utf8[tail - 5] == UInt8(ascii: ":"),
      utf8[tail - 8] == UInt8(ascii: ":"),
      let domain = Hexadecimal.value(utf8[..<(tail - 8)]),
      let bus = Hexadecimal.value(utf8[(tail - 7)..<(tail - 5)]),
      let device = Hexadecimal.value(utf8[(tail - 4)..<(tail - 2)]), device < 32,
      let function = Hexadecimal.value(utf8[(tail - 1)...]), function < 8
    else { return nil }
    // A domain has no leading zeros beyond four digits: one address, one spelling.
    guard utf8.count == 12 || domain > 0xffff else { return nil }
    self.domain = UInt32(domain)
    self.bus = UInt8(bus)
    self.device = UInt8(device)
    self.function = UInt8(function)
  }

  /// Device and function in one byte, as the kernel and DRC ids carry them.
  @inlinable public var devfn: UInt8 { device << 3 | function }

  /// The address with another function of the same device.
  public func with(function: UInt8) -> PCIAddress {
    PCIAddress(domain: domain, bus: bus, device: device, function: function)
  }

  /// The text as above.
  public var description: String {
    "\(Hexadecimal.text(UInt64(domain), digits: 4)):\(Hexadecimal.text(UInt64(bus), digits: 2)):"
      + "\(Hexadecimal.text(UInt64(device), digits: 2)).\(function)"
  }

  /// The order of addresses: domain, bus, device, function.
  @inlinable
  public static func < (left: PCIAddress, right: PCIAddress) -> Bool { left.order < right.order }

  /// Equal in all four parts.
  @inlinable
  public static func == (left: PCIAddress, right: PCIAddress) -> Bool { left.order == right.order }

  /// All four parts at once.
  @inlinable
  public func hash(into hasher: inout Hasher) { hasher.combine(order) }

  /// All of it in one number.
  @inlinable var order: UInt64 { UInt64(domain) << 16 | UInt64(bus) << 8 | UInt64(devfn) }
}

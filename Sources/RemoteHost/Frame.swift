import VFIOCore

/// A request on its way to the agent: the length, the operation and its arguments, all little-endian.
///
/// Which arguments an operation has stands in the table of `vfio-agent.c`, by letters; the method for a letter is named beside it.
struct Frame {
  private(set) var bytes: [UInt8]

  init(_ operation: Operation) {
    bytes = []
    bytes.reserveCapacity(96)
    word(0)
    half(operation.rawValue)
  }

  /// One about an open file: `d`.
  init(_ operation: Operation, on descriptor: DescriptorNumber) {
    self.init(operation)
    handle(descriptor)
  }

  /// `h`.
  mutating func half(_ value: UInt16) { append(value) }

  /// `u`, `w`, `n`, `N`, `m`.
  mutating func word(_ value: UInt32) { append(value) }

  /// `q`, `W`, `l`, `S`, `G`.
  mutating func long(_ value: UInt64) { append(value) }

  /// `d`, `f`: where no handle is meant, one that the agent has not given.
  mutating func handle(_ descriptor: DescriptorNumber) { word(UInt32(bitPattern: descriptor.number)) }

  /// `v`.
  mutating func place(_ address: UInt64) {
    let place = MemoryPlace(address)
    word(place.handle)
    long(place.offset)
  }

  /// `s`, `P`, `R`, `O`, `L`: at most as long as a path may be, since what is cut would be another.
  mutating func text(_ text: some StringProtocol) {
    let utf8 = Array(text.utf8)
    half(UInt16(clamping: utf8.count + 1))
    bytes += utf8
    bytes.append(0)
  }

  /// `b`, `i`.
  mutating func blob(_ content: some Collection<UInt8>) {
    word(UInt32(clamping: content.count))
    bytes += content
  }

  /// `D`: nil is none.
  mutating func handles(_ descriptors: [DescriptorNumber?]) {
    word(UInt32(clamping: descriptors.count))
    for descriptor in descriptors { word(descriptor.map { UInt32(bitPattern: $0.number) } ?? UInt32.max) }
  }

  /// The whole frame with its length in front.
  func finished() -> [UInt8] {
    var bytes = bytes
    let length = UInt32(bytes.count - 4)
    for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: length >> UInt32(index * 8)) }
    return bytes
  }

  private mutating func append(_ value: some FixedWidthInteger) {
    var rest = value
    for _ in 0..<(value.bitWidth / 8) {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }
}

/// Memory of the agent by its handle, as an address: a number that names memory and a place in it.
///
/// No address of the agent's process ever crosses the stream, and none of ours means anything there.
struct MemoryPlace: Hashable {
  /// The handle; ~0 for memory that nobody has.
  var handle: UInt32
  var offset: UInt64

  /// Bytes from one memory's address to the next one's: more than a processor has addresses.
  private static let shift: UInt64 = 48

  init(handle: UInt32, offset: UInt64) {
    self.handle = handle
    self.offset = offset
  }

  init(_ address: UInt64) {
    handle = UInt32(truncatingIfNeeded: address >> MemoryPlace.shift) &- 1
    offset = address & (1 << MemoryPlace.shift - 1)
  }

  var address: UInt64 { UInt64(handle + 1) << MemoryPlace.shift + offset }
}

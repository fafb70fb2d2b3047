import Testing
import VFIOCore

/// A table a real kernel was asked for, with what it charged in bytes: the lab's table, sections w1 to v2win.
private struct Measured: Sendable, CustomTestStringConvertible {
  var shift: UInt32
  var size: UInt64
  var levels: UInt32 = 1
  var powernv: UInt64
  var pseries: UInt64?
  var testDescription: String { "pages of 1 << \(shift), \(size) bytes, \(levels) levels" }
}

/// A shape of a table, and which powernv kernels made it.
private struct Shape: Sendable, CustomTestStringConvertible {
  var shift: UInt32
  var bits: UInt64
  var levels: UInt32
  var on64K: Bool
  var on4K: Bool
  var testDescription: String { "pages of 1 << \(shift), 1 << \(bits) bytes, \(levels) levels" }
}

@Suite struct TCETableSizeTests {
  @Test(arguments: [
    Measured(shift: 12, size: 1 << 31, powernv: 8192 << 10, pseries: 4096 << 10),
    Measured(shift: 12, size: 1 << 30, powernv: 4096 << 10, pseries: 2048 << 10),
    Measured(shift: 16, size: 1 << 32, powernv: 1024 << 10, pseries: 512 << 10),
    Measured(shift: 16, size: 1 << 33, powernv: 2048 << 10, pseries: 1024 << 10),
    Measured(shift: 16, size: 1 << 34, powernv: 4096 << 10, pseries: 2048 << 10),
    Measured(shift: 21, size: 1 << 36, powernv: 512 << 10, pseries: 256 << 10),
    Measured(shift: 16, size: 1 << 28, levels: 2, powernv: (320 - 64) << 10),
    Measured(shift: 16, size: 1 << 28, powernv: 128 << 10),
    Measured(shift: 16, size: 1 << 40, powernv: 262144 << 10, pseries: (4333568 - 4202496) << 10),
    Measured(shift: 16, size: 1 << 40, levels: 2, powernv: (524416 - 262144) << 10),
  ])
  fileprivate func `a table costs what real kernels charged`(_ table: Measured) {
    let window = TCEWindow(pageShift: table.shift, size: table.size, levels: table.levels)
    #expect(TCETableSize.powernv(window, hostPage: 0x1_0000) == table.powernv)
    if let pseries = table.pseries { #expect(TCETableSize.pseries(window) == pseries) }
  }

  @Test(arguments: [
    Shape(shift: 16, bits: 44, levels: 1, on64K: false, on4K: false),
    Shape(shift: 16, bits: 40, levels: 1, on64K: false, on4K: false),
    Shape(shift: 16, bits: 40, levels: 2, on64K: true, on4K: true),
    Shape(shift: 16, bits: 40, levels: 3, on64K: false, on4K: true),
    Shape(shift: 16, bits: 48, levels: 3, on64K: false, on4K: true),
    Shape(shift: 16, bits: 48, levels: 5, on64K: false, on4K: false),
    Shape(shift: 16, bits: 34, levels: 1, on64K: true, on4K: true),
    Shape(shift: 21, bits: 36, levels: 1, on64K: true, on4K: true),
    Shape(shift: 30, bits: 40, levels: 1, on64K: true, on4K: true),
    Shape(shift: 12, bits: 32, levels: 1, on64K: true, on4K: true),
  ])
  fileprivate func `a shape is possible where a real kernel made it`(_ shape: Shape) {
    let window = TCEWindow(pageShift: shape.shift, size: 1 << shape.bits, levels: shape.levels)
    #expect(TCETableSize.isMadeByPowernv(window, hostPage: 0x1_0000) == shape.on64K)
    #expect(TCETableSize.isMadeByPowernv(window, hostPage: 0x1000) == shape.on4K)
  }
}

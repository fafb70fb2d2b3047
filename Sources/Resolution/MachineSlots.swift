import Diagnostics
import GuestSchema
package import VFIOTypes

/// Slots of the main root bus that a machine fills by itself.
package enum MachineSlots {
  /// A slot, which functions of it are taken, and by what.
  package struct Taken: Hashable, Sendable {
    package var slot: Int
    /// A bit for each function.
    package var functions: UInt8
    package var what: String
  }

  /// In the order of the slots.
  ///
  /// QEMU 10.0: hw/i386/pc_q35.c and hw/isa/lpc_ich9.c (functions 0, 2 and 3 of slot 31), hw/i386/pc_piix.c (functions
  /// 0, 1 and 3 of slot 1), hw/pci-host/gpex.c. A display of `-vga` is made before what `-device` names, so it takes
  /// the first free slot.
  package static func taken(by family: MachineType.Family, hasDisplay: Bool) -> [Taken] {
    switch family {
    case .q35:
      [Taken(slot: 0, functions: 1, what: "the host bridge")]
        + (hasDisplay ? [Taken(slot: 1, functions: 1, what: "the emulated display")] : [])
        + [Taken(slot: 31, functions: 0b1101, what: "the ICH9 chip")]
    case .pc:
      [
        Taken(slot: 0, functions: 1, what: "the host bridge"),
        Taken(slot: 1, functions: 0b1011, what: "the PIIX3 chip"),
      ] + (hasDisplay ? [Taken(slot: 2, functions: 1, what: "the emulated display")] : [])
    case .virt: [Taken(slot: 0, functions: 1, what: "the host bridge")]
    case .pseries, .powernv, .s390, .unknown: []
    }
  }
}

extension ResolvedGuest {
  /// What the machine puts on the main root bus of this guest.
  package var machineSlots: [MachineSlots.Taken] {
    MachineSlots.taken(
      by: machine.family,
      hasDisplay: (configuration.vga?.value ?? Guest.VGA.none) != Guest.VGA.none
    )
  }

  /// How many bus numbers a host bridge needs: its own, and those of what hangs below it.
  ///
  /// A conventional expander carries a bridge of its own, below which its devices sit: QEMU 10.0,
  /// hw/pci-bridge/pci_expander_bridge.c: pxb_dev_realize_common. What a port reserves is a least number below it, not
  /// added to what is there: SeaBIOS 1.16, src/fw/pciinit.c: pci_bios_init_bus_rec.
  package func busesNeeded(by bridge: ResolvedBridge) -> Int {
    var below = [Int](repeating: 0, count: ports.count)
    var sum = bridge.kind.value == .pxb ? 2 : 1
    // Ports stand after the one they hang from, so that from the back each has all its children counted.
    for index in bridge.ports.reversed() {
      let reserved = ports[index].written?.reserve.buses?.value ?? 0
      let own = 1 + max(below[index], reserved)
      if let parent = ports[index].parent, parent < index { below[parent] += own } else { sum += own }
    }
    return sum
  }
}

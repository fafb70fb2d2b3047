/// The kind of a guest host bridge.
package enum HostBridgeKind: String, Hashable, Sendable, CaseIterable {
  /// The built-in root of machines other than pseries and s390.
  case root
  /// A PAPR host bridge.
  case spapr
  case pxb
  case pxbPCIe = "pxb-pcie"
  /// A PCI segment of Cloud Hypervisor.
  case segment
  case zpci
}

/// The kind of a port or bridge below a guest host bridge.
package enum PortKind: String, Hashable, Sendable, CaseIterable {
  case rootPort = "root-port"
  case upstream, downstream
  case pciePCIBridge = "pcie-pci-bridge"
  case pciBridge = "pci-bridge"
  case dmiToPCIBridge = "dmi-to-pci-bridge"
}

/// The instruction set of a guest.
package enum GuestArchitecture: String, Hashable, Sendable, CaseIterable {
  case x86 = "x86_64"
  case arm = "aarch64"
  case power = "ppc64"
  case riscv = "riscv64"
  case s390 = "s390x"
}

/// The program that runs a guest.
package enum HypervisorName: String, Hashable, Sendable, CaseIterable {
  case qemu, libvirt
  case cloudHypervisor = "cloud-hypervisor"
  case crosvm, other
}

/// What executes a guest's instructions.
package enum Accelerator: String, Hashable, Sendable, CaseIterable {
  case kvm, tcg
}

/// What lies behind guest RAM on the host.
package enum MemoryBacking: String, Hashable, Sendable, CaseIterable {
  case anonymous, memfd, hugetlbfs, file
  case deviceDAX = "device-dax"
}

/// Where a guest's interrupt controller is emulated.
package enum InterruptChip: String, Hashable, Sendable, CaseIterable {
  case kernel, split, user
}

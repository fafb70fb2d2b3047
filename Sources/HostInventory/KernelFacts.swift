import HostDoors
import VFIOTypes

/// What the kernel is, what it was told, and what its process may do.
enum KernelFacts {
  static func kernel(_ host: HostText) -> HostSnapshot.Kernel {
    var kernel = HostSnapshot.Kernel()
    kernel.release = host.text("/proc/sys/kernel/osrelease")
    // Only what concerns IOMMUs and devices: the rest may hold names of disks and hosts.
    let stems = [
      "iommu", "intel_iommu", "amd_iommu", "intremap", "nointremap", "pcie_acs_override", "vfio",
      "initcall_blacklist", "pci=",
    ]
    kernel.options = kernel.release.flatMap { host.lines("/boot/config-\($0)") }.map(options)
    kernel.commandLine = host.text("/proc/cmdline").map { line in
      line.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)
        .filter { word in stems.contains(where: word.hasPrefix) || word.contains("vfio") }
    }
    return kernel
  }

  /// The options rules ask for.
  static let options = [
    "CONFIG_AMD_IOMMU", "CONFIG_ARM_SMMU_V3", "CONFIG_INTEL_IOMMU", "CONFIG_INTEL_IOMMU_DEFAULT_ON",
    "CONFIG_IOMMUFD",
    "CONFIG_IOMMUFD_VFIO_CONTAINER", "CONFIG_IRQ_REMAP", "CONFIG_PCI_IOV", "CONFIG_SPAPR_TCE_IOMMU",
    "CONFIG_VFIO",
    "CONFIG_VFIO_CONTAINER", "CONFIG_VFIO_DEVICE_CDEV", "CONFIG_VFIO_GROUP", "CONFIG_VFIO_IOMMU_TYPE1",
    "CONFIG_VFIO_NOIOMMU", "CONFIG_VFIO_PCI", "CONFIG_VFIO_PCI_IGD", "CONFIG_VFIO_PCI_VGA",
  ]

  /// `CONFIG_VFIO=m`, and `# CONFIG_VFIO_NOIOMMU is not set`; an option the file does not name is not there to be set.
  private static func options(_ lines: [Substring]) -> [HostSnapshot.Kernel.Option] {
    let set = lines.compactMap { line -> (Substring, String)? in
      let words = line.split(separator: "=", maxSplits: 1)
      return words.count == 2 && ["y", "m"].contains(words[1]) ? (words[0], String(words[1])) : nil
    }
    let values = Dictionary(set) { first, _ in first }
    return options.map { .init(name: $0, value: values[Substring($0)] ?? "n") }
  }

  /// The size of a page of ordinary memory.
  static func pageSize(_ host: HostText, _ architecture: GuestArchitecture?) -> UInt64? {
    // A saved tree may carry it as a file of its own, since the file below is not text.
    if let saved = host.text("/meta/page-size").flatMap({ UInt64($0) }), isPageSize(saved) {
      return saved
    }
    if let vector = host.bytes("/proc/self/auxv"), let size = pageSize(auxiliaryVector: vector),
      isPageSize(size)
    {
      return size
    }
    // x86 and s390 have one size.
    return architecture == .x86 || architecture == .s390 ? 4096 : nil
  }

  private static func isPageSize(_ size: UInt64) -> Bool { [4096, 16384, 65536].contains(size) }

  /// AT_PAGESZ of the auxiliary vector, pairs of 64-bit numbers in the host's own byte order.
  private static func pageSize(auxiliaryVector vector: [UInt8]) -> UInt64? {
    func word(_ offset: Int) -> UInt64 {
      vector[offset..<(offset + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    for offset in stride(from: 0, to: vector.count - 15, by: 16) where word(offset) == 6 {
      return word(offset + 8)
    }
    return nil
  }

  /// The modules whose presence or parameters rules ask for.
  private static let modules = [
    "iommufd", "kvm", "kvm_amd", "kvm_hv", "kvm_intel", "pci_stub", "vfio", "vfio_iommu_spapr_tce",
    "vfio_iommu_type1", "vfio_pci", "vfio_pci_core",
  ]

  static func modules(_ host: HostText) -> [HostSnapshot.Module]? {
    guard host.names("/sys/module") != nil else { return nil }
    return modules.compactMap { name in
      let folder = "/sys/module/\(name)"
      guard let isThere = host.isThere(folder) else { return nil }
      guard isThere else { return HostSnapshot.Module(name: name, isLoaded: false) }
      let parameters = (host.names("\(folder)/parameters") ?? []).compactMap { parameter in
        host.text("\(folder)/parameters/\(parameter)").map {
          HostSnapshot.Module.Parameter(name: parameter, value: $0)
        }
      }
      return HostSnapshot.Module(
        name: name,
        isLoaded: true,
        parameters: name.hasPrefix("kvm") ? [] : parameters
      )
    }
  }

  /// The limits of the user that looks.
  static func users(_ host: HostText) -> [HostSnapshot.User] {
    guard let limits = host.lines("/proc/self/limits") else { return [] }
    let status = host.lines("/proc/self/status") ?? []
    let uid = status.first { $0.hasPrefix("Uid:") }?.split(whereSeparator: \.isWhitespace).dropFirst().first
    var user = HostSnapshot.User(name: uid.map { $0 == "0" ? "root" : String($0) } ?? "self")
    for line in limits {
      if line.hasPrefix("Max locked memory") {
        user.memlock = softLimit(line).flatMap { text in
          text == "unlimited" ? .unlimited : UInt64(text).flatMap { $0 > Int.max ? nil : .bytes($0) }
        }
      } else if line.hasPrefix("Max open files") {
        user.openFiles = softLimit(line).flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
      }
    }
    if let line = status.first(where: { $0.hasPrefix("CapEff:") }),
      let mask = line.split(whereSeparator: \.isWhitespace).last.flatMap({ Hexadecimal.value($0) })
    {
      user.hasIPCLock = mask >> 14 & 1 == 1
    }
    return [user]
  }

  /// The columns are soft limit, hard limit and unit, after a name of three words.
  private static func softLimit(_ line: Substring) -> Substring? {
    line.split(separator: " ").dropFirst(3).first
  }

  /// The control nodes of VFIO; those of groups and devices carry numbers of one boot.
  static func nodes(_ host: HostText) -> [HostSnapshot.Node]? {
    guard host.names("/dev") != nil else { return nil }
    let paths = ["/dev/iommu", "/dev/kvm", "/dev/vfio/vfio"]
    // A list without one that cannot be seen would say that it is not there.
    guard paths.allSatisfy({ host.isThere($0) != nil }) else { return nil }
    return paths.compactMap { path in
      (try? host.files.status(path)).map {
        HostSnapshot.Node(path: path, mode: $0.mode, owner: $0.user)
      }
    }
  }
}

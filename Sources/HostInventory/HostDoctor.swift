package import HostDoors
import VFIOTypes

/// Says whether a host can give devices to guests, what is missing, and how to get it.
package enum HostDoctor {
  /// Looks at a live host or a saved tree.
  package static func examine(_ files: any HostFiles) -> Checkup {
    examine(SysfsReader.snapshot(of: files), HostText(files: files))
  }

  private static func examine(_ snapshot: HostSnapshot, _ host: HostText) -> Checkup {
    let looked: [Checkup.Item?] = [
      iommu(snapshot, host), sharedGroups(snapshot), isolation(snapshot), driver(host), container(snapshot),
      iommufd(snapshot), interruptRemapping(snapshot), memlock(snapshot), permissions(snapshot, host),
      groupNodes(host),
    ]
    return Checkup(items: looked.compactMap(\.self))
  }

  // MARK: The IOMMU

  private static func iommu(_ snapshot: HostSnapshot, _ host: HostText) -> Checkup.Item {
    guard let groups = snapshot.groups else {
      return .init(
        .iommu,
        .unknown,
        "whether the IOMMU is on cannot be read",
        cures: ["look into /sys/kernel/iommu_groups"]
      )
    }
    // Groups that VFIO makes without an IOMMU have a name of their own: Linux 6.12, drivers/vfio/group.c:
    // vfio_noiommu_group_alloc.
    let real = groups.filter { $0.name != "vfio-noiommu" }
    guard real.isEmpty else {
      let names = (snapshot.iommus ?? []).map(\.name)
      let units = names.isEmpty ? "" : " (\(names.joined(separator: ", ")))"
      return .init(.iommu, .good, "the IOMMU is on\(units): \(real.count) groups")
    }
    return .init(
      .iommu,
      .missing,
      "the IOMMU is off: there are no IOMMU groups",
      cures: cures(snapshot, host)
    )
  }

  /// What turns the IOMMU on.
  ///
  /// An option that turns it off is taken away, else what firmware offers is used, else it is to offer it. Linux 6.12, Documentation/admin-guide/kernel-parameters.txt: amd_iommu, intel_iommu, iommu.
  private static func cures(_ snapshot: HostSnapshot, _ host: HostText) -> [String] {
    let offs = ["amd_iommu=off", "intel_iommu=off", "iommu=off"]
    let written = (snapshot.kernel.commandLine ?? []).filter(offs.contains)
    guard written.isEmpty else { return written.map { "remove '\($0)' from the kernel's command line" } }
    let tables = host.names("/sys/firmware/acpi/tables") ?? []
    let isAsked = snapshot.kernel.commandLine?.contains("intel_iommu=on") == true
    let asking = isAsked ? [] : ["add 'intel_iommu=on' to the kernel's command line"]
    let log = "look for 'DMAR' and 'IOMMU' in the kernel's log: it says why it stayed off"
    if tables.contains("DMAR") { return isAsked ? [log] : asking }
    if tables.contains("IVRS") { return ["look for 'AMD-Vi' in the kernel's log: it says why it stayed off"] }
    switch snapshot.cpu.architecture {
    case .x86:
      // The vendor of the processor is not that of the IOMMU in a virtual machine, so both are named there.
      let isVirtual = host.text("/proc/cpuinfo")?.contains(" hypervisor") == true
      let isAMD = snapshot.cpu.vendor == "AuthenticAMD"
      if isVirtual { return ["give the virtual machine a virtual IOMMU"] + asking }
      return isAMD
        ? ["turn on 'IOMMU' (AMD-Vi) in the firmware's setup"]
        : ["turn on 'VT-d' in the firmware's setup"] + asking
    case .arm: return ["turn on the SMMU in the firmware's setup: it must be in IORT or the device tree"]
    case .power, .s390, .riscv, nil:
      return ["look for 'iommu' in the kernel's log: it says why it stayed off"]
    }
  }

  private static func sharedGroups(_ snapshot: HostSnapshot) -> Checkup.Item? {
    let shared = (snapshot.groups ?? []).map { group in
      group.members.filter { snapshot.device(at: $0)?.isBridge != true }
    }.filter { $0.count > 1 }
    guard !shared.isEmpty else { return nil }
    let sets = shared.map { "{\($0.map(\.description).joined(separator: ", "))}" }
    return .init(.groups, .note, "these go together or not at all: \(sets.joined(separator: ", "))")
  }

  private static func isolation(_ snapshot: HostSnapshot) -> Checkup.Item? {
    let words = (snapshot.kernel.commandLine ?? []).filter { $0.hasPrefix("pcie_acs_override") }
    let isUnsafe = snapshot.module("vfio")?.parameter("enable_unsafe_noiommu_mode") == "Y"
    if isUnsafe {
      return .init(
        .isolation,
        .note,
        "VFIO may be used without an IOMMU: a device then reaches all memory",
        cures: ["echo N > /sys/module/vfio/parameters/enable_unsafe_noiommu_mode"]
      )
    }
    guard let word = words.first else { return nil }
    return .init(
      .isolation,
      .note,
      "groups are smaller than the hardware isolates",
      cures: ["remove '\(word)' from the kernel's command line"]
    )
  }

  private static func interruptRemapping(_ snapshot: HostSnapshot) -> Checkup.Item? {
    // Elsewhere interrupts are isolated by other means, or the question does not arise.
    guard snapshot.cpu.architecture == .x86, snapshot.groups?.isEmpty == false else { return nil }
    let isUnsafe = snapshot.module("vfio_iommu_type1")?.parameter("allow_unsafe_interrupts") == "Y"
    if isUnsafe {
      return .init(
        .interruptRemapping,
        .note,
        "devices may be used without interrupt remapping: a guest can send any interrupt to the host",
        cures: ["echo N > /sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"]
      )
    }
    switch snapshot.interruptRemapping {
    case true?: return .init(.interruptRemapping, .good, "interrupts are remapped")
    case false?:
      return .init(
        .interruptRemapping,
        .missing,
        "an IOMMU cannot remap interrupts, so that a container is refused with EPERM",
        cures: ["turn on interrupt remapping (x2APIC) in the firmware's setup"]
      )
    case nil:
      return .init(
        .interruptRemapping,
        .unknown,
        "no file says whether interrupts are remapped; where not, a container is refused with EPERM",
        cures: ["look for 'remapping' in the kernel's log"]
      )
    }
  }

  // MARK: VFIO

  private static func driver(_ host: HostText) -> Checkup.Item {
    guard host.names("/sys/bus/pci/drivers") != nil else {
      return .init(
        .driver,
        .unknown,
        "whether vfio-pci is loaded cannot be read",
        cures: ["look into /sys/bus/pci/drivers"]
      )
    }
    guard host.exists("/sys/bus/pci/drivers/vfio-pci") else {
      return .init(.driver, .missing, "vfio-pci is not loaded", cures: loading("vfio-pci"))
    }
    return .init(.driver, .good, "vfio-pci is loaded")
  }

  private static func container(_ snapshot: HostSnapshot) -> Checkup.Item {
    guard let modules = snapshot.modules, let nodes = snapshot.nodes else {
      return .init(
        .container,
        .unknown,
        "whether containers can be made cannot be read",
        cures: ["look for /dev/vfio/vfio"]
      )
    }
    guard let node = nodes.first(where: { $0.path == "/dev/vfio/vfio" }) else {
      return .init(.container, .missing, "there is no /dev/vfio/vfio", cures: loading("vfio"))
    }
    let name = snapshot.isPOWER == true ? "vfio_iommu_spapr_tce" : "vfio_iommu_type1"
    guard modules.contains(where: { $0.name == name && $0.isLoaded }) else {
      return .init(
        .container,
        .missing,
        "\(name) is not loaded: no IOMMU model can be set",
        cures: loading(name)
      )
    }
    guard node.mode & 0o006 == 0o006 else {
      return .init(
        .container,
        .note,
        "/dev/vfio/vfio is for its owner alone",
        cures: ["chmod 0666 /dev/vfio/vfio, as the kernel makes it: it gives no access to any device"]
      )
    }
    return .init(.container, .good, "containers can be made: \(name) is loaded")
  }

  private static func iommufd(_ snapshot: HostSnapshot) -> Checkup.Item? {
    // Linux 6.12, arch/powerpc has no driver that iommufd could use.
    guard let nodes = snapshot.nodes, snapshot.isPOWER != true else { return nil }
    if nodes.contains(where: { $0.path == "/dev/iommu" }) {
      return .init(.iommufd, .good, "iommufd can be used")
    }
    return .init(
      .iommufd,
      .note,
      "there is no /dev/iommu: groups and containers are used instead",
      cures: ["modprobe iommufd, where the kernel has it"]
    )
  }

  private static func loading(_ module: String) -> [String] {
    ["modprobe \(module)", "echo \(module) > /etc/modules-load.d/\(module).conf, to have it after a boot"]
  }

  // MARK: The process that will hold it

  /// Linux 6.12, drivers/vfio/vfio_iommu_type1.c: vfio_lock_acct asks for CAP_IPC_LOCK first.
  private static func memlock(_ snapshot: HostSnapshot) -> Checkup.Item? {
    guard let user = snapshot.users.first, let limit = user.memlock else { return nil }
    if user.hasIPCLock == true { return .init(.memlock, .good, "\(user.name) may lock any amount of memory") }
    switch limit {
    case .unlimited: return .init(.memlock, .good, "any amount of memory may be locked")
    case .bytes(let bytes):
      return .init(
        .memlock,
        .note,
        "without CAP_IPC_LOCK \(ByteCount(bytes)) may be locked; a guest's RAM must fit, once for each container",
        cures: [
          "LimitMEMLOCK=infinity in the unit that starts the hypervisor",
          "'USER - memlock unlimited' in /etc/security/limits.conf",
        ]
      )
    }
  }

  private static func permissions(_ snapshot: HostSnapshot, _ host: HostText) -> Checkup.Item? {
    guard let user = snapshot.users.first, user.name != "self" else { return nil }
    guard user.name == "root" else {
      return .init(
        .permissions,
        .note,
        "user \(user.name) can plan; binding drivers is for root",
        cures: ["run 'vfioplan ... --apply' with sudo"]
      )
    }
    return .init(.permissions, .good, "root can bind drivers")
  }

  /// Linux 6.12, drivers/vfio/group.c: vfio_devnode gives the nodes to root alone, and makes them anew at each bind.
  private static func groupNodes(_ host: HostText) -> Checkup.Item? {
    let names = (host.names("/dev/vfio") ?? []).filter { UInt32($0) != nil }
    let closed = names.filter { name in
      guard let status = try? host.files.status("/dev/vfio/\(name)") else { return false }
      return status.user == 0 && status.mode & 0o066 == 0
    }
    guard !closed.isEmpty else { return nil }
    let paths = closed.map { "/dev/vfio/\($0)" }.joined(separator: ", ")
    return .init(
      .groupNodes,
      .note,
      "\(paths): for root alone",
      cures: [
        "SUBSYSTEM==\"vfio\", OWNER=\"USER\" in a file below /etc/udev/rules.d, for a hypervisor that is not root"
      ]
    )
  }
}

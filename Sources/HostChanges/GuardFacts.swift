package import HostDoors
package import HostInventory
package import VFIOPlan
package import VFIOTypes

/// What guards look at: read once, before the first write.
package struct GuardFacts: Sendable {
  /// A `protect` entry and the functions it stands for.
  package struct ProtectedFunctions: Sendable {
    package var protection: PlannedProtection
    package var carriers: [Carrier]
  }

  package let snapshot: HostSnapshot
  package let uses: [PCIAddress: [HostUse]]
  package let login: RemoteLogin?
  /// The functions that carry the login's interface.
  package let loginCarriers: [Carrier]
  package let protected: [ProtectedFunctions]
  private let descriptors: [OpenDescriptor]
  private let files: any HostFiles

  /// Reads the facts; throws where nobody can say who holds what.
  package init(_ host: ChangeableHost, _ snapshot: HostSnapshot, protections: [PlannedProtection])
    throws(HostFileError)
  {
    files = host.files
    self.snapshot = snapshot
    uses = InUse.find(in: host.files)
    login = try host.processes.remoteLogin()
    loginCarriers = login?.interface.map { InUse.carriers(ofInterface: $0, in: host.files) } ?? []
    descriptors = try host.processes.descriptors(beginning: ["/dev/vfio/", GuardFacts.deviceFile])
    protected = protections.map { protection in
      let carriers =
        switch protection.subject {
        case .device(let address): [Carrier(function: address, chain: [])]
        case .interface(let name): InUse.carriers(ofInterface: name, in: host.files)
        case .block(let name): InUse.carriers(ofBlock: name, in: host.files)
        }
      return ProtectedFunctions(protection: protection, carriers: carriers)
    }
  }

  /// The uses of one kind, in words.
  package func words(_ device: PCIAddress, _ kind: HostUse.Kind) -> [String] {
    (uses[device] ?? []).filter { $0.kind == kind }.map(\.words)
  }

  /// How an open VFIO device reads; the name does not say which.
  private static let deviceFile = "anon_inode:[vfio-device]"

  /// Who holds a function through its group's node or its own.
  package func holders(of device: PCIAddress) -> [OpenDescriptor] {
    let folder = "/sys/bus/pci/devices/\(device)"
    var nodes: Set<String> = []
    if let target = try? files.target(ofLink: "\(folder)/iommu_group"),
      let number = target.split(separator: "/").last
    {
      nodes = ["/dev/vfio/\(number)", "/dev/vfio/noiommu-\(number)"]
    }
    for name in (try? files.names(in: "\(folder)/vfio-dev")) ?? [] {
      nodes.insert("/dev/vfio/devices/\(name)")
    }
    let named = descriptors.filter { nodes.contains($0.target) }
    guard named.isEmpty, snapshot.device(at: device)?.isOnVFIODriver == true else { return named }
    // A process may have closed the node and kept the device it got from it: then it may be any.
    let explained = Set(descriptors.filter(GuardFacts.namesFunctions).map(\.process))
    return descriptors.filter { $0.target == GuardFacts.deviceFile && !explained.contains($0.process) }
  }

  /// Whether the name says which functions are held, other than `/dev/vfio/vfio`.
  private static func namesFunctions(_ descriptor: OpenDescriptor) -> Bool {
    descriptor.target.hasPrefix("/dev/vfio/") && descriptor.target != "/dev/vfio/vfio"
  }
}

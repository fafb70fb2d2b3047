import Diagnostics
import GuestSchema
import HostInventory
import Resolution
import VFIOPlan
import VFIOTypes

/// A resolved guest with what its planned things are called and where they come from.
struct GuestContext: Sendable {
  let guest: ResolvedGuest
  let host: HostSnapshot?
  let origins: Origins

  // MARK: Names

  /// The name of a group of the guest: its lowest member.
  func groupName(_ group: Int) -> PCIAddress? { guest.groups[group].members.first?.address }

  /// The groups of a container by name, each with the devices of the container that are in it.
  func groups(of container: ResolvedContainer) -> [(name: PCIAddress, devices: [ResolvedDevice])] {
    container.groups.compactMap { group in
      groupName(group).map { name in
        (name, container.devices.map { guest.devices[$0] }.filter { $0.group == group })
      }
    }
  }

  // MARK: Origins

  var path: String { guest.path }
  var origin: Origin { origins.origin(path, at: guest.configuration.name.range) }
  var memoryOrigin: Origin {
    origins.origin(
      "\(path).memory",
      at: guest.configuration.memory.size?.range ?? guest.configuration.name.range
    )
  }

  func path(of bridge: ResolvedBridge) -> String { "\(path).bridges.\(bridge.name)" }

  /// A bridge's own name; the guest's where the bridge is built in and not named.
  func origin(of bridge: ResolvedBridge) -> Origin {
    bridge.range.map { origins.origin(path(of: bridge), at: $0) } ?? origin
  }

  func path(of port: ResolvedPort) -> String { "\(path(of: guest.bridges[port.bridge])).ports.\(port.name)" }

  func path(of device: ResolvedDevice) -> String {
    "\(path(of: guest.bridges[device.bridge])).devices.\(device.configuration.position)"
  }

  /// What is assigned; for a sibling that is given along the key that says so.
  func origin(of device: ResolvedDevice) -> Origin {
    if device.isGivenSibling, let siblings = device.configuration.siblings {
      return origins.origin("\(path(of: device)).siblings", at: siblings.range)
    }
    return origins.origin(path(of: device), at: device.range)
  }

  /// The name in the file, else the one bridge it belongs to, else its first device where it is that device's own.
  func origin(of container: ResolvedContainer) -> Origin {
    guard let first = container.bridges.first else { return origin }
    let bridge = guest.bridges[first]
    if let range = container.name.range {
      return origins.origin("\(path(of: bridge)).container", at: range)
    }
    switch container.addressSpace {
    case .bridge: return origin(of: bridge)
    case .requester:
      return container.devices.first.map { origin(of: guest.devices[$0]) } ?? origin(of: bridge)
    case .system: return container.bridges.count == 1 ? origin(of: bridge) : origin
    }
  }

  /// Where its IOMMU model is written, else where the container comes from.
  func modelOrigin(of container: ResolvedContainer) -> Origin {
    guard let range = container.model.range else { return origin(of: container) }
    if guest.configuration.iommuModel?.range == range {
      return origins.origin("\(path).iommu-model", at: range)
    }
    for bridge in container.bridges.map({ guest.bridges[$0] })
    where bridge.configuration.iommuModel?.range == range {
      return origins.origin("\(path(of: bridge)).iommu-model", at: range)
    }
    let owner = container.devices.first.map { path(of: guest.devices[$0]) } ?? path
    return origins.origin("\(owner).iommu-model", at: range)
  }

  /// Where the size of its default window is written, else where the container comes from.
  func windowOrigin(of container: ResolvedContainer, _ window: PlannedWindow) -> Origin {
    guard window.kind == .default, let first = container.bridges.first,
      let size = guest.bridges[first].configuration.window.dma32
    else { return origin(of: container) }
    return origins.origin("\(path(of: guest.bridges[first])).window.dma32", at: size.range)
  }
}

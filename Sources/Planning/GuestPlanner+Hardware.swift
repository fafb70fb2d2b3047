import Diagnostics
import GuestSchema
import Resolution
import VFIOPlan
import VFIOTypes

extension GuestPlanner {
  func bridge(_ bridge: ResolvedBridge) -> PlannedBridge {
    PlannedBridge(
      name: bridge.name,
      kind: bridge.kind.value,
      isBuiltIn: bridge.isBuiltIn,
      index: bridge.phbIndex?.value,
      busNumber: bridge.busNumber?.value,
      segment: bridge.configuration.segment?.value,
      numa: bridge.numa?.value ?? bridge.configuration.numa?.value,
      use: bridge.use.value,
      model: bridge.model.value,
      bypassesIOMMU: bridge.bypassesIOMMU,
      bus: bridge.bus,
      address: bridge.address.map(address),
      windows: windows(bridge),
      origin: context.origin(of: bridge)
    )
  }

  private func windows(_ bridge: ResolvedBridge) -> PlannedBridge.Windows {
    let written = bridge.configuration.window
    var windows = PlannedBridge.Windows()
    windows.dma32 = written.dma32?.value.bytes
    windows.ddw = bridge.ddw?.value
    windows.pageSizes = written.pageSizes.isEmpty ? nil : written.pageSizes.reduce(0) { $0 | $1.value.bytes }
    windows.dma32Start = written.dma32Start?.value
    windows.dma64Start = written.dma64Start?.value
    windows.mmio32 = written.mmio32?.value.bytes
    windows.mmio64 = written.mmio64?.value.bytes
    return windows
  }

  private func address(_ address: ResolvedAddress) -> GuestAddress {
    GuestAddress(
      bus: address.bus,
      slot: address.slot.value,
      function: address.function.value,
      isMultifunction: address.isMultifunction.value
    )
  }

  func port(_ port: ResolvedPort) -> PlannedPort {
    var reserve = PlannedPort.Reserve()
    let written = port.configuration.reserve
    reserve.buses = written.buses?.value
    reserve.io = written.io?.value.bytes
    reserve.memory = written.memory?.value.bytes
    reserve.prefetchable32 = written.prefetchable32?.value.bytes
    reserve.prefetchable64 = written.prefetchable64?.value.bytes
    let bridge = guest.bridges[port.bridge]
    return PlannedPort(
      name: port.name,
      kind: port.kind,
      bridge: bridge.name,
      address: address(port.address),
      chassis: port.chassis?.value,
      number: port.number?.value,
      acceptsHotplug: port.configuration.hotplug?.value ?? true,
      reserve: reserve,
      // A port that was made for a device follows from its bridge.
      origin: port.range.map { context.origins.origin(context.path(of: port), at: $0) }
        ?? context.origin(of: bridge)
    )
  }

  func device(_ device: ResolvedDevice) -> PlannedDevice {
    PlannedDevice(
      name: device.name,
      subject: subject(device.reference),
      bridge: guest.bridges[device.bridge].name,
      address: address(device.address),
      group: device.group.flatMap(context.groupName),
      container: device.container.map { guest.containers[$0].name.value } ?? "",
      driver: device.driver.value,
      isHotplugged: device.configuration.hotplug?.value ?? false,
      options: device.isGivenSibling ? .init() : options(device.configuration),
      origin: context.origin(of: device)
    )
  }

  private func subject(_ reference: AssignedDevice.Reference) -> PlannedDevice.Subject {
    switch reference {
    case .pci(let address): .pci(address)
    case .mdev(let uuid): .mdev(uuid)
    case .vfioUser(let path): .vfioUser(path)
    case .subchannel(let text): .subchannel(text)
    }
  }

  private func options(_ written: AssignedDevice) -> PlannedDevice.Options {
    var options = PlannedDevice.Options()
    options.vfToken = written.vfToken?.value
    options.romBar = written.rom.bar?.value
    options.romFile = written.rom.file?.value
    options.romSize = written.rom.size?.value.bytes
    options.vga = written.vga?.value
    options.display = written.display?.value
    options.ramfb = written.ramfb?.value
    options.igdOpRegion = written.igd.map { $0.value != .none }
    options.bootIndex = written.bootIndex?.value
    options.migration =
      switch written.migration?.value {
      case .on: true
      case .off: false
      case .auto, nil: nil
      }
    options.failover = written.failover?.value
    options.clique = written.clique?.value
    options.allowsBalloon = written.allowBalloon?.value
    options.zpciUID = written.zpciUID?.value
    options.zpciFID = written.zpciFID?.value
    return options
  }
}

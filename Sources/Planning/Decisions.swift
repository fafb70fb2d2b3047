import GuestSchema
import Resolution
import VFIOPlan
import VFIOTypes

/// Every choice that was made for a guest, with its reason; what is written in the file is none.
struct Decisions {
  private var decisions: [Decision] = []

  static func decisions(in context: GuestContext) -> [Decision] {
    var list = Decisions()
    list.machine(context)
    for bridge in context.guest.bridges { list.bridge(bridge, context) }
    for container in context.guest.containers { list.container(container, context) }
    list.lockedMemory(context)
    return list.decisions
  }

  // MARK: The guest

  private mutating func machine(_ context: GuestContext) {
    let guest = context.guest
    let path = guest.path
    add("\(path).arch", guest.architecture, \.rawValue)
    add("\(path).hypervisor.name", guest.hypervisor, \.rawValue)
    add("\(path).hypervisor.version", guest.hypervisorVersion, \.description)
    add("\(path).hypervisor.accelerator", guest.accelerator, \.rawValue)
    add("\(path).cpu.model", guest.processorModel, \.self)
    add("\(path).irqchip", guest.interruptChip) { $0?.rawValue ?? "auto" }
    add("\(path).memory.backing", guest.memory.backing, \.rawValue)
    let ranges = guest.memory.ranges.map { "\($0.name) \($0.range)" }.joined(separator: ", ")
    add("\(path).memory", ranges, guest.memory.layoutReason)
    guard let viommu = guest.viommu else { return }
    add("\(path).viommu.caching-mode", viommu.cachingMode, \.description)
    add("\(path).viommu.aw-bits", viommu.addressBits, \.description)
    add("\(path).viommu.interrupt-remapping", viommu.interruptRemapping, \.description)
    add("\(path).viommu.eim", viommu.extendedInterruptMode, \.description)
    add("\(path).viommu.slot", viommu.slot, \.description)
  }

  // MARK: Bridges and what is below them

  private mutating func bridge(_ bridge: ResolvedBridge, _ context: GuestContext) {
    let path = context.path(of: bridge)
    add("\(path).kind", bridge.kind, \.rawValue)
    add("\(path).index", bridge.phbIndex, \.description)
    add("\(path).bus-number", bridge.busNumber, \.description)
    add("\(path).numa", bridge.numa, \.description)
    add("\(path).iommu-use", bridge.use, \.rawValue)
    add("\(path).iommu-model", bridge.model, \.rawValue)
    add("\(path).window.ddw", bridge.ddw, \.description)
    if let address = bridge.address { place(path, address) }
    for port in bridge.ports { self.port(context.guest.ports[port], context) }
    for device in bridge.devices { self.device(context.guest.devices[device], bridge, context) }
  }

  private mutating func port(_ port: ResolvedPort, _ context: GuestContext) {
    let path = context.path(of: port)
    if let reason = port.reason { add(path, port.kind.rawValue, reason) }
    place(path, port.address)
    add("\(path).chassis", port.chassis, \.description)
    add("\(path).number", port.number, \.description)
  }

  private mutating func device(_ device: ResolvedDevice, _ bridge: ResolvedBridge, _ context: GuestContext) {
    // A sibling that is given along has no entry of its own.
    let path =
      device.isGivenSibling
      ? "\(context.path(of: device)).siblings.\(device.referenceText)" : context.path(of: device)
    if device.isGivenSibling {
      add(path, "give", "a member of the group of '\(device.configuration.address?.description ?? "")'")
    }
    // One that is the bridge's was decided there.
    if device.model != bridge.model { add("\(path).iommu-model", device.model, \.rawValue) }
    add("\(path).driver", device.driver, \.self)
    place(path, device.address)
  }

  private mutating func place(_ path: String, _ address: ResolvedAddress) {
    add("\(path).slot", address.slot, \.description)
    add("\(path).function", address.function, \.description)
    add("\(path).multifunction", address.isMultifunction, \.description)
  }

  // MARK: Containers

  private mutating func container(_ container: ResolvedContainer, _ context: GuestContext) {
    let path = "\(context.path).containers.\(container.name.value)"
    let members = container.devices.map { context.guest.devices[$0].name }.joined(separator: ", ")
    if container.name.range == nil { add(path, members, container.reason) }
    add("\(path).eeh", container.enablesEEH, \.description)
  }

  private mutating func lockedMemory(_ context: GuestContext) {
    let need = context.guest.lockedMemory
    guard context.guest.configuration.hypervisor.memlock == nil else { return }
    let choice =
      switch need.limit {
      case .unknown: "unknown"
      case .unlimited: "unlimited"
      case .bytes(let bytes): ByteCount(bytes).description
      }
    add("\(context.path).hypervisor.memlock", choice, need.limitReason)
  }

  // MARK: One decision

  private mutating func add<Value>(_ path: String, _ chosen: Chosen<Value>?, _ spell: (Value) -> String) {
    guard let chosen, case .decided(let reason) = chosen.source else { return }
    add(path, spell(chosen.value), reason)
  }

  private mutating func add(_ path: String, _ choice: String, _ reason: String) {
    decisions.append(Decision(path: path, choice: choice, reason: reason))
  }
}

import Diagnostics
import KeyTables
import VFIOPlan
import VFIOTypes

extension PlanReader {
  mutating func bridge(_ keys: MappingReader) -> PlannedBridge {
    PlannedBridge(
      name: text(keys, "name"),
      kind: word(keys, "kind", else: .root),
      isBuiltIn: bool(keys, "built-in"),
      index: optionalNumber(keys, "index"),
      busNumber: optionalNumber(keys, "bus-number"),
      segment: optionalNumber(keys, "segment"),
      numa: optionalNumber(keys, "numa"),
      use: word(keys, "use", else: .mapAll),
      model: word(keys, "model", else: .type1v2),
      bypassesIOMMU: bool(keys, "bypasses-iommu"),
      bus: text(keys, "bus"),
      address: nested(keys, "address", PlanTables.address) { $0.place($1) },
      windows: nested(keys, "windows", PlanTables.bridgeWindows) { reader, keys in
        var windows = PlannedBridge.Windows()
        windows.dma32 = reader.optionalNumber(keys, "dma32")
        windows.ddw = keys.bool("ddw")?.value
        windows.pageSizes = keys.hexNumber("page-sizes")?.value
        windows.dma32Start = keys.hexNumber("dma32-start")?.value
        windows.dma64Start = keys.hexNumber("dma64-start")?.value
        windows.mmio32 = reader.optionalNumber(keys, "mmio32")
        windows.mmio64 = reader.optionalNumber(keys, "mmio64")
        return windows
      } ?? .init(),
      origin: origin(keys)
    )
  }

  private mutating func place(_ keys: MappingReader) -> GuestAddress {
    GuestAddress(
      bus: text(keys, "bus"),
      slot: number(keys, "slot"),
      function: number(keys, "function"),
      isMultifunction: bool(keys, "multifunction")
    )
  }

  /// A place that was left out is reported by the table.
  private mutating func requiredPlace(_ keys: MappingReader) -> GuestAddress {
    nested(keys, "address", PlanTables.address) { $0.place($1) }
      ?? GuestAddress(bus: "", slot: 0, function: 0, isMultifunction: false)
  }

  mutating func port(_ keys: MappingReader) -> PlannedPort {
    PlannedPort(
      name: text(keys, "name"),
      kind: word(keys, "kind", else: .rootPort),
      bridge: text(keys, "bridge"),
      address: requiredPlace(keys),
      chassis: optionalNumber(keys, "chassis"),
      number: optionalNumber(keys, "number"),
      acceptsHotplug: bool(keys, "hotplug"),
      reserve: nested(keys, "reserve", PlanTables.reserve) { reader, keys in
        var reserve = PlannedPort.Reserve()
        reserve.buses = reader.optionalNumber(keys, "buses")
        reserve.io = reader.optionalNumber(keys, "io")
        reserve.memory = reader.optionalNumber(keys, "memory")
        reserve.prefetchable32 = reader.optionalNumber(keys, "prefetchable32")
        reserve.prefetchable64 = reader.optionalNumber(keys, "prefetchable64")
        return reserve
      } ?? .init(),
      origin: origin(keys)
    )
  }

  mutating func device(_ keys: MappingReader) -> PlannedDevice {
    let subject: PlannedDevice.Subject =
      keys.address("device").map { .pci($0.value) } ?? keys.text("mdev").map { .mdev($0.value) }
      ?? keys.text("vfio-user").map { .vfioUser($0.value) } ?? .subchannel(text(keys, "subchannel"))
    return PlannedDevice(
      name: text(keys, "name"),
      subject: subject,
      bridge: text(keys, "bridge"),
      address: requiredPlace(keys),
      group: keys.address("group")?.value,
      container: text(keys, "container"),
      driver: text(keys, "driver"),
      isHotplugged: bool(keys, "hotplugged"),
      options: nested(keys, "options", PlanTables.options) { $0.options($1) } ?? .init(),
      origin: origin(keys)
    )
  }

  private mutating func options(_ keys: MappingReader) -> PlannedDevice.Options {
    var options = PlannedDevice.Options()
    options.vfToken = keys.text("vf-token")?.value
    options.romBar = keys.bool("rom-bar")?.value
    options.romFile = keys.text("rom-file")?.value
    options.romSize = optionalNumber(keys, "rom-size")
    options.vga = keys.bool("vga")?.value
    options.display = keys.bool("display")?.value
    options.ramfb = keys.bool("ramfb")?.value
    options.igdOpRegion = keys.bool("igd-opregion")?.value
    options.bootIndex = optionalNumber(keys, "boot-index")
    options.migration = keys.bool("migration")?.value
    options.failover = keys.text("failover")?.value
    options.clique = optionalNumber(keys, "clique")
    options.allowsBalloon = keys.bool("allows-balloon")?.value
    options.zpciUID = optionalNumber(keys, "zpci-uid")
    options.zpciFID = optionalNumber(keys, "zpci-fid")
    return options
  }
}

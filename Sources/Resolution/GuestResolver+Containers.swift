import Diagnostics
import GuestSchema
import HostInventory
import VFIOTypes

extension GuestResolver {
  /// What makes two devices share a container.
  private struct ContainerKey: Hashable {
    var space: GuestAddressSpace
    var isIOMMUFD: Bool
    /// A name that is written stands for itself: two bridges that write the same one share, and a rule says so.
    var written: String?
    /// Where the host takes one group a container.
    var group: Int?
  }

  /// A group in a container.
  private struct Membership: Hashable {
    var group: Int
    var container: Int
  }

  /// The names given to containers so far.
  private struct ContainerNames {
    private var taken: Set<String> = []
    /// Up to which number the names of a stem are taken.
    private var numbers: [String: Int] = [:]

    /// Gives a name away; false where it is taken.
    mutating func take(_ name: String) -> Bool { taken.insert(name).inserted }

    /// Gives away the stem, or where that is taken, the stem with the least number from 2 on.
    mutating func next(_ stem: String) -> String {
      if take(stem) { return stem }
      var number = numbers[stem] ?? 2
      while !take("\(stem)-\(number)") { number += 1 }
      numbers[stem] = number + 1
      return "\(stem)-\(number)"
    }
  }

  /// The containers: one for all devices in map-all use, one a host bridge on PAPR, one a requester elsewhere.
  mutating func resolveContainers() {
    var positions: [ContainerKey: Int] = [:]
    var names = ContainerNames()
    var memberships: Set<Membership> = []
    for device in guest.devices.indices {
      let key = key(ofDevice: device)
      let position = positions[key] ?? addContainer(for: guest.devices[device], key, &names)
      positions[key] = position
      join(device, container: position, &memberships)
    }
    for index in guest.containers.indices {
      guest.containers[index].ranges = ranges(guest.containers[index])
      guest.containers[index].pageSize = pageSize(guest.containers[index])
      guest.containers[index].windows = windows(guest.containers[index])
      guest.containers[index].enablesEEH = eeh(guest.containers[index])
    }
  }

  private func key(ofDevice device: Int) -> ContainerKey {
    let written = guest.bridges[guest.devices[device].bridge].configuration.container?.value
    let model = guest.devices[device].model.value
    let space = guest.devices[device].addressSpace
    switch space {
    case .bridge:
      // Named by the file: the name decides, whatever bridge the device is below.
      return ContainerKey(
        space: written == nil ? space : .system,
        isIOMMUFD: model == .iommufd,
        written: written,
        group: isOneGroupAContainer(model) ? guest.devices[device].group : nil
      )
    case .system, .requester:
      return ContainerKey(space: space, isIOMMUFD: model == .iommufd, written: written, group: nil)
    }
  }

  /// sPAPR TCE v1 and partitions take a single group in a container.
  ///
  /// Linux 6.12, drivers/vfio/vfio_iommu_spapr_tce.c: tce_iommu_attach_group; arch/powerpc/platforms/pseries/iommu.c:
  /// spapr_tce_set_window.
  private func isOneGroupAContainer(_ model: IOMMUModel) -> Bool {
    model == .spaprTCE || model.isSPAPR && host?.cpu.platform == "pSeries"
  }

  private mutating func addContainer(
    for device: ResolvedDevice,
    _ key: ContainerKey,
    _ names: inout ContainerNames
  ) -> Int {
    let index = guest.containers.count
    let bridge = guest.bridges[device.bridge]
    guest.containers.append(
      ResolvedContainer(
        index: index,
        name: name(device, bridge, &names),
        model: device.model,
        use: bridge.use.value,
        addressSpace: device.addressSpace,
        bridges: [],
        groups: [],
        devices: [],
        reason: reason(device, bridge, key)
      )
    )
    return index
  }

  private func name(_ device: ResolvedDevice, _ bridge: ResolvedBridge, _ names: inout ContainerNames)
    -> Chosen<String>
  {
    if let written = bridge.configuration.container, names.take(written.value) { return .written(written) }
    return switch device.addressSpace {
    case .bridge: .decided(names.next(bridge.name), "the host bridge's")
    case .system: .decided(names.next("map-all"), "shared by all devices in map-all use")
    case .requester: .decided(names.next(device.name), "its first device's")
    }
  }

  private func reason(_ device: ResolvedDevice, _ bridge: ResolvedBridge, _ key: ContainerKey) -> String {
    if key.written != nil { return "named in the file" }
    switch device.addressSpace {
    case .bridge:
      guard key.group != nil else { return "a PAPR host bridge owns its DMA mappings" }
      return device.model.value == .spaprTCE
        ? "sPAPR TCE v1 takes one group a container" : "a partition takes one group a container"
    case .system: return "devices in map-all use share one set of mappings"
    case .requester: return "the guest maps for this requester alone"
    }
  }

  private mutating func join(_ device: Int, container: Int, _ memberships: inout Set<Membership>) {
    guest.devices[device].container = container
    guest.containers[container].devices.append(device)
    if let group = guest.devices[device].group,
      memberships.insert(Membership(group: group, container: container)).inserted
    {
      guest.containers[container].groups.append(group)
    }
    let bridge = guest.devices[device].bridge
    if guest.containers[container].bridges.last != bridge,
      !guest.containers[container].bridges.contains(bridge)
    {
      guest.containers[container].bridges.append(bridge)
      guest.bridges[bridge].containers.append(container)
    }
  }

  // MARK: What the host takes

  /// The bus addresses every group of a container accepts; nil where one is not known.
  private func ranges(_ container: ResolvedContainer) -> [IOVARange]? {
    guard let groups = host?.groups, !container.groups.isEmpty else { return nil }
    var common: [IOVARange]?
    for group in container.groups {
      guard let known = groups[guest.groups[group].hostGroup].iovaRanges?.ranges else { return nil }
      common = common.map { $0 == known ? known : intersection($0, known) } ?? known
    }
    return common
  }

  /// The smallest page that all groups of a container map: never less than the host's own.
  ///
  /// Linux 6.12, drivers/vfio/vfio_iommu_type1.c: vfio_update_pgsize_bitmap takes smaller ones for the host's.
  private func pageSize(_ container: ResolvedContainer) -> UInt64? {
    guard let host else { return nil }
    let known = container.groups.compactMap { group in
      host.groups?[guest.groups[group].hostGroup].iovaRanges?.pageSizes?.smallest
    }
    return max(host.pageSize ?? 4096, known.max() ?? 0)
  }

  /// The kernel carries out an EEH operation on every group of a container and tells of the first that fails alone, so
  /// it says something where there is one group.
  ///
  /// Linux 6.12, drivers/vfio/vfio_iommu_spapr_tce.c: tce_iommu_ioctl, VFIO_EEH_PE_OP.
  private func eeh(_ container: ResolvedContainer) -> Chosen<Bool>? {
    guard container.model.value.isSPAPR, !container.groups.isEmpty else { return nil }
    let isAlone =
      container.groups.count == 1
      && container.bridges.allSatisfy { bridge in
        guest.bridges[bridge].containers.count == 1
      }
    return isAlone
      ? .decided(true, "its host bridge has one group")
      : .decided(false, "its host bridge has several groups")
  }

  private func intersection(_ left: [IOVARange], _ right: [IOVARange]) -> [IOVARange] {
    left.flatMap { one in
      right.compactMap { other in
        one.overlaps(other)
          ? IOVARange(start: max(one.start, other.start), last: min(one.last, other.last)) : nil
      }
    }
  }

  /// The DMA windows of a PAPR container: the default one, and the large one a Linux guest creates for all its RAM.
  private func windows(_ container: ResolvedContainer) -> [ResolvedWindow] {
    guard container.model.value.isSPAPR, let index = container.bridges.first else { return [] }
    let bridge = guest.bridges[index]
    let written = bridge.configuration.window
    let size = written.dma32?.value.bytes ?? 1 << 30
    let most = table(of: container.devices.first)?.levels
    var windows = [
      window(.default, start: written.dma32Start?.value ?? 0, size: size, pageSize: 4096, levels: most)
    ]
    if bridge.ddw?.value == true, container.model.value == .spaprTCEv2, guest.memory.maximum > 0 {
      let size = powerOfTwo(guest.memory.maximum)
      let pageSize = dynamicPageSize(written, device: container.devices.first)
      if !isTakenForDefault(size, pageSize, container.devices.first) {
        windows.append(
          window(
            .dynamic,
            start: written.dma64Start?.value ?? 1 << 59,
            size: size,
            pageSize: pageSize,
            levels: most
          )
        )
      }
    }
    return windows
  }

  /// Whether a partition would make a window in the place of the default one, and so not beside it: all of the guest's RAM is in reach
  /// of the default window then.
  ///
  /// Linux 6.12, arch/powerpc/platforms/pseries/iommu.c: spapr_tce_create_table.
  private func isTakenForDefault(_ size: UInt64, _ pageSize: UInt64, _ device: Int?) -> Bool {
    guard host?.cpu.platform == "pSeries", pageSize == 4096 else { return false }
    return size <= table(of: device)?.dma32Size ?? 1 << 30
  }

  /// What the host says of the tables of a device's PE.
  private func table(of device: Int?) -> HostSnapshot.TCE? {
    let domain = device.flatMap { guest.devices[$0].hostAddress?.domain }
    return host?.tce.first { $0.domain == domain }
  }

  /// A window whose table has as many levels as it needs, and no more than the host makes: `levels`, nil where that is unknown.
  private func window(
    _ kind: ResolvedWindow.Kind,
    start: UInt64,
    size: UInt64,
    pageSize: UInt64,
    levels most: Int?
  ) -> ResolvedWindow {
    let shift = pageSize.trailingZeroBitCount
    let wanted =
      size.nonzeroBitCount == 1
      ? TCETable.levels(window: size, pageShift: shift, hostPageShift: hostPageShift) : 1
    let levels = max(1, min(wanted, most ?? wanted))
    return ResolvedWindow(
      kind: kind,
      start: start,
      size: size,
      pageSize: pageSize,
      levels: levels,
      tableBytes: tableBytes(size, shift, levels)
    )
  }

  var hostPageShift: Int { (host?.pageSize ?? 65536).trailingZeroBitCount }

  private func tableBytes(_ size: UInt64, _ shift: Int, _ levels: Int) -> UInt64 {
    guard size.nonzeroBitCount == 1 else { return 0 }
    return host?.cpu.platform == "pSeries"
      ? TCETable.pseries(window: size, pageShift: shift)
      : TCETable.powernv(window: size, pageShift: shift, levels: levels, hostPageShift: hostPageShift)
  }

  /// The largest page the guest is offered, the host has and the RAM's backing reaches.
  ///
  /// QEMU 10.0, hw/vfio/spapr.c: vfio_spapr_create_window.
  private func dynamicPageSize(_ written: HostBridge.Windows, device: Int?) -> UInt64 {
    let offered =
      written.pageSizes.isEmpty ? 0x0121_1000 : written.pageSizes.reduce(UInt64(0)) { $0 | $1.value.bytes }
    let known = table(of: device)?.pageSizes?.mask ?? offered
    let backing = guest.memory.pageSize ?? 65536
    return PageSizes(mask: offered & known).sizes.last { $0 <= backing } ?? 65536
  }

  private func powerOfTwo(_ value: UInt64) -> UInt64 {
    value.nonzeroBitCount == 1 || value > 1 << 62 ? value : 1 << UInt64(64 - value.leadingZeroBitCount)
  }
}

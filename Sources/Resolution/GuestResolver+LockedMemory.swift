import Diagnostics
import GuestSchema
import HostInventory
import VFIOTypes

extension GuestResolver {
  /// What the hypervisor's process must be allowed to lock, summand by summand.
  mutating func resolveLockedMemory() {
    var need = LockedMemoryNeed()
    if guest.containers.contains(where: \.model.value.isSPAPR) {
      need.parts = sPAPRParts()
    } else {
      need.parts = mappingParts()
    }
    (need.limit, need.limitReason) = limit()
    guest.lockedMemory = need
  }

  /// Type1 and iommufd: every container that can hold a full map counts all RAM again.
  ///
  /// Linux 6.12, drivers/vfio/vfio_iommu_type1.c: vfio_lock_acct. A guest IOMMU that is not in use yet shows RAM, so
  /// its containers hold a full map until the guest's driver takes over.
  private func mappingParts() -> [LockedMemoryNeed.Part] {
    guest.containers.compactMap { container in
      guard container.model.value != .noIOMMU else { return nil }
      let bootsBypassed = configuration.viommu?.bootBypass?.value ?? true
      guard container.use != .guestVisible || bootsBypassed && guest.guestIOMMU != .zpci else { return nil }
      return .init(what: "guest RAM, container '\(container.name.value)'", bytes: guest.memory.maximum)
    }
  }

  /// What sPAPR charges: on v1 the whole 32-bit window and its table; on v2 the RAM once, and each window's table.
  ///
  /// KVM keeps a copy of every guest table.
  private func sPAPRParts() -> [LockedMemoryNeed.Part] {
    var parts: [LockedMemoryNeed.Part] = []
    if guest.containers.contains(where: { $0.model.value == .spaprTCEv2 }) {
      parts.append(.init(what: "guest RAM, registered once", bytes: guest.memory.maximum))
    }
    for container in guest.containers {
      let name = container.name.value
      if container.model.value == .spaprTCE {
        let window = hostWindow(container) ?? 2 << 30
        let table = TCETable.powernv(window: window, pageShift: 12, levels: 1, hostPageShift: hostPageShift)
        parts.append(.init(what: "32-bit window and its table, container '\(name)'", bytes: window + table))
      } else {
        let tables = container.windows.reduce(UInt64(0)) { $0 + $1.tableBytes }
        parts.append(.init(what: "tables of its windows, container '\(name)'", bytes: tables))
      }
    }
    if guest.accelerator.value == .kvm {
      parts.append(.init(what: "KVM's copies of the guest's tables", bytes: kvmCopies()))
    }
    return parts
  }

  private func hostWindow(_ container: ResolvedContainer) -> UInt64? {
    let domain = container.devices.first.flatMap { guest.devices[$0].hostAddress?.domain }
    return host?.tce.first { $0.domain == domain }?.dma32Size
  }

  private func kvmCopies() -> UInt64 {
    let page = host?.pageSize ?? 65536
    var bytes: UInt64 = 0
    for bridge in guest.bridges where bridge.kind.value == .spapr {
      let size = bridge.configuration.window.dma32?.value.bytes ?? 1 << 30
      bytes += TCETable.kvmCopy(window: size, pageShift: 12, hostPageSize: page)
    }
    // The dynamic window is the guest's, one a host bridge, however many containers the host needs for it.
    for bridge in guest.bridges {
      guard let container = bridge.containers.first else { continue }
      for window in guest.containers[container].windows where window.kind == .dynamic {
        bytes += TCETable.kvmCopy(
          window: window.size,
          pageShift: window.pageSize.trailingZeroBitCount,
          hostPageSize: page
        )
      }
    }
    return bytes
  }

  private func limit() -> (LockedMemoryNeed.Limit, String) {
    switch configuration.hypervisor.memlock?.value {
    case .bytes(let count): return (.bytes(count.bytes), "written in the file")
    case .unlimited: return (.unlimited, "written in the file")
    case nil: break
    }
    let wanted = configuration.hypervisor.user?.value
    let user = host?.users.first { wanted == nil || $0.name == wanted }
    if user?.hasIPCLock == true { return (.unlimited, "the user has CAP_IPC_LOCK") }
    switch user?.memlock {
    case .unlimited: return (.unlimited, "the limit of user '\(user?.name ?? "")'")
    case .bytes(let bytes): return (.bytes(bytes), "the limit of user '\(user?.name ?? "")'")
    case nil: return (.unknown, "no limit is known")
    }
  }
}

import Diagnostics
import HostDoors
import HostInventory
import VFIOPlan
import VFIOTypes

/// Reads back what was written.
struct Verification {
  let plan: Plan
  let host: ChangeableHost

  /// Compares the driver link and the override text with what was planned.
  func failure(of one: PendingBinding) -> Diagnostic? {
    let binding = one.binding
    let place = binding.origin.place(in: plan)
    do throws(HostFileError) {
      let wanted = BindingState(driver: binding.target, override: binding.target)
      let state = try BindingState.read(binding.device, in: host.files)
      guard state != wanted else { return nil }
      return ChangeRule.bindWithoutEffect.finding(
        "'\(binding.target)' did not bind '\(binding.device)'",
        at: place,
        facts: facts(of: binding, state),
        why: likelyCause(binding),
        help: ["the kernel's log says what its probe met"]
      )
    } catch {
      return ChangeRule.hostUnreadable.finding(
        "the driver of '\(binding.device)' cannot be read back",
        at: place,
        facts: [error.fact]
      )
    }
  }

  private func facts(of binding: DriverBinding, _ state: BindingState?) -> [String] {
    guard let state else { return ["\(binding.device) is gone"] }
    return ["driver: \(state.driver ?? "none")", "driver_override: \(state.override ?? "(null)")"]
  }

  /// Linux 6.12, drivers/vfio/pci/vfio_pci_core.c: vfio_pci_core_register_device, and drivers/vfio/group.c:
  /// vfio_group_find_or_alloc, refuse what is named here.
  private func likelyCause(_ binding: DriverBinding) -> String? {
    guard let device = SysfsReader.device(at: binding.device, of: host.files) else { return nil }
    if (try? host.files.status("/sys/bus/pci/devices/\(binding.device)/iommu_group")) == nil {
      return "it is in no IOMMU group: the IOMMU is off or does not cover it"
    }
    if device.isBridge == true { return "it is a bridge, and only ordinary functions can be assigned" }
    if let sriov = device.sriov, sriov.current > 0 { return "it has active virtual functions" }
    return nil
  }

  /// The groups of the plan that would be refused, since a driver of the host has a member.
  func unviableGroups() -> [Diagnostic] {
    var seen: Set<[String]> = []
    return plan.bindings.compactMap { binding in
      let folder = "/sys/bus/pci/devices/\(binding.device)/iommu_group/devices"
      let members = (try? host.files.names(in: folder)) ?? []
      guard !members.isEmpty, seen.insert(members).inserted else { return nil }
      let devices = members.compactMap { PCIAddress($0) }.compactMap {
        SysfsReader.device(at: $0, of: host.files)
      }
      guard devices.contains(where: { $0.blocksGroup == true }) else { return nil }
      return ChangeRule.groupNotViable.finding(
        "the group of '\(binding.device)' is not viable",
        at: binding.origin.place(in: plan),
        facts: devices.map { device in
          "\(device.address)  \(device.driver?.name ?? "no driver")\(device.blocksGroup == true ? "  blocks" : "")"
        },
        help: ["add 'siblings: give' (the guest gets it) or 'siblings: park' (vfio-pci, unused)"]
      )
    }
  }
}

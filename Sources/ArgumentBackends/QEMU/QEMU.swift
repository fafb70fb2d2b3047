package import Diagnostics
package import VFIOPlan
import VFIOTypes

/// Arguments of QEMU for pseries, q35, pc and virt machines: a fragment, not a whole guest.
///
/// The order is QEMU's: what a device needs stands before it. A guest IOMMU that comes after a device does not
/// translate for it: QEMU 10.0, hw/vfio/pci.c: vfio_realize asks pci_device_iommu_address_space once.
package enum QEMU: ArgumentBackend {
  package static let name = "qemu"

  package static func arguments(
    for guest: GuestPlan,
    in plan: Plan,
    options: BackendOptions,
    _ diagnostics: inout [Diagnostic]
  ) -> [Argument] {
    var fragment = QEMUFragment(guest, plan, options)
    fragment.addMachine()
    fragment.addMemory()
    fragment.addDefaultsOfBuiltIns()
    fragment.addIOMMUFD()
    fragment.addGuestIOMMU()
    fragment.addBridges()
    fragment.addPorts()
    fragment.addDevices()
    fragment.addRawArguments()
    fragment.refuseSharedIDs()
    diagnostics += fragment.diagnostics
    return fragment.arguments
  }
}

import Diagnostics
import VFIOPlan
import VFIOTypes

extension QEMUFragment {
  /// The id of the object that stands for `/dev/iommu`.
  static let iommufd = "guest_iommufd"

  /// One open `/dev/iommu`; QEMU makes an IOAS in it for each guest address space.
  mutating func addIOMMUFD() {
    guard let device = guest.devices.first(where: { container(of: $0)?.model == .iommufd }) else { return }
    need(Version(9, 0), for: "iommufd", device.origin)
    var properties: [ArgumentProperty] = []
    properties.add("id", QEMUFragment.iommufd)
    if guest.machine.passesDescriptors {
      let name = iommufdName
      if let number = options.descriptors[name] {
        properties.add("fd", String(number))
      } else {
        refuse("the descriptor of '\(name)' is known only to a plan that is applied", device.origin)
      }
    }
    add(.object(type: "iommufd", properties), guest.origin, "devices are attached by /dev/iommu")
  }

  /// The name the plan's steps know the open file by.
  private var iommufdName: String {
    for planned in guest.steps {
      if case .openIOMMUFD(let name) = planned.step { return name }
    }
    return "iommufd"
  }

  /// The assigned devices; what is plugged later is not part of the machine at its start.
  ///
  /// Functions of a slot come in any order before the machine starts: QEMU 10.0, hw/pci/pci.c: pci_init_multifunction.
  mutating func addDevices() {
    for container in guest.containers { check(container) }
    for device in guest.devices {
      guard device.isHotplugged else {
        add(device)
        continue
      }
      refuse(
        "'\(device.name)' is plugged later, so the machine starts without it",
        device.origin,
        severity: .note
      )
    }
  }

  private func container(of device: PlannedDevice) -> PlannedContainer? {
    guest.containers.first { $0.name == device.container }
  }

  /// QEMU 10.0, hw/vfio/container.c: vfio_get_iommu_type tries Type1v2, Type1, sPAPR v2 and v1, in this order.
  private mutating func check(_ container: PlannedContainer) {
    switch container.model {
    case .type1v2, .spaprTCE, .spaprTCEv2, .iommufd: break
    case .type1:
      refuse(
        "QEMU takes type1v2 where the host offers it, whatever is asked for",
        container.origin,
        severity: .warning
      )
    case .noIOMMU: refuse("QEMU assigns no device without an IOMMU", container.origin)
    }
  }

  private mutating func add(_ device: PlannedDevice) {
    var properties: [ArgumentProperty] = []
    addSubject(device, &properties)
    properties.add("id", device.name)
    addPlace(device.address, &properties)
    addOptions(device, &properties)
    add(
      .device(driver: device.options.ramfb == true ? "vfio-pci-nohotplug" : "vfio-pci", properties),
      device.origin,
      reason("device '\(device.name)' on bridge '\(device.bridge)'", device.origin.path + ".slot")
    )
  }

  private mutating func addSubject(_ device: PlannedDevice, _ properties: inout [ArgumentProperty]) {
    let isIOMMUFD = container(of: device)?.model == .iommufd
    let descriptor = guest.machine.passesDescriptors ? options.descriptors[device.name] : nil
    if guest.machine.passesDescriptors, !isIOMMUFD {
      // QEMU 10.0, hw/vfio/device.c: vfio_device_get_name takes 'fd' together with 'iommufd' alone.
      refuse("a descriptor can be passed to QEMU for iommufd only", device.origin)
    } else if guest.machine.passesDescriptors, descriptor == nil {
      refuse("the descriptor of '\(device.name)' is known only to a plan that is applied", device.origin)
    }
    switch device.subject {
    case .pci(let address): if descriptor == nil { properties.add("host", address.description) }
    case .mdev(let uuid): if descriptor == nil { properties.add("sysfsdev", "/sys/bus/mdev/devices/\(uuid)") }
    case .vfioUser: refuse("devices served over vfio-user are not known to this back-end", device.origin)
    case .subchannel: refuse("subchannels exist on s390 machines only", device.origin)
    }
    if isIOMMUFD { properties.add("iommufd", QEMUFragment.iommufd) }
    if let descriptor { properties.add("fd", String(descriptor)) }
  }

  /// QEMU 10.0, hw/vfio/pci.c: vfio_pci_dev_properties, and hw/pci/pci.c: pci_props.
  private mutating func addOptions(_ device: PlannedDevice, _ properties: inout [ArgumentProperty]) {
    let options = device.options
    properties.add("vf-token", options.vfToken)
    properties.add("rombar", options.romBar.map { $0 ? 1 : 0 })
    properties.add("romfile", options.romFile)
    properties.add("romsize", options.romSize)
    properties.add("x-vga", options.vga)
    properties.add("display", word: options.display)
    properties.add("ramfb", options.ramfb)
    properties.add("x-igd-opregion", options.igdOpRegion)
    properties.add("bootindex", options.bootIndex)
    addMigration(options, &properties)
    properties.add("failover_pair_id", options.failover)
    properties.add("x-nv-gpudirect-clique", options.clique)
    properties.add("x-balloon-allowed", options.allowsBalloon)
    if options.vfToken != nil { need(Version(8, 1), for: "a VF token", device.origin) }
    if options.romSize != nil { need(Version(6, 0), for: "'romsize'", device.origin) }
    if options.failover != nil { need(Version(4, 2), for: "a failover pair", device.origin) }
    if options.zpciUID != nil || options.zpciFID != nil {
      refuse("zPCI ids exist on s390 machines only", device.origin)
    }
  }

  /// An experimental switch until QEMU 8.1 gave it the name without `x-` and a third value.
  private func addMigration(
    _ options: PlannedDevice.Options,
    _ properties: inout [ArgumentProperty]
  ) {
    if let version, version < Version(8, 1) {
      properties.add("x-enable-migration", options.migration)
    } else {
      properties.add("enable-migration", word: options.migration)
    }
  }
}

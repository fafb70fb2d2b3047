import Policy
import VFIOCore
import VFIOPlan
import VFIOTypes

/// Addresses on bus n, function 0.
func device(_ bus: UInt8, _ function: UInt8 = 0) -> PCIAddress {
  PCIAddress(domain: 0, bus: bus, device: 0, function: function)
}

/// What an x86 host with VT-d takes of 4 GiB of guest RAM below its hole.
let ram = IOVARange(start: 0, last: 0x7fff_ffff)

/// Three groups alone and one of two functions, all bound to vfio-pci.
func machine() -> ModelHost {
  ModelHost(groups: [
    ModelGroup(IOMMUGroupID(7), devices: [ModelDevice(device(1))]),
    ModelGroup(IOMMUGroupID(8), devices: [ModelDevice(device(2))]),
    ModelGroup(IOMMUGroupID(9), devices: [ModelDevice(device(3))]),
    ModelGroup(IOMMUGroupID(11), devices: [ModelDevice(device(6)), ModelDevice(device(6, 1))]),
  ])
}

/// The steps of a container with its first group.
func opening(_ container: String, _ group: PCIAddress, accepting: [IOVARange] = [ram]) -> [Step] {
  [
    .openContainer(container), .openGroup(group), .attachGroup(group, container: container),
    .setIOMMU(container: container, model: .type1v2),
    .readInformation(container: container, accepting: accepting),
    .proveMapping(container: container, address: 0, pageSize: 4096),
    .proveMapping(container: container, address: 0x7fff_f000, pageSize: 4096),
    .mapMemory(container: container, memory: "below-4g", range: ram),
  ]
}

/// The steps that open devices of a group and read them.
func using(_ devices: PCIAddress..., group: PCIAddress) -> [Step] {
  devices.flatMap { [Step.openDevice($0, group: group, vfToken: nil), Step.readDevice($0)] }
}

/// The steps of a map-all group after the first.
func finding(_ group: PCIAddress, _ containers: [String], another: String) -> [Step] {
  [.openGroup(group), .attachGroupToAccepting(group, containers: containers, another: another)]
}

/// Lists of steps, one after the other.
func steps(_ lists: [Step]...) -> [Step] { lists.flatMap { $0 } }

extension ExecutionCase {
  static let oneDevice = ExecutionCase(
    "one device",
    machine(),
    [steps(opening("main", device(1)), using(device(1), group: device(1)))]
  )

  static let mapAllSteps = steps(
    opening("main", device(1)),
    finding(device(2), ["main"], another: "main-2"),
    finding(device(6), ["main", "main-2"], another: "main-3"),
    using(device(1), group: device(1)),
    using(device(2), group: device(2)),
    using(device(6), device(6, 1), group: device(6))
  )

  static let mapAll = ExecutionCase("three groups map-all", machine(), [mapAllSteps])

  static let guestVisible = ExecutionCase(
    "two containers guest-visible",
    machine(),
    [
      steps(
        opening("a", device(1)),
        using(device(1), group: device(1)),
        opening("b", device(2), accepting: []),
        [.openGroup(device(3)), .attachGroup(device(3), container: "b")],
        [.readInformation(container: "b", accepting: [ram])],
        using(device(2), group: device(2))
      )
    ]
  )

  static let twoGuests = ExecutionCase(
    "two guests",
    machine(),
    [
      steps(opening("main", device(1)), using(device(1), group: device(1))),
      steps(opening("main", device(2)), using(device(2), group: device(2))),
    ]
  )

  /// Guest files with devices in every arrangement Type1 has.
  static let texts: [(String, String)] = [
    (
      "file, map-all, three groups",
      """
      version: 1
      guests:
        web:
          machine: q35
          memory: 4GiB
          bridges:
            main:
              devices:
                - {device: "0000:01:00.0", siblings: give}
                - "0000:02:00.0"
                - {device: "0000:04:00.0", siblings: park}
      """
    ),
    (
      "file, guest-visible",
      """
      version: 1
      guests:
        web:
          machine: q35
          memory: 4GiB
          viommu: {model: intel, caching-mode: true}
          bridges:
            main:
              devices: ["0000:02:00.0", "0000:05:02.0"]
      """
    ),
    (
      "file, two guests",
      """
      version: 1
      guests:
        a:
          machine: q35
          memory: 2GiB
          bridges: {main: {devices: ["0000:02:00.0"]}}
        b:
          machine: q35
          memory: 2GiB
          bridges: {main: {devices: ["0000:03:00.0"]}}
      """
    ),
  ]

  static let byHand = [oneDevice, mapAll, guestVisible, twoGuests]
  static let fromFiles =
    texts.compactMap { ExecutionCase($0.0, $0.1, on: .x86) }
    + powerTexts.compactMap { ExecutionCase($0.0, $0.1, on: .powernv) }
    + partitionTexts.compactMap { ExecutionCase($0.0, $0.1, on: .pseries) }

  /// Guest files of a bare POWER host.
  static let powerTexts: [(String, String)] = [
    (
      "file, two PAPR host bridges on powernv",
      """
      version: 1
      guests:
        db:
          machine: pseries
          memory: 1GiB
          bridges:
            net: {index: 1, devices: [{device: "0001:01:00.0", siblings: give}]}
            store: {index: 2, devices: ["0003:01:00.0"]}
      """
    ),
    (
      "file, two groups on a PAPR host bridge",
      """
      version: 1
      guests:
        db:
          machine: pseries
          memory: 1GiB
          bridges:
            net: {index: 1, devices: ["0002:01:00.0", "0003:01:00.0"]}
      """
    ),
    (
      "file, sPAPR TCE v1",
      """
      version: 1
      guests:
        db:
          machine: pseries
          memory: 1GiB
          bridges:
            net: {index: 1, iommu-model: spapr-tce, window: {ddw: false}, devices: ["0002:01:00.0"]}
      """
    ),
  ]

  /// Guest files of a partition.
  static let partitionTexts: [(String, String)] = [
    (
      "file, two PAPR host bridges on pseries",
      """
      version: 1
      guests:
        db:
          machine: pseries
          memory: 1GiB
          bridges:
            net: {index: 1, devices: [{device: "0001:01:00.0", siblings: give}]}
            store: {index: 2, devices: ["0003:01:00.0"]}
      """
    )
  ]
}

import Planning
import Policy
import Testing
import VFIOPlan
import VFIOTypes

/// An address that is written right.
private func pci(_ text: String) throws -> PCIAddress { try #require(PCIAddress(text)) }

private let gibibyte: UInt64 = 1 << 30

@Suite struct StepTests {
  @Test func `Type1 map-all maps RAM before it tries further groups`() throws {
    let (gpu, audio) = (try pci("0000:01:00.0"), try pci("0000:01:00.1"))
    let (nic, disk) = (try pci("0000:02:00.0"), try pci("0000:03:00.0"))
    let low = IOVARange(start: 0, last: 0x7fff_ffff)
    let high = IOVARange(start: 0x1_0000_0000, last: 0x1_7fff_ffff)
    #expect(
      try PlanCase.mapAll.plan().firstSteps == [
        .openContainer("map-all"),
        .openGroup(gpu),
        .attachGroup(gpu, container: "map-all"),
        .setIOMMU(container: "map-all", model: .type1v2),
        .readInformation(container: "map-all", accepting: [low, high]),
        .proveMapping(container: "map-all", address: 0, pageSize: 4096),
        .proveMapping(container: "map-all", address: 0x7fff_f000, pageSize: 4096),
        .proveMapping(container: "map-all", address: 0x1_0000_0000, pageSize: 4096),
        .proveMapping(container: "map-all", address: 0x1_7fff_f000, pageSize: 4096),
        .mapMemory(container: "map-all", memory: "below-4g", range: low),
        .mapMemory(container: "map-all", memory: "above-4g", range: high),
        .openGroup(nic),
        .attachGroupToAccepting(nic, containers: ["map-all"], another: "map-all-2"),
        .openGroup(disk),
        .attachGroupToAccepting(disk, containers: ["map-all", "map-all-2"], another: "map-all-3"),
        .openDevice(gpu, group: gpu, vfToken: nil),
        .readDevice(gpu),
        .openDevice(audio, group: gpu, vfToken: nil),
        .readDevice(audio),
        .openDevice(nic, group: nic, vfToken: nil),
        .readDevice(nic),
        .openDevice(disk, group: disk, vfToken: nil),
        .readDevice(disk),
      ]
    )
  }

  @Test func `a guest-visible container beside a bypass is told and holds no RAM`() throws {
    let (nic, vf) = (try pci("0000:02:00.0"), try pci("0000:05:02.0"))
    let low = IOVARange(start: 0, last: 0x7fff_ffff)
    let high = IOVARange(start: 0x1_0000_0000, last: 0x2_7fff_ffff)
    let accepted = [
      IOVARange(start: 0, last: 0xfedf_ffff), IOVARange(start: 0xfef0_0000, last: 0xffff_ffff_ffff),
    ]
    #expect(
      try PlanCase.besideBypass.plan().firstSteps == [
        .openContainer("map-all"),
        .openGroup(nic),
        .attachGroup(nic, container: "map-all"),
        .setIOMMU(container: "map-all", model: .type1v2),
        .readInformation(container: "map-all", accepting: [low, high]),
        .proveMapping(container: "map-all", address: 0, pageSize: 4096),
        .proveMapping(container: "map-all", address: 0x7fff_f000, pageSize: 4096),
        .proveMapping(container: "map-all", address: 0x1_0000_0000, pageSize: 4096),
        .proveMapping(container: "map-all", address: 0x2_7fff_f000, pageSize: 4096),
        .mapMemory(container: "map-all", memory: "below-4g", range: low),
        .mapMemory(container: "map-all", memory: "above-4g", range: high),
        .openDevice(nic, group: nic, vfToken: nil),
        .readDevice(nic),
        .openContainer("vf0"),
        .openGroup(vf),
        .attachGroup(vf, container: "vf0"),
        .setIOMMU(container: "vf0", model: .type1v2),
        .readInformation(container: "vf0", accepting: accepted),
        .proveMapping(container: "vf0", address: 0, pageSize: 4096),
        .proveMapping(container: "vf0", address: 0xfedf_f000, pageSize: 4096),
        .proveMapping(container: "vf0", address: 0xfef0_0000, pageSize: 4096),
        .proveMapping(container: "vf0", address: 0xffff_ffff_f000, pageSize: 4096),
        .openDevice(vf, group: vf, vfToken: "6f1f0a3e-5d3c-4f07-9b39-0a4d4d5b3c11"),
        .readDevice(vf),
      ]
    )
  }

  @Test func `iommufd binds and attaches all devices before the IOAS is asked and mapped`() throws {
    let (nic, disk) = (try pci("0000:02:00.0"), try pci("0000:03:00.0"))
    let ram = IOVARange(start: 0, last: 0x7fff_ffff)
    #expect(
      try PlanCase.iommufd.plan().firstSteps == [
        .openIOMMUFD("iommufd"),
        .bindDevice(nic, iommufd: "iommufd"),
        .bindDevice(disk, iommufd: "iommufd"),
        .allocateIOAS(container: "map-all", iommufd: "iommufd"),
        .attachDevice(nic, container: "map-all"),
        .attachDevice(disk, container: "map-all"),
        .readRanges(container: "map-all", accepting: [ram]),
        .proveMapping(container: "map-all", address: 0, pageSize: 4096),
        .proveMapping(container: "map-all", address: 0x7fff_f000, pageSize: 4096),
        .mapMemory(container: "map-all", memory: "below-4g", range: ram),
        .readDevice(nic),
        .readDevice(disk),
      ]
    )
  }

  /// The steps of one host bridge's container of sPAPR v2 on bare hardware.
  private func bridge(_ name: String, _ group: PCIAddress, _ devices: [PCIAddress]) -> [Step] {
    let low = PlannedWindow(
      kind: .default,
      start: 0,
      size: gibibyte,
      pageSize: 4096,
      levels: 1,
      tableBytes: 4 << 20
    )
    let high = PlannedWindow(
      kind: .dynamic,
      start: 1 << 59,
      size: 64 * gibibyte,
      pageSize: 65536,
      levels: 1,
      tableBytes: 16 << 20
    )
    return [
      .openContainer(name),
      .openGroup(group),
      .attachGroup(group, container: name),
      .setIOMMU(container: name, model: .spaprTCEv2),
      .readInformation(container: name, accepting: []),
      .registerMemory(container: name, memory: "ram"),
      .removeDefaultWindow(container: name),
      .createWindow(container: name, window: low),
      .createWindow(container: name, window: high),
      .proveMapping(container: name, address: 0, pageSize: 4096),
      .proveMapping(container: name, address: 0x3fff_f000, pageSize: 4096),
      .proveMapping(container: name, address: 1 << 59, pageSize: 65536),
      .proveMapping(container: name, address: 1 << 59 + 64 * gibibyte - 65536, pageSize: 65536),
    ] + devices.flatMap { [.openDevice($0, group: group, vfToken: nil), .readDevice($0)] }
      + [.enableEEH(container: name)]
  }

  @Test func `two PAPR bridges have a container each, and nothing maps RAM`() throws {
    let (nic, second, disk) = (try pci("0001:01:00.0"), try pci("0001:01:00.1"), try pci("0003:01:00.0"))
    #expect(
      try PlanCase.twoBridges.plan().firstSteps
        == bridge("net", nic, [nic, second]) + bridge("store", disk, [disk])
    )
  }

  @Test func `sPAPR v1 enables the host's own window`() throws {
    let nic = try pci("0002:01:00.0")
    let window = IOVARange(start: 0, last: 0x3fff_ffff)
    #expect(
      try PlanCase.versionOne.plan().firstSteps == [
        .openContainer("net"),
        .openGroup(nic),
        .attachGroup(nic, container: "net"),
        .setIOMMU(container: "net", model: .spaprTCE),
        .readInformation(container: "net", accepting: [window]),
        .enable(container: "net"),
        .proveMapping(container: "net", address: 0, pageSize: 4096),
        .proveMapping(container: "net", address: 0x3fff_f000, pageSize: 4096),
        .openDevice(nic, group: nic, vfToken: nil),
        .readDevice(nic),
        .enableEEH(container: "net"),
      ]
    )
  }

  @Test func `v1 takes one group a container`() throws {
    let plan = try PlanningTests.plan(
      """
      version: 1
      guests:
        old:
          machine: pseries
          memory: 4GiB
          iommu-model: spapr-tce
          bridges:
            net: {index: 1, devices: ["0002:01:00.0", "0003:01:00.0"]}
      """,
      on: .powernv
    )
    let attached = plan.firstSteps.filter { $0.kind == .attachGroup }
    #expect(
      attached == [
        .attachGroup(try pci("0002:01:00.0"), container: "net"),
        .attachGroup(try pci("0003:01:00.0"), container: "net-2"),
      ]
    )
    #expect(!plan.firstSteps.contains { $0.kind == .enableEEH })
  }

  @Test func `without a host nothing is opened`() throws {
    let plan = try PlanCase.noHost.plan()
    #expect(plan.firstSteps == [])
    #expect(plan.facts == [])
  }

  @Test func `a sibling that is parked is bound, and by what says so`() throws {
    let plan = try PlanCase.parked.plan()
    let (first, second) = (try pci("0000:04:00.0"), try pci("0000:04:00.1"))
    let path = "guests.vm.bridges.main.devices.0"
    #expect(
      plan.bindings == [
        DriverBinding(
          device: first,
          group: [first, second],
          current: "igb",
          target: "vfio-pci",
          purpose: .assigned,
          isManaged: true,
          origin: Origin(path: path, line: 6, column: 41, length: 14)
        ),
        DriverBinding(
          device: second,
          group: [first, second],
          current: "igb",
          target: "vfio-pci",
          purpose: .parked,
          isManaged: true,
          origin: Origin(path: path + ".siblings", line: 6, column: 67, length: 4)
        ),
      ]
    )
  }
}

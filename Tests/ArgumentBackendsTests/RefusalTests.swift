import ArgumentBackends
import Diagnostics
import Testing
import VFIOPlan
import VFIOTypes

/// What QEMU cannot express is said, on its line.
struct RefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var machine: String
    var version: Version
    var line: Int
    var severity: Severity
    var message: String
    var change: @Sendable (inout GuestPlan) -> Void
    var testDescription: String { message }

    init(
      _ message: String,
      line: Int,
      machine: String = "q35",
      version: Version = Version(10, 0),
      severity: Severity = .error,
      _ change: @escaping @Sendable (inout GuestPlan) -> Void
    ) {
      self.machine = machine
      self.version = version
      self.line = line
      self.severity = severity
      self.message = message
      self.change = change
    }
  }

  @Test(arguments: [
    Case("iommufd needs QEMU 9.0, and QEMU 7.2 is written for", line: 9, version: Version(7, 2)) {
      $0.devices = [HandMade.device("nic", on: "pcie.0", 3)]
      $0.containers[0].model = .iommufd
    },
    Case("a VF token needs QEMU 8.1, and QEMU 8.0 is written for", line: 9, version: Version(8, 0)) {
      $0.devices = [HandMade.device("nic", on: "pcie.0", 3)]
      $0.devices[0].options.vfToken = "00000000-0000-0000-0000-000000000001"
    },
    Case("the main root bus of machine 'pc' cannot bypass the guest IOMMU", line: 2, machine: "pc") {
      $0.machine.rootBusBypassesIOMMU = true
    },
    Case("machine 'virt' has no 64-bit PCI hole to size", line: 2, machine: "virt") {
      $0.machine.pciHole64 = 1 << 40
    },
    Case("a split interrupt chip exists on x86 only", line: 2, machine: "pseries") {
      $0.machine.interruptChip = .split
    },
    Case("the built-in PAPR host bridge has no NUMA node", line: 5, machine: "pseries") {
      $0.bridges[0].numa = 1
    },
    Case("QEMU has one PCI segment, and bridge 'main' is in 2", line: 5) { $0.bridges[0].segment = 2 },
    Case("QEMU's 'intel' IOMMU has no setting 'granule'", line: 2) {
      $0.viommu = PlannedGuestIOMMU(model: .intel, origin: $0.origin)
      $0.viommu?.granule = "4KiB"
    },
    Case("a port of kind 'upstream' reserves nothing", line: 7) {
      $0.ports = [HandMade.port("up", .upstream, on: "pcie.0", 3)]
      $0.ports[0].reserve.buses = 2
    },
    Case("'nic' names two things of the guest, and QEMU takes an id once", line: 9) {
      $0.ports = [HandMade.port("nic", .rootPort, on: "pcie.0", 3)]
      $0.devices = [HandMade.device("nic", on: "nic", 0)]
    },
    Case("'a\\u{a}b' holds a control character", line: 2) { $0.machine.rawArguments = ["a\nb"] },
    Case("memory backed by 'file' needs a path", line: 2) { $0.memory.backing = .file },
    Case("QEMU assigns no device without an IOMMU", line: 5) { $0.containers[0].model = .noIOMMU },
    Case("the descriptor of 'nic' is known only to a plan that is applied", line: 9) {
      $0.machine.passesDescriptors = true
      $0.containers[0].model = .iommufd
      $0.devices = [HandMade.device("nic", on: "pcie.0", 3)]
    },
    Case("'nic' is plugged later, so the machine starts without it", line: 9, severity: .note) {
      $0.devices = [HandMade.device("nic", on: "pcie.0", 3)]
      $0.devices[0].isHotplugged = true
    },
    Case("subchannels exist on s390 machines only", line: 9) {
      $0.devices = [HandMade.device("nic", on: "pcie.0", 3)]
      $0.devices[0].subject = .subchannel("0.0.1234")
    },
  ]) func `what has no argument is said on its line`(example: Case) {
    var guest = HandMade.guest(example.machine, version: example.version)
    example.change(&guest)
    var diagnostics: [Diagnostic] = []
    let options = BackendOptions(descriptors: ["iommufd": 5])
    _ = QEMU.arguments(for: guest, in: HandMade.plan(guest), options: options, &diagnostics)
    let wanted = Diagnostic(
      rule: "backend-cannot-express",
      severity: example.severity,
      message: example.message,
      range: nil,
      place: TextPlace(file: "g.yaml", line: example.line, column: 3, length: 1)
    )
    #expect(diagnostics == [wanted])
  }

  @Test func `verbatim properties of a guest IOMMU are spelled in the comma form`() {
    var guest = HandMade.guest("q35")
    guest.viommu = PlannedGuestIOMMU(model: .intel, origin: guest.origin)
    guest.viommu?.properties = [.init(name: "x-buggy-eim", value: "true")]
    #expect(words(guest, .json).suffix(2) == ["-device", "intel-iommu,id=guest_iommu,x-buggy-eim=true"])
  }
}

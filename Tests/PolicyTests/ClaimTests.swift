import Diagnostics
import GuestSchema
import HostInventory
import Policy
import Resolution
import TestSupport
import Testing
import VFIOTypes
import YAMLSyntax

/// What an example cannot show.
@Suite struct ClaimTests {
  private func resolved(_ text: String, _ host: HostSnapshot?) -> ResolvedConfiguration? {
    var diagnostics: [Diagnostic] = []
    let source = SourceText(id: SourceID(0), name: "claim.yaml", bytes: Array(text.utf8))
    guard let document = YAMLParser.parse(source, diagnostics: &diagnostics) else { return nil }
    return Resolver.resolve(GuestReader.read(document, diagnostics: &diagnostics), host: host)
  }

  @Test func `every PAPR host bridge has an index, a bus of its name and v2 where the model is open`() {
    var wrong: [String] = []
    for seed in 0..<UInt64(Rounds.of(2000)) {
      let host: ExampleHost = seed.isMultiple(of: 2) ? .powernv : .pseries
      let file = GuestGenerator.file(seed: seed, host: host)
      for guest in resolved(file.text, host.snapshot)?.guests ?? [] {
        for bridge in guest.bridges where bridge.kind.value == .spapr {
          let bus = bridge.isBuiltIn ? "pci.0" : "\(bridge.name).0"
          if bridge.phbIndex == nil || bridge.bus != bus || bridge.model.value != .spaprTCEv2 {
            wrong.append("\(file)\nbridge \(bridge.name)")
          }
        }
      }
    }
    #expect(wrong == [])
  }

  @Test(arguments: [
    (
      "GenuineIntel", [],
      "enable VT-d in the firmware, and boot with intel_iommu=on where the kernel does not by itself"
    ),
    (
      "GenuineIntel", ["intel_iommu=on"],
      "enable VT-d in the firmware; the kernel's command line asks for it already"
    ),
    ("GenuineIntel", ["intel_iommu=off"], "delete 'intel_iommu=off' from the kernel's command line"),
    ("AuthenticAMD", ["amd_iommu=off"], "delete 'amd_iommu=off' from the kernel's command line"),
    ("AuthenticAMD", ["iommu=pt"], "enable the IOMMU (AMD-Vi) in the firmware"),
  ])
  func `the cure of an IOMMU that is off is nothing that is done already`(
    vendor: String,
    commandLine: [String],
    cure: String
  ) {
    var host = ExampleHost.x86NoIOMMU.snapshot
    host?.cpu.vendor = vendor
    host?.kernel.commandLine = commandLine
    let run = ExampleRun(
      "bridges: {main: {devices: [\"0000:02:00.0\"]}}",
      of: IOMMUOff.self,
      rules: [IOMMUOff.self],
      on: host
    )
    #expect(run.findings.diagnostics.map(\.help) == [[cure]])
  }

  @Test func `a waiver by a retired id silences the rule that survived`() throws {
    let text = """
      version: 1
      allow:
        - {rule: papr-group-unassigned-members, path: guests.vm.bridges.main.devices.0, reason: it has no use}
      guests:
        vm: {machine: q35, memory: 4GiB, bridges: {main: {devices: ["0000:01:00.0"]}}}
      """
    let configuration = try #require(self.resolved(text, ExampleHost.x86.snapshot))
    let judgement = Judge.judge(configuration, earlier: [], today: nil)
    #expect(judgement.diagnostics.map(\.rule) == [])
    #expect(judgement.accepted != nil)
  }

  @Test func `a member that is parked leaves nothing open, whatever its driver`() {
    var host = ExampleHost.x86.snapshot
    var devices = host?.devices ?? []
    for index in devices.indices where devices[index].address == PCIAddress("0000:04:00.1") {
      devices[index].driver = nil
      devices[index].isOnVFIODriver = nil
    }
    host?.setDevices(devices)
    func missing(_ siblings: String) -> [String] {
      let example = Example("bridges: {main: {devices: [{device: \"0000:04:00.0\", siblings: \(siblings)}]}}")
      return ExampleRun(example, of: GroupNotViable.self, rules: [GroupNotViable.self], on: host).findings
        .missing.map(\.fact)
    }
    #expect(missing("park") == [])
    #expect(missing("refuse") == ["driver of 0000:04:00.1"])
  }
}

import Diagnostics
import GuestSchema
import HostChanges
import HostInventory
import Planning
import Policy
import Resolution
import TestSupport
import Testing
import VFIOPlan
import VFIOTypes
import YAMLSyntax

/// From the text of a guest to a bound host and back, with the real planner.
@Suite struct PlannedGuestTests {
  private static let text = """
    version: 1
    protect:
      - {interface: eth5, reason: backup network}
    override:
      - {guard: mounted, device: "0000:02:00.0", reason: scratch disk}
    guests:
      db1:
        machine: q35
        memory: {size: 1GiB}
        bridges:
          main:
            kind: root
            devices:
              - "0000:01:00.0"
              - "0000:02:00.0"
              - {device: "0000:06:00.0", siblings: park}

    """

  private func plan(_ text: String, on host: ModelHostFiles) throws -> Plan {
    var texts = SourceTexts()
    var diagnostics: [Diagnostic] = []
    let source = texts.add(name: "guest.yaml", bytes: Array(text.utf8))
    let document = try #require(YAMLParser.parse(source, diagnostics: &diagnostics))
    let configuration = GuestReader.read(document, diagnostics: &diagnostics)
    let resolved = Resolver.resolve(configuration, host: SysfsReader.snapshot(of: host))
    let judgement = Judge.judge(resolved, earlier: diagnostics, today: nil)
    let errors = judgement.diagnostics.filter { $0.severity == .error }.map { "\($0.rule): \($0.message)" }
    #expect(errors == [])
    return Planner.plan(try #require(judgement.accepted), texts: texts, file: "guest.yaml")
  }

  private func host() -> ModelHostFiles? {
    guard var tree = TreeFiles.shared("x86-intel-iommu") else {
      #expect(!Checkout.isMissing("../shared/hosts"))
      return nil
    }
    // The one that looks is root, and may lock any amount of memory.
    tree.putFile("/proc/self/status", "Name:\tx\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n")
    return ModelHostFiles(tree)
  }

  @Test func `a planned guest is bound, a second time without a write, and given back`() throws {
    guard let host = host() else { return }
    let before = host.tree
    let plan = try plan(Self.text, on: host)
    #expect(
      plan.bindings.map(\.device.description) == [
        "0000:01:00.0", "0000:02:00.0", "0000:06:00.0", "0000:06:00.1",
      ]
    )
    #expect(host.apply(plan).outcome == .done)
    let count = host.log.count
    #expect(host.apply(plan) == ChangeReport(.done))
    #expect(host.log.count == count)
    #expect(host.release().outcome == .done)
    #expect(host.differences(from: before) == [])
  }

  @Test func `what the file protects and permits reaches the guards with its line`() throws {
    guard let host = host() else { return }
    let disk = "/sys/devices/pci0000:00/0000:00:05.0/0000:02:00.0/nvme/nvme0/nvme0n1"
    let text = Self.text.replacing("\"0000:01:00.0\"", with: "\"0000:41:00.0\"")
    let plan = try plan(text, on: host)
    host.with { state in
      state.tree.putFile("/dev/nvme0n1", "")
      state.tree.putFile("/proc/self/mounts", "/dev/nvme0n1 /scratch ext4 rw 0 0\n")
    }
    #expect((try? host.names(in: "\(disk)/holders")) == [])
    let report = host.apply(plan, overriding: ["mounted"])
    #expect(report.outcome == .guarded)
    #expect(
      report.diagnostics.map { finding in
        "\(finding.place?.line ?? 0) \(finding.severity) \(finding.rule) \(finding.facts.joined(separator: "; "))"
      } == [
        "15 warning guard-mounted '/scratch' on nvme0n1",
        "14 error guard-protected interface 'eth5': backup network",
      ]
    )
    #expect(host.kernelWrites == [])
  }
}

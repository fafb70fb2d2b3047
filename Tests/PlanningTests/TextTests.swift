import Diagnostics
import Planning
import Testing
import VFIOPlan

@Suite struct TextTests {
  /// The human form without its first line, which names the digest.
  private func body(_ plan: Plan, _ detail: PlanText.Detail = .changes) -> String {
    let text = PlanText.text(plan, palette: .plain, detail: detail)
    return text.split(separator: "\n", maxSplits: 1).last.map(String.init) ?? ""
  }

  @Test func `PAPR bridges show their windows and that no RAM is mapped`() throws {
    let plan = try PlanCase.twoBridges.plan()
    let head = PlanText.text(plan, palette: .plain).prefix { $0 != "\n" }
    #expect(head == "plan \(PlanJSON.name(of: plan))  host p9-07  guest db1")
    #expect(
      body(plan) == """
          ~ 0001:01:00.0  mlx5_core -> vfio-pci  group {0001:01:00.0, 0001:01:00.1}
          ~ 0001:01:00.1  mlx5_core -> vfio-pci  sibling, given
          ~ 0003:01:00.0  nvme -> vfio-pci
          + container net    sPAPR TCE v2, window 0x0 +1 GiB, dynamic windows 1, no memory listener
          + container store  sPAPR TCE v2, window 0x0 +1 GiB, dynamic windows 1, no memory listener
          locked memory      64.1 GiB needed, 128 GiB allowed

        """
    )
  }

  @Test func `map-all shows that RAM is mapped, and what is bound already`() throws {
    #expect(
      body(try PlanCase.mapAll.plan()) == """
          = 0000:01:00.0  vfio-pci               nothing to do, group {0000:01:00.0, 0000:01:00.1}
          = 0000:01:00.1  vfio-pci               nothing to do, sibling, given
          ~ 0000:02:00.0  mlx5_core -> vfio-pci
          ~ 0000:03:00.0  nvme -> vfio-pci
          + container map-all  Type1v2, guest RAM mapped, 4 GiB
          locked memory        4 GiB needed, 48 GiB allowed

        """
    )
  }

  @Test func `several guests stand under their names`() throws {
    let text = body(try PlanCase.severalGuests.plan())
    #expect(
      text.split(separator: "\n").filter { $0.hasPrefix("guest ") } == ["guest a", "guest b"]
    )
  }

  @Test func `decisions are shown where they are asked for`() throws {
    let plan = try PlanCase.mapAll.plan()
    let text = body(plan, .decisions)
    #expect(text.hasPrefix(body(plan)))
    for decision in plan.guests.flatMap(\.decisions) {
      #expect(text.contains(decision.path) && text.contains(decision.reason))
    }
  }

  @Test func `colours change no width, and text from outside cannot colour`() throws {
    var plan = try PlanCase.mapAll.plan()
    plan.bindings[2].current = "\u{1b}[31mred\u{202e}"
    let plain = PlanText.text(plan, palette: .plain)
    #expect(!plain.unicodeScalars.contains { $0.value == 0x1b || $0.value == 0x202e })
    let coloured = PlanText.text(plan, palette: .coloured)
    let stripped = coloured.replacing(/\u{1b}\[[0-9;]*m/, with: "")
    #expect(stripped == plain)
    #expect(coloured != plain)
  }

  @Test func `steps name their lines`() throws {
    let text = PlanText.steps(try PlanCase.versionOne.plan(), palette: .plain)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.first == "guest old")
    #expect(lines.dropFirst(2).first?.hasSuffix("guest.yaml:8:33") == true)
    #expect(lines.count == 12)
  }
}

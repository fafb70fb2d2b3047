import Diagnostics
import GuestSchema
import Policy
import Resolution
import TestSupport
import Testing
import YAMLSyntax

@Suite struct FalseAlarmTests {
  /// What the stages say of a generated file, worst first; remarks included, since its host has all facts.
  private func said(of file: GeneratedFile) -> [String] {
    let source = SourceText(id: SourceID(0), name: "generated.yaml", bytes: Array(file.text.utf8))
    var earlier: [Diagnostic] = []
    guard let document = YAMLParser.parse(source, diagnostics: &earlier) else {
      return earlier.map(\.message)
    }
    let configuration = GuestReader.read(document, diagnostics: &earlier)
    let resolved = Resolver.resolve(configuration, host: file.host.snapshot)
    let judgement = Judge.judge(resolved, earlier: earlier, today: nil)
    return judgement.diagnostics.map { "\($0.rule): \($0.message)" }
      + (judgement.accepted == nil ? ["not accepted"] : [])
  }

  @Test func `a valid guest file is accepted without a word`() {
    var alarms: [String] = []
    for seed in 0..<UInt64(Rounds.of(2000)) {
      let file = GuestGenerator.file(seed: seed)
      let said = said(of: file)
      if !said.isEmpty { alarms.append("\(file)\n\(said.joined(separator: "\n"))") }
    }
    #expect(alarms == [])
  }

  @Test func `generated files show every machine, use and model`() {
    let texts = (0..<UInt64(400)).map { GuestGenerator.file(seed: $0).text }
    let words = [
      "machine: q35", "machine: pc", "machine: virt", "machine: pseries", "model: intel", "model: virtio",
      "iommu-use: map-all", "iommu-model: iommufd", "kind: pxb-pcie", "kind: upstream", "pcie-pci-bridge",
      "siblings: give", "siblings: park", "hugepages:", "g2:", "numa:", "use: ", "neighbours:", "expect:",
    ]
    #expect(words.filter { word in !texts.contains { $0.contains(word) } } == [])
  }
}

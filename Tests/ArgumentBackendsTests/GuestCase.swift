import Diagnostics
import GuestSchema
import Planning
import Policy
import Resolution
import TestSupport
import Testing
import VFIOPlan
import YAMLSyntax

/// A guest file that is taken through the whole pipeline.
struct GuestCase: Sendable, CustomTestStringConvertible {
  var name: String
  var host: ExampleHost
  var text: String

  var testDescription: String { name }

  init(_ name: String, on host: ExampleHost = .none, _ guest: String) {
    self.name = name
    self.host = host
    let lines = guest.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 }
    self.text = "version: 1\nguests:\n  g:\n" + lines.joined(separator: "\n") + "\n"
  }

  init(_ file: GeneratedFile) {
    self.name = "\(file)"
    self.host = file.host
    self.text = file.text
  }

  /// The plan, or nil after the rules' errors were recorded.
  func plan(sourceLocation: SourceLocation = #_sourceLocation) -> Plan? {
    var texts = SourceTexts()
    var diagnostics: [Diagnostic] = []
    let source = texts.add(name: "g.yaml", bytes: Array(text.utf8))
    let document = YAMLParser.parse(source, diagnostics: &diagnostics)
    let configuration = document.map { GuestReader.read($0, diagnostics: &diagnostics) }
    let resolved = configuration.map { Resolver.resolve($0, host: host.snapshot) }
    let judgement = resolved.map { Judge.judge($0, earlier: diagnostics, today: nil) }
    let errors = (judgement?.diagnostics ?? diagnostics).filter { $0.severity == .error }
    #expect(errors.map { "\($0.rule): \($0.message)" } == [], "\(name)", sourceLocation: sourceLocation)
    return judgement?.accepted.map { Planner.plan($0, texts: texts, file: "g.yaml") }
  }

  static let all = [
    GuestCase(
      "two PAPR bridges",
      on: .powernv,
      """
      machine: pseries
      memory: 4GiB
      hypervisor: {memlock: unlimited}
      bridges:
        net: {index: 1, devices: ["0002:01:00.0"]}
        disk: {index: 4, devices: ["0003:01:00.0"]}
      """
    ),
    GuestCase(
      "a changed built-in PAPR bridge",
      on: .powernv,
      """
      machine: pseries
      memory: 4GiB
      hypervisor: {memlock: unlimited}
      bridges:
        main: {index: 0, window: {dma32: 2GiB, mmio64: 512GiB}}
        net: {window: {ddw: false, page-sizes: [4KiB, 64KiB]}, devices: ["0002:01:00.0"]}
        spare: {}
      """
    ),
    GuestCase(
      "q35 map-all with a GPU and its audio function",
      on: .x86,
      """
      machine: q35
      memory: 8GiB
      hypervisor: {memlock: unlimited}
      bridges:
        main: {devices: ["0000:01:00.0", "0000:01:00.1"]}
      """
    ),
    GuestCase(
      "a bypassed bridge beside a root bus behind intel-iommu",
      """
      machine: q35
      memory: 8GiB
      viommu: {model: intel}
      bridges:
        main: {devices: ["0000:02:00.0"]}
        fast: {kind: pxb-pcie, iommu-use: map-all, devices: ["0000:05:00.0"]}
      """
    ),
    GuestCase(
      "a bypassed root bus beside a bridge behind intel-iommu",
      """
      machine: q35
      memory: 8GiB
      viommu: {model: intel, aw-bits: 48, dma-drain: true}
      bridges:
        main: {kind: root, iommu-use: map-all, devices: ["0000:02:00.0"]}
        slow: {kind: pxb-pcie, bus-number: 128, devices: ["0000:05:00.0", "0000:06:00.0"]}
      """
    ),
    GuestCase(
      "a bypassed root bus beside a bridge behind virtio-iommu",
      """
      machine: q35
      memory: 3GiB
      viommu: {model: virtio, boot-bypass: true}
      bridges:
        main: {kind: root, iommu-use: map-all, devices: ["0000:02:00.0"]}
        slow: {kind: pxb-pcie, devices: ["0000:05:00.0"]}
      """
    ),
    GuestCase(
      "iommufd",
      """
      machine: q35
      memory: 2GiB
      pci-hole64: 64GiB
      iommu-model: iommufd
      bridges:
        main: {devices: ["0000:02:00.0", "0000:05:00.0"]}
      """
    ),
    GuestCase(
      "i440fx",
      """
      machine: pc
      memory: 4GiB
      bridges:
        main:
          neighbours: [{name: nic0, slot: 5}]
          devices: ["0000:02:00.0", {device: "0000:05:00.0", slot: 6}]
        far: {kind: pxb, devices: ["0000:06:00.0"]}
      """
    ),
    GuestCase(
      "ARM virt",
      """
      machine: virt
      arch: aarch64
      memory: 4GiB
      bridges:
        main: {devices: ["0000:02:00.0"]}
        side: {kind: pxb-pcie, devices: ["0000:05:00.0"]}
      """
    ),
    GuestCase(
      "ARM virt behind virtio-iommu",
      """
      machine: virt
      arch: aarch64
      memory: 2GiB
      viommu: {model: virtio}
      bridges:
        main: {devices: ["0000:02:00.0"]}
      """
    ),
    GuestCase(
      "a switch and conventional bridges",
      """
      machine: q35
      memory: 2GiB
      bridges:
        main:
          ports:
            rp: {slot: 4, hotplug: false, reserve: {buses: 8, pref64: 64GiB}}
            up: {kind: upstream, parent: rp}
            d0: {kind: downstream, parent: up}
            d1: {kind: downstream, parent: up}
            rp2: {}
            old: {kind: pcie-pci-bridge, parent: rp2}
            older: {kind: pci-bridge, parent: old}
          devices:
            - {device: "0000:02:00.0", port: d0}
            - {device: "0000:03:00.0", port: d1}
            - {device: "0000:05:00.0", port: old}
            - {device: "0000:06:00.0", port: older, slot: 7}
      """
    ),
    GuestCase(
      "NUMA nodes with huge pages",
      """
      machine: q35
      cpu: {count: 4}
      memory: {size: 4GiB, max: 8GiB, slots: 2, hugepages: 2MiB, prealloc: true}
      numa:
        0: {memory: 1GiB, cpus: 0-1, host-nodes: [0]}
        1: {memory: 3GiB, cpus: "2,3", host-nodes: [1]}
      bridges:
        main: {devices: ["0000:02:00.0"]}
        near: {kind: pxb-pcie, numa: 1, devices: ["0000:05:00.0"]}
      """
    ),
  ]
}

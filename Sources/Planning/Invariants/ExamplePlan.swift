package import Policy

/// Sets the steps of an invariant's example into a whole plan.
///
/// The guest `vm` has RAM `ram` of 4 GiB and `odd`, which is not whole pages; two groups; containers `net` and `store`
/// of sPAPR v2, `old` of v1, `all` in map-all use, `seen` that the guest maps, and `ioas`. Windows go by the words of
/// `windows`. The line of a step's origin is its line in the example.
package enum ExamplePlan {
  private static let windows: [(word: String, text: String)] = [
    ("LOW", window("default", "0x0", size: 1 << 30, page: 4096)),
    ("SMALL", window("default", "0x0", size: 1 << 20, page: 4096)),
    ("LARGE-PAGES", window("default", "0x0", size: 1 << 30, page: 65536)),
    ("HIGHER", window("dynamic", "0x900000000000000", size: 1 << 32, page: 65536)),
    ("HIGH", window("dynamic", "0x800000000000000", size: 1 << 32, page: 65536)),
  ]

  /// The text of the plan, and the lines of the example that are marked.
  package static func whole(_ example: Example) -> (text: String, marked: [Int]) {
    var steps: [String] = []
    var marked: [Int] = []
    for (index, line) in example.text.split(separator: "\n").enumerated() {
      if line.hasPrefix("«") { marked.append(index + 1) }
      var step = String(line.filter { $0 != "«" && $0 != "»" })
      for (word, text) in windows {
        guard let range = step.firstRange(of: "window: \(word)}") else { continue }
        step.replaceSubrange(range, with: "window: \(text)}")
      }
      step.removeLast()
      steps.append("      - \(step), origin: \(origin(line: index + 1))}")
    }
    return (head + steps.joined(separator: "\n") + "\n", marked)
  }

  private static func origin(line: Int) -> String {
    "{path: example, line: \(line), column: 1, length: 1}"
  }

  private static func window(_ kind: String, _ start: String, size: UInt64, page: UInt64) -> String {
    "{kind: \(kind), start: \"\(start)\", size: \(size), page-size: \(page), levels: 1, table-bytes: 0}"
  }

  private static func bridge(_ name: String, _ index: Int) -> String {
    "{name: \(name), kind: spapr, built-in: false, index: \(index), use: guest-visible, model: spapr-tce-v2,"
      + " bypasses-iommu: false, bus: \(name).0, origin: \(origin(line: 0))}"
  }

  private static func device(_ name: String, _ address: String, _ bridge: String) -> String {
    "{name: \(name), device: \"\(address)\", bridge: \(bridge), container: \(bridge), group: \"\(address)\","
      + " address: {bus: \(bridge).0, slot: 1, function: 0, multifunction: false}, driver: vfio-pci,"
      + " hotplugged: false, origin: \(origin(line: 0))}"
  }

  private static func container(_ name: String, _ model: String, _ use: String, _ more: String) -> String {
    "{name: \(name), model: \(model), use: \(use), groups: [], ranges: [], \(more), origin: \(origin(line: 0))}"
  }

  private static let head = """
    schema-version: 1
    file: example.yaml
    protect: []
    override: []
    bindings: []
    facts: [{subject: host, name: page-size, value: "65536"}]
    guests:
    - name: vm
      origin: \(origin(line: 0))
      machine: {type: pseries, architecture: ppc64, hypervisor: qemu, hypervisor-version: "10.0",
        accelerator: kvm, root-bus-bypasses-iommu: false, processors: 1, processor-model: host,
        raw-arguments: [], passes-descriptors: false}
      memory: {size: 4294971392, maximum: 4294971392, slots: 0, backing: anonymous, shared: false,
        preallocated: false, nodes: [], ranges: [{name: ram, start: "0x0", size: 4294967296},
        {name: odd, start: "0x100000000", size: 4096}]}
      bridges: [\(bridge("net", 1)), \(bridge("store", 2))]
      ports: []
      devices: [\(device("nic", "0001:01:00.0", "net")), \(device("disk", "0002:01:00.0", "store"))]
      groups: [{name: "0001:01:00.0", members: ["0001:01:00.0"]},
        {name: "0002:01:00.0", members: ["0002:01:00.0"]}]
      containers:
      - \(container("net", "spapr-tce-v2", "guest-visible", "bridge: net, windows: []"))
      - \(container("store", "spapr-tce-v2", "guest-visible", "bridge: store, windows: []"))
      - \(container("old", "spapr-tce", "guest-visible", "windows: [\(window("default", "0x0", size: 1 << 30, page: 4096))]"))
      - \(container("all", "type1v2", "map-all", "windows: []"))
      - \(container("seen", "type1v2", "guest-visible", "windows: []"))
      - \(container("ioas", "iommufd", "map-all", "windows: []"))
      locked-memory: {parts: [], unlimited: false}
      decisions: []
      steps:

    """
}

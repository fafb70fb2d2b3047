import Diagnostics
import KeyTables
import VFIOPlan
import VFIOTypes
import YAMLSyntax

extension PlanReader {
  /// The step of a mapping; nil where its kind or a key of it is missing.
  mutating func step(_ keys: MappingReader) -> PlannedStep? {
    let origin = origin(keys)
    let word: Located<StepKind>? = keys.word("step")
    guard let kind = word?.value, hasArguments(keys, kind), let step = step(kind, keys) else { return nil }
    return PlannedStep(step, from: origin)
  }

  /// Whether the keys are those of the kind; what is missing or too much is a finding.
  private mutating func hasArguments(_ keys: MappingReader, _ kind: StepKind) -> Bool {
    let required = StepArguments.required(kind)
    let allowed = required + StepArguments.optional(kind) + ["step", "origin"]
    for pair in keys.node.pairs where !allowed.contains(pair.key.text) {
      // A key that no step has was reported already.
      guard keys.table.keys.contains(where: { $0.name == pair.key.text }) else { continue }
      diagnostics.append(
        PlanRule.stepArguments.finding(
          "step '\(kind.rawValue)' takes no '\(pair.key.text)'",
          at: pair.key.range
        )
      )
    }
    var isWhole = true
    for name in required where keys.value(name) == nil {
      isWhole = false
      // One that is there and wrong was reported already.
      guard keys.node.value(of: name) == nil else { continue }
      diagnostics.append(
        PlanRule.stepArguments.finding("step '\(kind.rawValue)' needs '\(name)'", at: keys.node.range)
      )
    }
    return isWhole
  }

  private mutating func step(_ kind: StepKind, _ keys: MappingReader) -> Step? {
    let container = text(keys, "container")
    switch kind {
    case .openContainer: return .openContainer(container)
    case .openGroup: return .openGroup(address(keys, "group"))
    case .attachGroup: return .attachGroup(address(keys, "group"), container: container)
    case .attachGroupToAccepting:
      return .attachGroupToAccepting(
        address(keys, "group"),
        containers: keys.texts("containers").map(\.value),
        another: text(keys, "another")
      )
    case .setIOMMU: return .setIOMMU(container: container, model: word(keys, "model", else: .type1v2))
    case .readInformation: return .readInformation(container: container, accepting: ranges(keys))
    case .openDevice:
      return .openDevice(
        address(keys, "device"),
        group: address(keys, "group"),
        vfToken: keys.text("vf-token")?.value
      )
    case .enable: return .enable(container: container)
    case .registerMemory: return .registerMemory(container: container, memory: text(keys, "memory"))
    case .removeDefaultWindow: return .removeDefaultWindow(container: container)
    case .createWindow:
      return nested(keys, "window", PlanTables.window) { $0.window($1) }.map {
        .createWindow(container: container, window: $0)
      }
    case .enableEEH: return .enableEEH(container: container)
    case .openIOMMUFD: return .openIOMMUFD(text(keys, "iommufd"))
    case .allocateIOAS: return .allocateIOAS(container: container, iommufd: text(keys, "iommufd"))
    case .bindDevice: return .bindDevice(address(keys, "device"), iommufd: text(keys, "iommufd"))
    case .attachDevice: return .attachDevice(address(keys, "device"), container: container)
    case .readRanges: return .readRanges(container: container, accepting: ranges(keys))
    case .mapMemory:
      return nested(keys, "range", PlanTables.range) { $0.range($1) }.map {
        .mapMemory(container: container, memory: text(keys, "memory"), range: $0)
      }
    case .proveMapping:
      return .proveMapping(
        container: container,
        address: hex(keys, "address"),
        pageSize: number(keys, "page-size")
      )
    case .readDevice: return .readDevice(address(keys, "device"))
    }
  }

  private mutating func ranges(_ keys: MappingReader) -> [IOVARange] {
    list(keys, "accepting", PlanTables.range) { $0.range($1) }
  }
}

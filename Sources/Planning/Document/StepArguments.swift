import VFIOPlan

/// Which keys each kind of step takes.
enum StepArguments {
  /// Keys that must be there.
  static func required(_ kind: StepKind) -> [String] {
    switch kind {
    case .openContainer, .enable, .removeDefaultWindow, .enableEEH: ["container"]
    case .openGroup: ["group"]
    case .attachGroup: ["group", "container"]
    case .attachGroupToAccepting: ["group", "containers", "another"]
    case .setIOMMU: ["container", "model"]
    case .readInformation, .readRanges: ["container", "accepting"]
    case .openDevice: ["device", "group"]
    case .registerMemory: ["container", "memory"]
    case .createWindow: ["container", "window"]
    case .openIOMMUFD: ["iommufd"]
    case .allocateIOAS: ["container", "iommufd"]
    case .bindDevice: ["device", "iommufd"]
    case .attachDevice: ["device", "container"]
    case .mapMemory: ["container", "memory", "range"]
    case .proveMapping: ["container", "address", "page-size"]
    case .readDevice: ["device"]
    }
  }

  /// Keys that may be left out.
  static func optional(_ kind: StepKind) -> [String] { kind == .openDevice ? ["vf-token"] : [] }
}

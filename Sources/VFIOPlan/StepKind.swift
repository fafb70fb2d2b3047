/// What a step does, without the things it does it to.
package enum StepKind: String, Hashable, Sendable, CaseIterable {
  case openContainer = "open-container"
  case openGroup = "open-group"
  case attachGroup = "attach-group"
  case attachGroupToAccepting = "attach-group-to-accepting"
  case setIOMMU = "set-iommu"
  case readInformation = "read-information"
  case openDevice = "open-device"
  case enable
  case registerMemory = "register-memory"
  case removeDefaultWindow = "remove-default-window"
  case createWindow = "create-window"
  case enableEEH = "enable-eeh"
  case openIOMMUFD = "open-iommufd"
  case allocateIOAS = "allocate-ioas"
  case bindDevice = "bind-device"
  case attachDevice = "attach-device"
  case readRanges = "read-ranges"
  case mapMemory = "map-memory"
  case proveMapping = "prove-mapping"
  case readDevice = "read-device"
}

extension Step {
  package var kind: StepKind {
    switch self {
    case .openContainer: .openContainer
    case .openGroup: .openGroup
    case .attachGroup: .attachGroup
    case .attachGroupToAccepting: .attachGroupToAccepting
    case .setIOMMU: .setIOMMU
    case .readInformation: .readInformation
    case .openDevice: .openDevice
    case .enable: .enable
    case .registerMemory: .registerMemory
    case .removeDefaultWindow: .removeDefaultWindow
    case .createWindow: .createWindow
    case .enableEEH: .enableEEH
    case .openIOMMUFD: .openIOMMUFD
    case .allocateIOAS: .allocateIOAS
    case .bindDevice: .bindDevice
    case .attachDevice: .attachDevice
    case .readRanges: .readRanges
    case .mapMemory: .mapMemory
    case .proveMapping: .proveMapping
    case .readDevice: .readDevice
    }
  }

  /// The container it is about; nil for steps that are about a device, a group, or the choice among several.
  package var container: String? {
    switch self {
    case .openContainer(let name), .enable(let name), .removeDefaultWindow(let name), .enableEEH(let name):
      name
    case .attachGroup(_, let name), .setIOMMU(let name, _), .readInformation(let name, _),
      .registerMemory(let name, _), .createWindow(let name, _), .allocateIOAS(let name, _),
      .attachDevice(_, let name), .readRanges(let name, _), .mapMemory(let name, _, _),
      .proveMapping(let name, _, _):
      name
    case .openGroup, .attachGroupToAccepting, .openDevice, .openIOMMUFD, .bindDevice, .readDevice: nil
    }
  }
}

import VFIOPlan
import VFIOTypes

extension StepProgram {
  // Inlined where the step lies, since one that is handed over is copied with all the names in it.
  @inline(__always)
  mutating func operation(
    _ step: Step,
    _ names: inout GuestNames
  ) throws(Unresolved) -> Operation {
    switch step {
    case .openContainer(let name):
      let container = Int32(containers.count)
      guard names.containers.insert(name, container) else { throw .again("container '\(name)'") }
      containers.append(name)
      return .openContainer(container)
    case .openGroup(let address):
      guard groups.insert(address) else { throw .again("group of \(address)") }
      return .openGroup(Int32(groups.addresses.count - 1))
    case .attachGroup(let group, let container):
      return .attachGroup(pair(try groups.find(group), try names.containers.find(container)))
    case .attachGroupToAccepting(let group, let containers, let another):
      return try attach(group, containers, another, &names)
    case .setIOMMU(let container, let model):
      guard model != .noIOMMU, model != .iommufd else { throw .notSupported("set-iommu \(model.rawValue)") }
      return .setIOMMU(try names.containers.find(container), model)
    case .readInformation(let container, let accepting):
      return try requirement(of: container, accepting, &names)
    case .openDevice(let address, let group, let token):
      guard devices.insert(address) else { throw .again("device \(address)") }
      let device = Int32(deviceGroups.count)
      deviceGroups.append(try groups.find(group))
      if let token { vfTokens[device] = token }
      return .openDevice(device)
    case .proveMapping(let container, let address, let pageSize):
      let container = try names.containers.find(container)
      let memory = names.proving(pageSize, in: container, &memories)
      proofs.append(Proof(container: container, address: address, pageSize: pageSize, memory: memory))
      return .proveMapping(Int32(proofs.count - 1))
    case .readDevice(let address): return .readDevice(try devices.find(address))
    case .mapMemory(let container, let memory, let range):
      guard names.mapsRAM else { return .skip }
      let container = try names.containers.find(container)
      mappings.append(Mapping(container: container, range: range, memory: try names.ram(memory, &memories)))
      return .mapMemory(Int32(mappings.count - 1))
    case .enable(let container): return .enable(try names.containers.find(container))
    case .registerMemory(let container, let memory):
      let container = try names.containers.find(container)
      guard let memory = try names.registering(memory, in: container, &memories) else { return .skip }
      return .registerMemory(pair(container, memory))
    case .removeDefaultWindow(let container):
      return .removeDefaultWindow(try names.containers.find(container))
    case .createWindow(let container, let window):
      windows.append(Window(container: try names.containers.find(container), window: window))
      return .createWindow(Int32(windows.count - 1))
    case .enableEEH(let container): return .enableEEH(try names.containers.find(container))
    case .openIOMMUFD(let name):
      let iommufd = Int32(iommufds.count)
      guard names.iommufds.insert(name, iommufd) else { throw .again("iommufd '\(name)'") }
      iommufds.append(name)
      return .openIOMMUFD(iommufd)
    case .allocateIOAS(let name, let iommufd):
      let container = Int32(containers.count)
      guard names.containers.insert(name, container) else { throw .again("container '\(name)'") }
      containers.append(name)
      return .allocateIOAS(pair(container, try names.iommufds.find(iommufd)))
    case .bindDevice(let address, let iommufd):
      guard devices.insert(address) else { throw .again("device \(address)") }
      deviceGroups.append(-1)
      return .bindDevice(pair(Int32(deviceGroups.count - 1), try names.iommufds.find(iommufd)))
    case .attachDevice(let address, let container):
      return .attachDevice(pair(try devices.find(address), try names.containers.find(container)))
    case .readRanges(let container, let accepting):
      return try requirement(of: container, accepting, &names)
    }
  }

  private mutating func pair(_ first: Int32, _ second: Int32) -> Int32 {
    pairs.append(Pair(first: first, second: second))
    return Int32(pairs.count - 1)
  }

  private mutating func requirement(
    of container: String,
    _ ranges: [IOVARange],
    _ names: inout GuestNames
  ) throws(Unresolved) -> Operation {
    requirements.append(Requirement(container: try names.containers.find(container), ranges: ranges))
    return .readInformation(Int32(requirements.count - 1))
  }

  private mutating func attach(
    _ group: PCIAddress,
    _ containers: [String],
    _ another: String,
    _ names: inout GuestNames
  ) throws(Unresolved) -> Operation {
    guard !containers.isEmpty else { throw .unknown("a container") }
    var choices: [Int32] = []
    for name in containers { choices.append(try names.containers.find(name)) }
    let own: Int32
    if let known = names.containers[another] {
      own = known
    } else {
      own = Int32(self.containers.count)
      _ = names.containers.insert(another, own)
      self.containers.append(another)
    }
    accepting.append(Accepting(group: try groups.find(group), containers: choices, another: own))
    return .attachGroupToAccepting(Int32(accepting.count - 1))
  }
}

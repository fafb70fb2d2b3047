import HostDoors

/// What the kernel of a `ModelHostFiles` does at a write below `/sys/bus/pci`.
enum ModelKernel {
  private static let noDevice: Int32 = 19

  /// Carries out a write; 0 or the error number.
  static func write(_ text: String, to path: String, _ state: inout ModelHostFiles.State) -> Int32 {
    // sysfs calls no driver for an empty write: fs/kernfs/file.c: kernfs_fop_write_iter.
    guard !text.isEmpty else { return 0 }
    let parts = path.split(separator: "/").map(String.init)
    let value = String(text.prefix { $0 != "\n" })
    guard parts.count >= 4, parts[0...2] == ["sys", "bus", "pci"] else { return 13 }
    switch (parts[3], parts.last) {
    case ("devices", "driver_override"): return setOverride(parts[4], value, &state)
    case ("drivers_probe", _): return offer(value, &state)
    case ("drivers", "bind"): return bind(value, to: parts[4], &state)
    case ("drivers", "unbind"): return unbind(value, from: parts[4], &state)
    default: return 2
    }
  }

  // MARK: Attributes

  private static func setOverride(_ address: String, _ value: String, _ state: inout ModelHostFiles.State)
    -> Int32
  {
    guard let folder = folder(of: address, state.tree) else { return 2 }
    state.tree.putFile("\(folder)/driver_override", value.isEmpty ? "(null)\n" : "\(value)\n")
    return 0
  }

  /// Succeeds although nothing bound; only a function that is not there is an error.
  private static func offer(_ address: String, _ state: inout ModelHostFiles.State) -> Int32 {
    guard folder(of: address, state.tree) != nil else { return noDevice }
    guard driver(of: address, state.tree) == nil,
      let candidate = override(of: address, state.tree) ?? state.natives[address],
      isLoaded(candidate, state.tree)
    else { return 0 }
    _ = probe(address, candidate, &state)
    return 0
  }

  private static func bind(_ address: String, to driver: String, _ state: inout ModelHostFiles.State) -> Int32
  {
    guard isLoaded(driver, state.tree) else { return 2 }
    guard folder(of: address, state.tree) != nil,
      driver == (override(of: address, state.tree) ?? state.natives[address])
    else { return noDevice }
    guard self.driver(of: address, state.tree) == nil else { return 16 }
    return probe(address, driver, &state)
  }

  private static func unbind(_ address: String, from driver: String, _ state: inout ModelHostFiles.State)
    -> Int32
  {
    guard isLoaded(driver, state.tree) else { return 2 }
    guard self.driver(of: address, state.tree) == driver else { return noDevice }
    guard !state.stuck.contains(address) else {
      state.hang(address)
      return 4
    }
    detach(address, from: driver, &state.tree)
    return 0
  }

  // MARK: Binding

  private static func probe(_ address: String, _ driver: String, _ state: inout ModelHostFiles.State) -> Int32
  {
    if let error = state.failingProbes["\(address) \(driver)"] { return error }
    if driver == "vfio-pci", let error = vfioRefusal(address, state.tree) { return error }
    attach(address, to: driver, &state.tree)
    return 0
  }

  /// What vfio-pci refuses: no IOMMU group, a bridge, active virtual functions.
  private static func vfioRefusal(_ address: String, _ tree: TreeFiles) -> Int32? {
    let folder = "/sys/bus/pci/devices/\(address)"
    guard group(of: address, tree) != nil else { return 22 }
    let config = (try? tree.read("\(folder)/config", limit: 4096)) ?? []
    if config.count > 14, config[14] & 0x7f != 0 { return 22 }
    let functions = (try? tree.read("\(folder)/sriov_numvfs", limit: 16)) ?? []
    return functions.isEmpty || functions.starts(with: [0x30]) ? nil : 16
  }

  private static func attach(_ address: String, to driver: String, _ tree: inout TreeFiles) {
    guard let folder = folder(of: address, tree) else { return }
    let driverFolder = "/sys/bus/pci/drivers/\(driver)"
    tree.putLink("\(folder)/driver", to: relative(driverFolder, from: folder))
    tree.putLink("\(driverFolder)/\(address)", to: relative(folder, from: driverFolder))
    setEvent(folder, driver: driver, &tree)
    guard driver == "vfio-pci", let group = group(of: address, tree) else { return }
    let number = (0...).first { tree.entries["/sys/class/vfio-dev/vfio\($0)"] == nil } ?? 0
    tree.putFolder("\(folder)/vfio-dev/vfio\(number)")
    tree.putLink(
      "/sys/class/vfio-dev/vfio\(number)",
      to: relative("\(folder)/vfio-dev/vfio\(number)", from: "/sys/class/vfio-dev")
    )
    if tree.entries["/dev/vfio/\(group)"] == nil {
      tree.putDevice("/dev/vfio/\(group)", major: 245, minor: UInt32(group) ?? 0)
    }
    guard tree.entries["/dev/iommu"] != nil else { return }
    tree.putFile("\(folder)/vfio-dev/vfio\(number)/dev", "244:\(number)\n", mode: 0o444)
    tree.putDevice("/dev/vfio/devices/vfio\(number)", major: 244, minor: UInt32(number))
  }

  static func detach(_ address: String, from driver: String, _ tree: inout TreeFiles) {
    guard let folder = folder(of: address, tree) else { return }
    tree.remove("\(folder)/driver")
    tree.remove("/sys/bus/pci/drivers/\(driver)/\(address)")
    setEvent(folder, driver: nil, &tree)
    guard driver == "vfio-pci" else { return }
    for name in (try? tree.names(in: "\(folder)/vfio-dev")) ?? [] {
      tree.remove("/sys/class/vfio-dev/\(name)")
      tree.remove("/dev/vfio/devices/\(name)")
    }
    tree.remove("\(folder)/vfio-dev")
    guard let group = group(of: address, tree) else { return }
    let members = (try? tree.names(in: "/sys/kernel/iommu_groups/\(group)/devices")) ?? []
    if !members.contains(where: { self.driver(of: $0, tree) == "vfio-pci" }) {
      tree.remove("/dev/vfio/\(group)")
    }
  }

  /// The line `DRIVER=` that stands first while a driver has the function.
  private static func setEvent(_ folder: String, driver: String?, _ tree: inout TreeFiles) {
    guard let bytes = tree.bytes(at: "\(folder)/uevent"), let mode = tree.entries["\(folder)/uevent"]?.mode
    else {
      return
    }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter {
      !$0.hasPrefix("DRIVER=")
    }
    let first = driver.map { ["DRIVER=\($0)"[...]] } ?? []
    tree.putFile("\(folder)/uevent", (first + lines).map { "\($0)\n" }.joined(), mode: mode)
  }

  // MARK: Facts

  private static func folder(of address: String, _ tree: TreeFiles) -> String? {
    guard tree.entries["/sys/bus/pci/devices/\(address)"] != nil else { return nil }
    return try? tree.resolved("/sys/bus/pci/devices/\(address)")
  }

  static func driver(of address: String, _ tree: TreeFiles) -> String? {
    let target = try? tree.target(ofLink: "/sys/bus/pci/devices/\(address)/driver")
    return target?.split(separator: "/").last.map(String.init)
  }

  static func group(of address: String, _ tree: TreeFiles) -> String? {
    let target = try? tree.target(ofLink: "/sys/bus/pci/devices/\(address)/iommu_group")
    return target?.split(separator: "/").last.map(String.init)
  }

  private static func override(of address: String, _ tree: TreeFiles) -> String? {
    let bytes = (try? tree.read("/sys/bus/pci/devices/\(address)/driver_override", limit: 4096)) ?? []
    let text = String(decoding: bytes.prefix { $0 != 0x0a }, as: UTF8.self)
    return text.isEmpty || text == "(null)" ? nil : text
  }

  private static func isLoaded(_ driver: String, _ tree: TreeFiles) -> Bool {
    tree.entries["/sys/bus/pci/drivers/\(driver)"] != nil
  }

  /// The way from a folder to a path below the same top folder, as sysfs writes links.
  private static func relative(_ path: String, from folder: String) -> String {
    let goal = path.split(separator: "/")
    let start = folder.split(separator: "/")
    let common = zip(goal, start).prefix { $0 == $1 }.count
    return (Array(repeating: "..", count: start.count - common) + goal[common...].map(String.init))
      .joined(separator: "/")
  }
}

extension ModelHostFiles.State {
  /// Notes an unbind that would have waited for ever.
  fileprivate mutating func hang(_ address: String) { hangs.append(address) }
}

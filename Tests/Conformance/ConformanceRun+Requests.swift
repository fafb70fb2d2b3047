import VFIOCore
import VFIOTypes

/// Rows to requests.
extension ConformanceRun where Asked: ~Copyable {
  /// The request of a row: that of its call and arguments, with the fault that words like `flags=1` put into it.
  func request(of row: ConformanceTable.Row) -> Request? {
    guard var request = wellFormed(row) else { return nil }
    for word in row.arguments {
      let parts = word.split(separator: "=")
      guard parts.count == 2, let number = UInt32(parts[1]) else { continue }
      switch parts[0] {
      case "argsz": request = .malformed(request, .size(number))
      case "flags": request = .malformed(request, .flags(number))
      case "operation": request = .malformed(request, .operation(number))
      default: return nil
      }
    }
    return request
  }

  private func wellFormed(_ row: ConformanceTable.Row) -> Request? {
    switch row.call {
    case "GET_API_VERSION": .getAPIVersion
    case "CHECK_EXTENSION": row.arguments.first.flatMap({ checkExtension($0) })
    case "SET_IOMMU": row.arguments.first.flatMap(IOMMUModel.init(rawValue:)).map { .setIOMMU($0) }
    case "GROUP_GET_STATUS": .groupGetStatus
    case "GROUP_SET_CONTAINER": row.arguments.first.flatMap({ descriptor($0) }).map { .groupSetContainer($0) }
    case "GROUP_UNSET_CONTAINER": .groupUnsetContainer
    case "GROUP_GET_DEVICE_FD": getDevice(row)
    case "IOMMU_GET_INFO": .iommuGetInfo(capacity: row.arguments == ["size"] ? 24 : 4096)
    case "IOMMU_MAP_DMA": map(row)
    case "IOMMU_UNMAP_DMA": unmap(row)
    case "IOMMU_SPAPR_TCE_GET_INFO": .iommuSPAPRTCEGetInfo(capacity: number(row, 0).map { UInt32($0) } ?? 32)
    case "IOMMU_ENABLE": .iommuEnable
    case "IOMMU_DISABLE": .iommuDisable
    case "IOMMU_SPAPR_REGISTER_MEMORY": part(row).map { .iommuSPAPRRegisterMemory($0) }
    case "IOMMU_SPAPR_UNREGISTER_MEMORY": part(row).map { .iommuSPAPRUnregisterMemory($0) }
    case "IOMMU_SPAPR_TCE_CREATE": create(row)
    case "IOMMU_SPAPR_TCE_REMOVE": number(row, 0).map { .iommuSPAPRTCERemove(start: $0) }
    case "EEH_PE_OP": row.arguments.first.flatMap({ eehOperation($0) }).map { .eehPEOp($0) }
    case "DEVICE_GET_INFO": .deviceGetInfo
    case "DEVICE_GET_REGION_INFO":
      number(row, 0).map { .deviceGetRegionInfo(index: UInt32($0), capacity: 256) }
    case "DEVICE_GET_IRQ_INFO": number(row, 0).map { .deviceGetIRQInfo(index: UInt32($0)) }
    case "DEVICE_SET_IRQS": setIRQs(row)
    case "DEVICE_RESET": .deviceReset
    case "pread": read(row)
    default: deviceRequest(row) ?? iommufdRequest(row)
    }
  }

  private func checkExtension(_ word: String) -> Request? {
    switch word {
    case "unmap-all": .checkExtension(.unmapAll)
    case "eeh": .checkExtension(.eeh)
    default: IOMMUModel(rawValue: word).map { .checkExtension(.model($0)) }
    }
  }

  /// An open file by its name; `nobody` is none.
  func descriptor(_ word: String) -> DescriptorNumber? {
    word == "nobody" ? DescriptorNumber(-1) : numbers[word]
  }

  /// `DEVICE NAME`: opens the device under that name; `nobody` is a device that is not there.
  private func getDevice(_ row: ConformanceTable.Row) -> Request? {
    guard row.arguments.count == 2 else { return nil }
    let nobody = PCIAddress(domain: 0xffff, bus: 0xff, device: 0x1f, function: 7)
    let address =
      row.arguments[0] == "nobody" ? nobody : devices.first { $0.name == row.arguments[0] }?.address
    return address.map { .groupGetDeviceFD($0, vfToken: nil) }
  }

  /// `m0+0x800 IOVA SIZE [r|w|rw|none]`.
  private func map(_ row: ConformanceTable.Row) -> Request? {
    guard let start = address(row), let iova = number(row, 1), let size = number(row, 2) else { return nil }
    return .iommuMapDMA(DMAMapping(iova: iova, size: size, address: start, access: access(row, 3)))
  }

  /// `IOVA SIZE`, or `all`.
  private func unmap(_ row: ConformanceTable.Row) -> Request? {
    if row.arguments == ["all"] { return .iommuUnmapAll }
    guard let start = number(row, 0), let size = number(row, 1) else { return nil }
    guard size > 0 else {
      return .malformed(.iommuUnmapDMA(IOVARange(start: start, last: start)), .emptyRange)
    }
    return .iommuUnmapDMA(IOVARange(start: start, last: start + size - 1))
  }

  /// `m0+0x800 SIZE`.
  private func part(_ row: ConformanceTable.Row) -> MemoryRange? {
    guard let start = address(row), let size = number(row, 1) else { return nil }
    return MemoryRange(address: start, size: size)
  }

  /// `NAME SHIFT SIZE LEVELS`: the first address of the window goes by that name from here on.
  private func create(_ row: ConformanceTable.Row) -> Request? {
    guard let shift = number(row, 1), let size = number(row, 2), let levels = number(row, 3) else {
      return nil
    }
    return .iommuSPAPRTCECreate(TCEWindow(pageShift: UInt32(shift), size: size, levels: UInt32(levels)))
  }

  private func eehOperation(_ word: String) -> EEHOperation? {
    switch word {
    case "disable": .disable
    case "enable": .enable
    case "unfreeze-io": .unfreezeIO
    case "unfreeze-dma": .unfreezeDMA
    case "get-state": .getState
    case "reset-deactivate": .resetDeactivate
    case "reset-hot": .resetHot
    case "reset-fundamental": .resetFundamental
    case "configure": .configure
    case "inject": .injectError(EEHError(kind: .bits32, function: 0))
    default: nil
    }
  }

  /// `KIND EVENTFD`, or `KIND none`.
  private func setIRQs(_ row: ConformanceTable.Row) -> Request? {
    if row.arguments.count > 2 { return setIRQsInFull(row) }
    guard row.arguments.count == 2, let index = ["intx", "msi"].firstIndex(of: row.arguments[0]) else {
      return nil
    }
    let vectors: IRQSet.Vectors? =
      row.arguments[1] == "none" ? .now(count: 0) : numbers[row.arguments[1]].map { .eventfds([$0]) }
    return vectors.map { .deviceSetIRQs(IRQSet(index: UInt32(index), action: .trigger, vectors: $0)) }
  }

  private func read(_ row: ConformanceTable.Row) -> Request? {
    guard let region = number(row, 0), let offset = number(row, 1), let count = number(row, 2) else {
      return nil
    }
    return .read(offset: region << 40 + offset, count: Int(count))
  }

  // MARK: Words

  /// Where the memory starts that an argument names: `m0` or `m0+0x1000`; `nowhere` is memory no process has.
  func address(_ row: ConformanceTable.Row, _ index: Int = 0) -> UInt64? {
    guard index < row.arguments.count else { return nil }
    let parts = row.arguments[index].split(separator: "+")
    guard let name = parts.first else { return nil }
    let start = name == "nowhere" ? 0x1000 : memories[String(name)]?.address
    let offset = parts.count == 2 ? Hexadecimal.value(parts[1]) : 0
    guard let start, let offset else { return nil }
    return start + offset
  }

  /// What devices, or this process, may do: both where nothing is said.
  func access(_ row: ConformanceTable.Row, _ index: Int) -> DMAMapping.Access {
    switch index < row.arguments.count ? row.arguments[index] : "" {
    case "r": .read
    case "w": .write
    case "none": []
    default: [.read, .write]
    }
  }

  /// A number, or a place: `0x1000`, `w0`, `w0+0x1000`, `window-0x1000`, `window*2`, `window/2`.
  func number(_ row: ConformanceTable.Row, _ index: Int) -> UInt64? {
    guard index < row.arguments.count else { return nil }
    let word = row.arguments[index]
    guard let sign = word.firstIndex(where: "+-*/".contains) else { return plainNumber(word) }
    guard let left = plainNumber(word[..<sign]), let right = plainNumber(word[word.index(after: sign)...])
    else { return nil }
    switch word[sign] {
    case "+": return left + right
    case "-": return left - right
    case "*": return left * right
    default: return left / right
    }
  }

  private func plainNumber(_ word: some StringProtocol) -> UInt64? {
    places[String(word)] ?? (word.hasPrefix("0x") ? Hexadecimal.value(String(word)) : UInt64(String(word)))
  }
}

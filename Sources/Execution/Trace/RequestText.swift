import VFIOCore
import VFIOTypes

extension TraceNames {
  /// A call with what it was asked of, without numbers that differ between runs.
  func text(of request: Request, on descriptor: DescriptorNumber) -> String {
    if case .malformed(let inner, let malformation) = request {
      return text(of: inner, on: descriptor) + " \(TraceNames.text(of: malformation))"
    }
    return ([request.call.rawValue, name(of: descriptor)] + words(of: request)).joined(separator: " ")
  }

  private func words(of request: Request) -> [String] {
    switch request {
    case .getAPIVersion, .groupGetStatus, .groupUnsetContainer, .deviceGetInfo, .deviceReset, .iommuEnable,
      .iommuDisable, .deviceDetachIOMMUFDPT, .ioasAlloc, .malformed:
      []
    case .checkExtension(.model(let model)): [model.rawValue]
    case .checkExtension(.cacheCoherency): ["cache-coherency"]
    case .checkExtension(.eeh): ["eeh"]
    case .checkExtension(.unmapAll): ["unmap-all"]
    case .setIOMMU(let model): [model.rawValue]
    case .iommuGetInfo(let capacity): ["\(capacity)"]
    case .iommuMapDMA(let mapping):
      words(of: mapping)
    case .iommuUnmapDMA(let range): ["\(range)"]
    case .iommuUnmapAll: ["all"]
    case .groupSetContainer(let container): [name(of: container)]
    case .groupGetDeviceFD(let address, let token): ["\(address)"] + (token.map { [$0] } ?? [])
    case .deviceGetRegionInfo(let index, let capacity): ["\(index)", "\(capacity)"]
    case .deviceGetIRQInfo(let index): ["\(index)"]
    case .read(let offset, let count): ["0x\(Hexadecimal.text(offset))", "\(count)"]
    case .write(let offset, let bytes): ["0x\(Hexadecimal.text(offset))", TraceText.hexadecimal(bytes)]
    case .iommuDirtyPages(.start): ["start"]
    case .iommuDirtyPages(.stop): ["stop"]
    case .iommuDirtyPages(.bitmap(let query)): words(of: query)
    case .iommuSPAPRTCEGetInfo(let capacity): ["\(capacity)"]
    case .iommuSPAPRRegisterMemory(let range), .iommuSPAPRUnregisterMemory(let range): words(of: range)
    case .iommuSPAPRTCECreate(let window):
      ["\(window.pageShift)", "0x\(Hexadecimal.text(window.size))", "\(window.levels)"]
    case .iommuSPAPRTCERemove(let start): ["0x\(Hexadecimal.text(start))"]
    case .eehPEOp(let operation): words(of: operation)
    case .deviceSetIRQs(let set): words(of: set)
    case .deviceGetPCIHotResetInfo(let capacity): ["\(capacity)"]
    case .devicePCIHotReset(let groups): groups.map { name(of: $0) }
    case .deviceFeature(let operation): words(of: operation)
    case .deviceBindIOMMUFD(let iommufd): [name(of: iommufd)]
    case .deviceAttachIOMMUFDPT(let object), .iommuDestroy(let object), .ioasUnmapAll(let object):
      ["\(object.number)"]
    case .ioasAllowIOVAs(let ioas, let ranges): ["\(ioas.number)"] + ranges.map { "\($0)" }
    case .ioasCopy(let copy):
      [
        "\(copy.source.number)", "0x\(Hexadecimal.text(copy.sourceIOVA))", "\(copy.destination.number)",
        "0x\(Hexadecimal.text(copy.destinationIOVA))", "0x\(Hexadecimal.text(copy.size))",
        "\(copy.access.rawValue)",
      ]
    case .ioasIOVARanges(let ioas, let capacity): ["\(ioas.number)", "\(capacity)"]
    case .ioasMap(let ioas, let mapping): ["\(ioas.number)"] + words(of: mapping)
    case .ioasMapAnywhere(let ioas, let range, let access):
      ["\(ioas.number)"] + words(of: range) + ["\(access.rawValue)"]
    case .ioasUnmap(let ioas, let range): ["\(ioas.number)", "\(range)"]
    case .iommuOptionGet(let option, let object): ["get", "\(option.rawValue)", "\(object.number)"]
    case .iommuOptionSet(let option, let object, let value):
      ["set", "\(option.rawValue)", "\(object.number)", "\(value)"]
    case .iommuVFIOIOAS(.get): ["get"]
    case .iommuVFIOIOAS(.set(let ioas)): ["set", "\(ioas.number)"]
    case .iommuVFIOIOAS(.clear): ["clear"]
    case .hwptAlloc(let allocation):
      [
        "\(allocation.device.number)", "\(allocation.parent.number)", "\(allocation.flags.rawValue)",
        "\(allocation.dataType)", TraceText.hexadecimal(allocation.data),
      ]
    case .iommuGetHWInfo(let device, let capacity): ["\(device.number)", "\(capacity)"]
    case .hwptSetDirtyTracking(let table, let isEnabled): ["\(table.number)", isEnabled ? "on" : "off"]
    case .hwptGetDirtyBitmap(let table, let query): ["\(table.number)"] + words(of: query)
    case .eventfdRead(let milliseconds): ["\(milliseconds)"]
    case .eventfdWrite(let count): ["\(count)"]
    }
  }

  private func words(of mapping: DMAMapping) -> [String] {
    [
      name(ofMemory: mapping.address), "0x\(Hexadecimal.text(mapping.iova))",
      "0x\(Hexadecimal.text(mapping.size))", "\(mapping.access.rawValue)",
    ]
  }

  private func words(of range: MemoryRange) -> [String] {
    [name(ofMemory: range.address), "0x\(Hexadecimal.text(range.size))"]
  }

  private func words(of query: DirtyQuery) -> [String] {
    ["\(query.range)", "\(query.pageSize)", query.marks == .keep ? "keep" : "clear"]
  }

  private func words(of operation: EEHOperation) -> [String] {
    switch operation {
    case .disable: ["disable"]
    case .enable: ["enable"]
    case .unfreezeIO: ["unfreeze-io"]
    case .unfreezeDMA: ["unfreeze-dma"]
    case .getState: ["get-state"]
    case .resetDeactivate: ["reset-deactivate"]
    case .resetHot: ["reset-hot"]
    case .resetFundamental: ["reset-fundamental"]
    case .configure: ["configure"]
    case .injectError(let error):
      [
        "inject-error", "\(error.kind.rawValue)", "\(error.function)", "0x\(Hexadecimal.text(error.address))",
        "0x\(Hexadecimal.text(error.mask))",
      ]
    }
  }

  private func words(of set: IRQSet) -> [String] {
    let action =
      switch set.action {
      case .mask: "mask"
      case .unmask: "unmask"
      case .trigger: "trigger"
      }
    let vectors: [String] =
      switch set.vectors {
      case .now(let count): ["now", "\(count)"]
      case .chosen(let chosen): ["chosen"] + chosen.map { $0 ? "1" : "0" }
      case .eventfds(let counters): ["eventfds"] + counters.map { $0.map { name(of: $0) } ?? "none" }
      }
    return ["\(set.index)", "\(set.start)", action] + vectors
  }

  private func words(of operation: FeatureOperation) -> [String] {
    switch operation {
    case .probeGet(let feature): ["probe-get", "\(feature.rawValue)"]
    case .probeSet(let feature): ["probe-set", "\(feature.rawValue)"]
    case .getMigration: ["get", "\(DeviceFeature.migration.rawValue)"]
    case .setVFToken(let token):
      ["set", "\(DeviceFeature.vfToken.rawValue)", TraceText.hexadecimal(token.bytes)]
    }
  }

  private static func text(of malformation: Malformation) -> String {
    switch malformation {
    case .size(let size): "with size \(size)"
    case .flags(let flags): "with flags \(flags)"
    case .emptyRange: "with an empty range"
    case .operation(let number): "with operation \(number)"
    }
  }
}

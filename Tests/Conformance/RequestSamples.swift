package import VFIOCore
import VFIOTypes

extension Request {
  /// Requests of every case, in the order of the cases, for whatever packs or names them all.
  ///
  /// Numbers that name open files are those of standard input.
  package static let samples: [Request] = {
    let file = DescriptorNumber(0)
    let address = PCIAddress(domain: 0, bus: 1, device: 2, function: 3)
    let range = IOVARange(start: 0x10_0000, last: 0x1f_ffff)
    let mapping = DMAMapping(iova: 0x10_0000, size: 0x1000, address: 0x7000_0000, access: .read)
    let memory = MemoryRange(address: 0x7000_0000, size: 0x1_0000)
    let ioas = ObjectID(2)
    let query = DirtyQuery(range: range, pageSize: 4096)
    var samples: [Request] = [.getAPIVersion]
    samples += IOMMUModel.allCases.map { .checkExtension(.model($0)) }
    samples += [.checkExtension(.cacheCoherency), .checkExtension(.eeh), .checkExtension(.unmapAll)]
    samples += [
      .setIOMMU(.type1v2), .iommuGetInfo(capacity: 24), .iommuGetInfo(capacity: 256), .iommuMapDMA(mapping),
      .iommuUnmapDMA(range), .iommuUnmapAll, .iommuDirtyPages(.start), .iommuDirtyPages(.stop),
      .iommuDirtyPages(.bitmap(query)),
    ]
    samples += [
      .iommuSPAPRTCEGetInfo(capacity: 16), .iommuSPAPRTCEGetInfo(capacity: 32), .iommuEnable, .iommuDisable,
      .iommuSPAPRRegisterMemory(memory), .iommuSPAPRUnregisterMemory(memory),
      .iommuSPAPRTCECreate(TCEWindow(pageShift: 16, size: 1 << 32, levels: 2)),
      .iommuSPAPRTCERemove(start: 1 << 59),
    ]
    samples += EEHOperation.samples.map { .eehPEOp($0) }
    samples += [
      .groupGetStatus, .groupSetContainer(file), .groupUnsetContainer,
      .groupGetDeviceFD(address, vfToken: nil),
      .groupGetDeviceFD(address, vfToken: "00112233-4455-6677-8899-aabbccddeeff"),
    ]
    samples += [
      .deviceGetInfo, .deviceGetRegionInfo(index: 7, capacity: 32),
      .deviceGetRegionInfo(index: 0, capacity: 256), .deviceGetIRQInfo(index: 2),
      .deviceSetIRQs(IRQSet(index: 2, action: .trigger, vectors: .now(count: 0))),
      .deviceSetIRQs(IRQSet(index: 0, action: .mask, vectors: .chosen([true, false]))),
      .deviceSetIRQs(IRQSet(index: 2, start: 1, action: .trigger, vectors: .eventfds([file, nil]))),
      .deviceSetIRQs(IRQSet(index: 0, action: .unmask, vectors: .eventfds([file]))),
      .deviceReset, .deviceGetPCIHotResetInfo(capacity: 0), .deviceGetPCIHotResetInfo(capacity: 8),
      .devicePCIHotReset(groups: []), .devicePCIHotReset(groups: [file, file]),
    ]
    samples += DeviceFeature.allCases.flatMap {
      [.deviceFeature(.probeGet($0)), .deviceFeature(.probeSet($0))]
    }
    samples += [.deviceFeature(.getMigration)]
    samples += [VFToken("00112233-4455-6677-8899-aabbccddeeff")].compactMap { $0 }.map {
      .deviceFeature(.setVFToken($0))
    }
    samples += [
      .deviceBindIOMMUFD(file), .deviceAttachIOMMUFDPT(ioas), .deviceDetachIOMMUFDPT,
      .read(offset: 7 << 40, count: 4), .write(offset: 7 << 40 + 4, bytes: [6, 0]),
    ]
    samples += [
      .iommuDestroy(ioas), .ioasAlloc, .ioasAllowIOVAs(ioas, []), .ioasAllowIOVAs(ioas, [range]),
      .ioasCopy(IOASCopy(from: ioas, at: 0, to: ObjectID(3), at: 0x1000, size: 0x1000, access: .write)),
      .ioasIOVARanges(ioas, capacity: 0), .ioasIOVARanges(ioas, capacity: 8), .ioasMap(ioas, mapping),
      .ioasMapAnywhere(ioas, memory, [.read, .write]), .ioasUnmap(ioas, range), .ioasUnmapAll(ioas),
      .iommuOptionGet(.hugePages, ioas), .iommuOptionSet(.rlimitMode, .none, 1), .iommuVFIOIOAS(.get),
      .iommuVFIOIOAS(.set(ioas)), .iommuVFIOIOAS(.clear),
      .hwptAlloc(HWPTAllocation(device: ObjectID(1), parent: ioas, flags: .dirtyTracking)),
      .hwptAlloc(HWPTAllocation(device: ObjectID(1), parent: ioas, dataType: 1, data: [1, 2, 3, 4])),
      .iommuGetHWInfo(ObjectID(1), capacity: 0), .iommuGetHWInfo(ObjectID(1), capacity: 64),
      .hwptSetDirtyTracking(ObjectID(3), isEnabled: true),
      .hwptSetDirtyTracking(ObjectID(3), isEnabled: false),
      .hwptGetDirtyBitmap(ObjectID(3), query),
      .hwptGetDirtyBitmap(ObjectID(3), DirtyQuery(range: range, pageSize: 4096, marks: .keep)),
    ]
    samples += [.eventfdRead(milliseconds: 0), .eventfdWrite(1)]
    samples += [
      .malformed(.iommuMapDMA(mapping), .size(8)), .malformed(.iommuUnmapDMA(range), .flags(1)),
      .malformed(.iommuUnmapDMA(range), .emptyRange), .malformed(.eehPEOp(.enable), .operation(99)),
    ]
    return samples
  }()
}

extension EEHOperation {
  /// Every operation.
  package static let samples: [EEHOperation] = [
    .disable, .enable, .unfreezeIO, .unfreezeDMA, .getState, .resetDeactivate, .resetHot, .resetFundamental,
    .configure, .injectError(EEHError(kind: .bits64, function: 4, address: 0x1000, mask: 0xfff)),
  ]
}

extension Reply {
  /// Replies of every case, in the order of the cases.
  package static let samples: [Reply] = {
    let address = PCIAddress(domain: 0x10, bus: 1, device: 2, function: 3)
    let range = IOVARange(start: 0x1000, last: UInt64.max)
    let chain = CapabilityChain(bytes: [1, 0, 1, 0, 0, 0, 0, 0xff], first: 0)
    let windows = SPAPRTCEInfo.DynamicWindows(pageSizes: PageSizes(mask: 0x4021_1000), count: 2, levels: 5)
    var samples: [Reply] = [.done, .version(0), .support(1), .groupStatus([.viable, .containerSet])]
    samples += [.descriptor(DescriptorNumber(7))]
    samples += [
      .iommuInfo(IOMMUInfo(size: 32, pageSizes: PageSizes(mask: 0x1000), capabilities: chain)),
      .spaprTCEInfo(SPAPRTCEInfo(windowStart: 0, windowSize: 0x8000_0000, dynamicWindows: nil)),
      .spaprTCEInfo(SPAPRTCEInfo(windowStart: 0, windowSize: 0x8000_0000, dynamicWindows: windows)),
      .window(start: 1 << 59),
    ]
    samples += EEHState.allCases.map { .eehState($0) }
    samples += [.dirtyBitmap([]), .dirtyBitmap([1, 1 << 63]), .unmapped(0x1000)]
    samples += [
      .deviceInfo(DeviceInfo(flags: [.pci, .reset], regions: 9, irqs: 5)),
      .regionInfo(
        RegionInfo(index: 0, flags: .mmap, bytes: 4096, offset: 1 << 40, size: 32, capabilities: chain)
      ),
      .irqInfo(IRQInfo(index: 2, flags: .eventfd, count: 5)),
      .hotResetInfo(HotResetInfo(flags: [], count: 3, members: [])),
      .hotResetInfo(
        HotResetInfo(
          flags: [.byDevice, .owned],
          count: 2,
          members: [.init(owner: 1, address: address), .init(owner: UInt32.max, address: address)]
        )
      ),
    ]
    samples += [
      .object(ObjectID(3)), .ioasRanges(IOASRanges(count: 3, ranges: [], alignment: 1)),
      .ioasRanges(IOASRanges(count: 2, ranges: [IOVARange(start: 0, last: 7), range], alignment: 4096)),
      .iova(0x10_0000),
      .hardware(
        IOMMUHardware(dataType: 1, data: [1, 2], size: 24, pasidBits: 20, capabilities: .dirtyTracking)
      ),
      .value(UInt64.max), .bytes([]), .bytes([0, 255]),
    ]
    return samples
  }()
}

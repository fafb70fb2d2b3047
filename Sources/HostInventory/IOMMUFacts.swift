import VFIOTypes

/// The IOMMUs of a host, and what can be foretold from their registers.
enum IOMMUFacts {
  static func units(_ host: HostText) -> [HostSnapshot.IOMMUUnit]? {
    guard let names = host.names("/sys/class/iommu") else {
      return host.names("/sys/class") != nil && host.isThere("/sys/class/iommu") == false ? [] : nil
    }
    return names.map { name in
      let folder = "/sys/class/iommu/\(name)"
      var unit = HostSnapshot.IOMMUUnit(name: name, kind: kind(of: name))
      unit.cap = host.text("\(folder)/intel-iommu/cap") ?? host.text("\(folder)/amd-iommu/cap")
      unit.ecap = host.text("\(folder)/intel-iommu/ecap")
      // Two numbers with a colon, although the ABI text says one.
      unit.features = host.text("\(folder)/amd-iommu/features")
      return unit
    }
  }

  /// The tables by which firmware describes IOMMUs: Intel's, AMD's, ARM's and the virtual one.
  static let firmwareTables = ["DMAR", "IORT", "IVRS", "VIOT"]

  /// Which of them are there; nil where firmware's tables cannot be listed.
  static func tables(_ host: HostText) -> [String]? {
    host.names("/sys/firmware/acpi/tables").map { names in firmwareTables.filter(names.contains) }
  }

  private static func kind(of name: String) -> HostSnapshot.IOMMUUnit.Kind {
    let stems: [(String, HostSnapshot.IOMMUUnit.Kind)] = [
      ("dmar", .intel), ("ivhd", .amd), ("smmu3", .smmuv3), ("smmu", .smmu), ("virtio", .virtio),
      ("s390-iommu", .s390), ("iommu-phb", .spapr),
    ]
    return stems.first { name.hasPrefix($0.0) }?.1 ?? .other
  }

  /// No unit of VT-d can remap interrupts where one lacks bit 3 of its extended capabilities; that it can does not say
  /// that the kernel does, so the answer is never yes.
  static func interruptRemapping(_ units: [HostSnapshot.IOMMUUnit]?) -> Bool? {
    let lacks = (units ?? []).contains { unit in
      unit.kind == .intel && unit.ecap.flatMap { Hexadecimal.value($0) }.map { $0 >> 3 & 1 == 0 } == true
    }
    return lacks ? false : nil
  }

  /// Foretells what a container of each group will accept, where the registers say it: VT-d.
  ///
  /// Linux 6.12, drivers/iommu/intel/iommu.c: the width is the lesser of MGAW and the widest table of SAGAW.
  static func predictRanges(
    _ host: HostText,
    _ units: [HostSnapshot.IOMMUUnit],
    _ groups: inout [HostGroup]?
  ) {
    for index in (groups ?? []).indices {
      guard let group = groups?[index], let member = group.members.first,
        let unitName = host.linkName("/sys/bus/pci/devices/\(member)/iommu"),
        let unit = units.first(where: { $0.name == unitName }), unit.kind == .intel,
        let cap = unit.cap.flatMap({ Hexadecimal.value($0) }), let reserved = group.reservedRegions
      else { continue }
      groups?[index].iovaRanges = HostGroup.Ranges(
        ranges: subtracting(reserved, from: IOVARange(start: 0, last: last(cap))),
        pageSizes: pageSizes(cap),
        source: .predicted
      )
    }
  }

  private static func last(_ cap: UInt64) -> UInt64 {
    let width = Int(cap >> 16 & 0x3f) + 1
    let tables = cap >> 8 & 0x1f
    let widest = tables >> 3 & 1 == 1 ? 57 : tables >> 2 & 1 == 1 ? 48 : 39
    let bits = min(width, widest)
    return bits >= 64 ? UInt64.max : 1 << UInt64(bits) - 1
  }

  /// 4 KiB, and 2 MiB and 1 GiB where bits 34 and 35 say so.
  private static func pageSizes(_ cap: UInt64) -> PageSizes {
    PageSizes(mask: 0x1000 | (cap >> 34 & 1) << 21 | (cap >> 35 & 1) << 30)
  }

  /// What is left of a range without the regions that are not handed out; relaxable ones are.
  static func subtracting(_ regions: [HostGroup.ReservedRegion], from whole: IOVARange) -> [IOVARange] {
    var result: [IOVARange] = []
    var start = whole.start
    let holes = regions.filter { $0.kind != .directRelaxable }.map(\.range).sorted { $0.start < $1.start }
    for hole in holes where hole.overlaps(whole) && hole.last >= start {
      if hole.start > start { result.append(IOVARange(start: start, last: hole.start - 1)) }
      guard hole.last < whole.last else { return result }
      start = hole.last + 1
    }
    result.append(IOVARange(start: start, last: whole.last))
    return result
  }
}

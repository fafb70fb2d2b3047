import VFIOCore
import VFIOTypes

/// Rows about an iommufd and its objects; iommufd.tsv says how they are written.
extension ConformanceRun where Asked: ~Copyable {
  /// The name that the object goes by which a row made or found.
  func objectName(_ row: ConformanceTable.Row) -> String? {
    let position: Int? =
      switch row.call {
      case "IOAS_ALLOC", "HWPT_ALLOC": 0
      case "DEVICE_BIND_IOMMUFD", "DEVICE_ATTACH_IOMMUFD_PT", "VFIO_IOAS": 1
      default: nil
      }
    return position.flatMap { $0 < row.arguments.count ? row.arguments[$0] : nil }
  }

  func iommufdRequest(_ row: ConformanceTable.Row) -> Request? {
    let words = row.arguments
    switch row.call {
    case "DEVICE_BIND_IOMMUFD": return words.first.flatMap { descriptor($0) }.map { .deviceBindIOMMUFD($0) }
    case "DEVICE_ATTACH_IOMMUFD_PT": return object(row, 0).map { .deviceAttachIOMMUFDPT($0) }
    case "DEVICE_DETACH_IOMMUFD_PT": return .deviceDetachIOMMUFDPT
    case "IOMMU_DESTROY": return object(row, 0).map { .iommuDestroy($0) }
    case "IOAS_ALLOC": return .ioasAlloc
    case "IOAS_ALLOW_IOVAS":
      return object(row, 0).map { .ioasAllowIOVAs($0, words.dropFirst().compactMap { range($0) }) }
    case "IOAS_IOVA_RANGES":
      return object(row, 0).map { .ioasIOVARanges($0, capacity: UInt32(number(row, 1) ?? 16)) }
    case "IOAS_MAP": return mapInIOAS(row)
    case "IOAS_COPY": return copy(row)
    case "IOAS_UNMAP": return unmapInIOAS(row)
    case "IOMMU_OPTION": return option(row)
    case "VFIO_IOAS": return vfioIOAS(row)
    case "HWPT_ALLOC": return allocateTable(row)
    case "GET_HW_INFO": return object(row, 0).map { .iommuGetHWInfo($0, capacity: 64) }
    case "HWPT_SET_DIRTY_TRACKING":
      return object(row, 0).map { .hwptSetDirtyTracking($0, isEnabled: words.last == "on") }
    case "HWPT_GET_DIRTY_BITMAP":
      guard let table = object(row, 0), let query = query(row, 1) else { return nil }
      return .hwptGetDirtyBitmap(table, query)
    default: return nil
    }
  }

  /// An object by its name, by its number, or `none`.
  private func object(_ row: ConformanceTable.Row, _ index: Int) -> ObjectID? {
    guard index < row.arguments.count else { return nil }
    let word = row.arguments[index]
    if word == "none" { return ObjectID.none }
    return objects[word] ?? UInt32(word).map { ObjectID($0) }
  }

  /// `0x0-0xfff`.
  private func range(_ word: String) -> IOVARange? {
    let ends = word.split(separator: "-").compactMap { Hexadecimal.value($0) }
    guard ends.count == 2, ends[0] <= ends[1] else { return nil }
    return IOVARange(start: ends[0], last: ends[1])
  }

  /// `IOAS MEMORY IOVA SIZE [ACCESS]`, or `IOAS MEMORY anywhere SIZE [ACCESS]`.
  private func mapInIOAS(_ row: ConformanceTable.Row) -> Request? {
    guard let ioas = object(row, 0), let start = address(row, 1), let size = number(row, 3) else {
      return nil
    }
    let access = access(row, 4)
    if row.arguments[2] == "anywhere" {
      return .ioasMapAnywhere(ioas, MemoryRange(address: start, size: size), access)
    }
    guard let iova = number(row, 2) else { return nil }
    return .ioasMap(ioas, DMAMapping(iova: iova, size: size, address: start, access: access))
  }

  /// `FROM IOVA TO IOVA SIZE [ACCESS]`.
  private func copy(_ row: ConformanceTable.Row) -> Request? {
    guard let source = object(row, 0), let sourceIOVA = number(row, 1), let destination = object(row, 2),
      let destinationIOVA = number(row, 3), let size = number(row, 4)
    else { return nil }
    return .ioasCopy(
      IOASCopy(
        from: source,
        at: sourceIOVA,
        to: destination,
        at: destinationIOVA,
        size: size,
        access: access(row, 5)
      )
    )
  }

  /// `IOAS IOVA SIZE`, or `IOAS all`.
  private func unmapInIOAS(_ row: ConformanceTable.Row) -> Request? {
    guard let ioas = object(row, 0) else { return nil }
    if row.arguments.last == "all" { return .ioasUnmapAll(ioas) }
    guard let start = number(row, 1), let size = number(row, 2) else { return nil }
    guard size > 0 else {
      return .malformed(.ioasUnmap(ioas, IOVARange(start: start, last: start)), .emptyRange)
    }
    return .ioasUnmap(ioas, IOVARange(start: start, last: start + size - 1))
  }

  /// `rlimit-mode|huge-pages OBJECT [VALUE]`.
  private func option(_ row: ConformanceTable.Row) -> Request? {
    let options: [String: IOMMUFDOption] = ["rlimit-mode": .rlimitMode, "huge-pages": .hugePages]
    guard let option = row.arguments.first.flatMap({ options[$0] }), let object = object(row, 1) else {
      return nil
    }
    guard row.arguments.count > 2 else { return .iommuOptionGet(option, object) }
    return number(row, 2).map { .iommuOptionSet(option, object, $0) }
  }

  /// `get NAME`, `set IOAS` or `clear`.
  private func vfioIOAS(_ row: ConformanceTable.Row) -> Request? {
    switch row.arguments.first {
    case "get": .iommuVFIOIOAS(.get)
    case "set": object(row, 1).map { .iommuVFIOIOAS(.set($0)) }
    case "clear": .iommuVFIOIOAS(.clear)
    default: nil
    }
  }

  /// `NAME DEVICE PARENT [dirty] [parent] [data] [type]`: data of four bytes, of the type 1.
  private func allocateTable(_ row: ConformanceTable.Row) -> Request? {
    guard let device = object(row, 1), let parent = object(row, 2) else { return nil }
    let words = row.arguments.dropFirst(3)
    var flags: HWPTAllocation.Flags = []
    if words.contains("dirty") { flags.insert(.dirtyTracking) }
    if words.contains("parent") { flags.insert(.nestParent) }
    return .hwptAlloc(
      HWPTAllocation(
        device: device,
        parent: parent,
        flags: flags,
        dataType: words.contains("type") ? 1 : 0,
        data: words.contains("data") ? [0, 0, 0, 0] : []
      )
    )
  }

  /// `IOVA SIZE PAGE [keep]`.
  func query(_ row: ConformanceTable.Row, _ index: Int) -> DirtyQuery? {
    guard let start = number(row, index), let size = number(row, index + 1), size > 0,
      let page = number(row, index + 2)
    else { return nil }
    return DirtyQuery(
      range: IOVARange(start: start, last: start + size - 1),
      pageSize: page,
      marks: row.arguments.last == "keep" ? .keep : .clear
    )
  }

  func text(of info: IOASRanges) -> String {
    guard info.count == info.ranges.count else { return "count=\(info.count)" }
    let ranges = info.ranges.map(\.description).joined(separator: ",")
    return "alignment=0x\(Hexadecimal.text(info.alignment)) ranges=\(ranges)"
  }
}

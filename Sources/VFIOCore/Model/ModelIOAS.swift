import VFIOTypes

/// Memory that was given to an IOAS: pages that several mappings may share, pinned once for all of them.
///
/// Linux 6.12 iommufd/pages.c: struct iopt_pages.
struct ModelPages: Hashable, Sendable {
  /// The address of the first page.
  var address: UInt64
  /// Whether devices may ever write to it: a copy cannot ask for more.
  var isWritable: Bool
  /// Whether it is charged to the process, and not to the user.
  var chargesProcess: Bool
}

/// A mapping of an IOAS: `struct iopt_area`.
struct ModelArea: Hashable, Sendable {
  var range: IOVARange
  /// Which pages of the iommufd.
  var pages: Int
  /// The first byte in them.
  var offset: UInt64
  var access: DMAMapping.Access

  var size: UInt64 { range.last - range.start + 1 }

  /// Positions of the first and last page.
  func pages(of size: UInt64) -> ClosedRange<UInt64> {
    offset / size...(offset + (range.last - range.start)) / size
  }
}

/// An address space of an iommufd: `struct io_pagetable` in Linux 6.12 iommufd/io_pagetable.c.
struct ModelIOAS: Sendable {
  /// For whom addresses are reserved.
  enum Owner: Hashable, Sendable {
    case device(ModelDevicePlace)
    case table(UInt32)
  }

  /// Ascending, none overlapping another.
  private(set) var areas: [ModelArea] = []
  private(set) var allowed: [IOVARange] = []
  private var reserved: [(range: IOVARange, owner: Owner)] = []
  /// The page tables that are fed from it, with their smallest pages.
  private(set) var tables: [UInt32: UInt64] = [:]
  /// Bytes every mapping is a multiple of.
  private(set) var alignment: UInt64 = 1
  private(set) var hasLargePages = true

  /// Whether what is mapped is pinned: only where a page table wants it.
  var isPinned: Bool { !tables.isEmpty }

  /// ioas.c: iommufd_ioas_iova_ranges: what nobody reserved.
  var ranges: [IOVARange] {
    IOVARange(start: 0, last: UInt64.max).subtracting(reserved.map(\.range))
  }

  // MARK: Mappings

  /// The position of the first mapping that does not end before an address.
  private func position(reaching address: UInt64) -> Int {
    var (low, high) = (0, areas.count)
    while low < high {
      let middle = (low + high) / 2
      if areas[middle].range.last >= address { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private func isMapped(_ range: IOVARange) -> Bool {
    let position = position(reaching: range.start)
    return position < areas.count && areas[position].range.overlaps(range)
  }

  /// io_pagetable.c: iopt_check_iova.
  func check(_ iova: UInt64, size: UInt64) throws(ModelRefusal) -> IOVARange {
    let function = "iommufd/io_pagetable.c: iopt_check_iova"
    guard iova % alignment == 0 else { throw ModelRefusal(.einval, "\(function), alignment") }
    guard let range = IOVARange(iova: iova, size: size) else {
      throw ModelRefusal(.eoverflow, function)
    }
    guard !reserved.contains(where: { $0.range.overlaps(range) }) else {
      throw ModelRefusal(.einval, "\(function), reserved")
    }
    guard !isMapped(range) else { throw ModelRefusal(.eexist, function) }
    return range
  }

  /// io_pagetable.c: iopt_alloc_area_pages, the size.
  func check(size: UInt64) throws(ModelRefusal) {
    guard size > 0, size % alignment == 0 else {
      throw ModelRefusal(.einval, "iommufd/io_pagetable.c: iopt_alloc_area_pages, size")
    }
  }

  /// io_pagetable.c: iopt_alloc_iova: the first place that is as aligned as the memory, never address 0.
  ///
  /// - Parameters:
  ///   - size: bytes.
  ///   - address: where the memory starts.
  ///   - page: bytes of a page of the processor.
  /// - Returns: the bus addresses.
  /// - Throws: `ENOSPC` where no place is left, `EINVAL` of memory that is less aligned than mappings must be.
  func place(for size: UInt64, of address: UInt64, page: UInt64) throws(ModelRefusal) -> IOVARange {
    let function = "iommufd/io_pagetable.c: iopt_alloc_iova"
    guard size < UInt64.max / 2 else { throw ModelRefusal(.eoverflow, function) }
    let wanted = min(size.roundedUpToPowerOfTwo, address & (~address &+ 1))
    // A page table of one page holds page / 8 entries: HPAGE_SIZE.
    let aligned = min(address == 0 ? size.roundedUpToPowerOfTwo : wanted, page * (page / 8))
    guard aligned >= alignment else { throw ModelRefusal(.einval, "\(function), alignment of the memory") }
    let whole = IOVARange(start: page, last: UInt64.max - page)
    let used = reserved.map(\.range) + areas.map(\.range)
    let spans = allowed.isEmpty ? [whole] : allowed.sorted { $0.start < $1.start }
    for hole in spans.compactMap({ $0.intersection(whole) }).flatMap({ $0.subtracting(used) }) {
      let (sum, isWrapped) = hole.start.addingReportingOverflow(aligned - 1)
      let start = sum / aligned * aligned + address % page
      guard !isWrapped, start < hole.last, hole.last - start >= size - 1 else { continue }
      return IOVARange(start: start, last: start + size - 1)
    }
    throw ModelRefusal(.enospc, function)
  }

  mutating func insert(_ area: ModelArea) {
    areas.insert(area, at: position(reaching: area.range.start))
  }

  /// io_pagetable.c: iopt_get_pages: the parts of mappings that lie in a range, which they fill.
  func parts(of range: IOVARange) throws(ModelRefusal) -> [ModelArea] {
    var parts: [ModelArea] = []
    var next = range.start
    for area in areas[position(reaching: range.start)...] {
      guard area.range.start <= next else { break }
      let last = min(area.range.last, range.last)
      parts.append(
        ModelArea(
          range: IOVARange(start: next, last: last),
          pages: area.pages,
          offset: area.offset + (next - area.range.start),
          access: area.access
        )
      )
      if last == range.last { return parts }
      next = last + 1
    }
    throw ModelRefusal(.enoent, "iommufd/io_pagetable.c: iopt_get_pages")
  }

  /// io_pagetable.c: iopt_unmap_iova_range: whole mappings, up to the first that would be cut.
  ///
  /// - Returns: the bytes that were unmapped.
  /// - Throws: `ENOENT` where a mapping would be cut; those before it are unmapped and stay so.
  mutating func unmap(_ range: IOVARange) throws(ModelRefusal) -> UInt64 {
    let first = position(reaching: range.start)
    let whole = areas[first...].prefix { range.contains($0.range) }
    let bytes = whole.reduce(0 as UInt64) { $0 &+ ($1.range.last - $1.range.start) &+ 1 }
    let isCut = whole.endIndex < areas.endIndex && areas[whole.endIndex].range.overlaps(range)
    areas.removeSubrange(first..<whole.endIndex)
    guard !isCut else {
      throw ModelRefusal(.enoent, "iommufd/io_pagetable.c: iopt_unmap_iova_range, a mapping would be cut")
    }
    return bytes
  }

  /// io_pagetable.c: iopt_cut_iova: the mapping with that address ends there, for containers of Type1 version 1.
  mutating func cut(after iova: UInt64) throws(ModelRefusal) {
    let position = position(reaching: iova)
    guard position < areas.count, areas[position].range.contains(IOVARange(start: iova, last: iova)) else {
      return
    }
    let area = areas[position]
    // Linux leaves a mapping whole whose first byte alone would be cut off; no mapping is that short.
    guard iova != area.range.start, iova != area.range.last else { return }
    let offset = area.offset + (iova + 1 - area.range.start)
    guard (iova + 1) % alignment == 0, offset % alignment == 0 else {
      throw ModelRefusal(.einval, "iommufd/io_pagetable.c: iopt_area_split, alignment")
    }
    areas[position].range.last = iova
    areas.insert(
      ModelArea(
        range: IOVARange(start: iova + 1, last: area.range.last),
        pages: area.pages,
        offset: offset,
        access: area.access
      ),
      at: position + 1
    )
  }

  // MARK: Reserved and allowed addresses

  /// ioas.c: iommufd_ioas_load_iovas and io_pagetable.c: iopt_set_allow_iova.
  mutating func allow(_ ranges: [IOVARange]) throws(ModelRefusal) {
    for (index, range) in ranges.enumerated() {
      // A range of one address is refused too.
      guard range.start < range.last, !ranges[..<index].contains(where: { $0.overlaps(range) }) else {
        throw ModelRefusal(.einval, "iommufd/ioas.c: iommufd_ioas_load_iovas")
      }
    }
    guard !ranges.contains(where: { range in reserved.contains { $0.range.overlaps(range) } }) else {
      throw ModelRefusal(.eaddrinuse, "iommufd/io_pagetable.c: iopt_set_allow_iova")
    }
    allowed = ranges
  }

  /// io_pagetable.c: iopt_reserve_iova.
  mutating func reserve(_ range: IOVARange, for owner: Owner) throws(ModelRefusal) {
    guard !isMapped(range), !allowed.contains(where: { $0.overlaps(range) }) else {
      throw ModelRefusal(.eaddrinuse, "iommufd/io_pagetable.c: iopt_reserve_iova")
    }
    reserved.append((range, owner))
  }

  mutating func release(_ owner: Owner) { reserved.removeAll { $0.owner == owner } }

  // MARK: Page tables

  /// io_pagetable.c: iopt_table_add_domain, but for pinning.
  mutating func add(
    _ table: UInt32,
    aperture: [IOVARange],
    page: UInt64,
    processorPage: UInt64
  ) throws(ModelRefusal) {
    let function = "iommufd/io_pagetable.c: iopt_table_add_domain"
    let wanted = max(page, alignment)
    guard wanted <= processorPage else { throw ModelRefusal(.einval, "\(function), pages") }
    try check(alignment: wanted)
    for outside in IOVARange(start: 0, last: UInt64.max).subtracting(aperture) {
      try reserve(outside, for: .table(table))
    }
    alignment = wanted
    tables[table] = page
  }

  /// io_pagetable.c: iopt_table_remove_domain and iopt_calculate_iova_alignment.
  mutating func remove(_ table: UInt32, processorPage: UInt64) {
    tables[table] = nil
    release(.table(table))
    alignment = ownAlignment(processorPage)
  }

  private func ownAlignment(_ processorPage: UInt64) -> UInt64 {
    tables.values.reduce(hasLargePages ? 1 : processorPage) { max($0, $1) }
  }

  /// io_pagetable.c: iopt_check_iova_alignment.
  private func check(alignment wanted: UInt64) throws(ModelRefusal) {
    guard wanted != alignment else { return }
    guard areas.allSatisfy({ ($0.range.start | $0.size | $0.offset) % wanted == 0 }) else {
      throw ModelRefusal(.eaddrinuse, "iommufd/io_pagetable.c: iopt_check_iova_alignment")
    }
  }

  /// io_pagetable.c: iopt_enable_large_pages and iopt_disable_large_pages.
  mutating func setLargePages(_ isEnabled: Bool, processorPage: UInt64) throws(ModelRefusal) {
    guard isEnabled != hasLargePages else { return }
    guard isEnabled || tables.isEmpty || areas.isEmpty else {
      throw ModelRefusal(.einval, "iommufd/io_pagetable.c: iopt_disable_large_pages, something is mapped")
    }
    hasLargePages = isEnabled
    let wanted = ownAlignment(processorPage)
    do throws(ModelRefusal) {
      if wanted > alignment { try check(alignment: wanted) }
    } catch {
      hasLargePages = !isEnabled
      throw error
    }
    alignment = wanted
  }
}

extension UInt64 {
  /// The smallest power of two that is not below it, of a number up to 2^63.
  fileprivate var roundedUpToPowerOfTwo: UInt64 {
    self <= 1 ? 1 : 1 << UInt64(64 - (self - 1).leadingZeroBitCount)
  }
}

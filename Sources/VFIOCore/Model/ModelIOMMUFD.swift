import VFIOTypes

/// Where a device stands in the machine: positions of its group, and of it in the group.
struct ModelDevicePlace: Hashable, Sendable {
  var group: Int
  var device: Int
}

/// A page table of an iommufd: `struct iommufd_hw_pagetable`.
struct ModelPageTable: Sendable {
  /// The IOAS it is fed from; of a guest's table that of its parent.
  var ioas: UInt32
  /// The table that a guest's table is laid over.
  var parent: UInt32?
  /// Whether it came with an attachment, and goes with the last.
  var isAutomatic: Bool
  var flags: HWPTAllocation.Flags
  /// What of the IOMMU it was made for decides whether another device can use it.
  var aperture: [IOVARange]
  var pageSizes: PageSizes
  var tracksWrites = false
  /// The pages of 4096 bytes that devices wrote to.
  var dirty: Set<UInt64> = []
}

/// An iommufd of the model: its objects, by the numbers it gave them.
///
/// Linux 6.12 drivers/iommu/iommufd: struct iommufd_ctx. Objects count their users there; here users are found.
struct ModelIOMMUFD: Sendable {
  /// What the attached devices of a group share: one table.
  ///
  /// `struct iommufd_group`.
  struct Attachment: Sendable {
    var table: UInt32
    var devices: [ModelDevicePlace]
  }

  /// Whether its own descriptor is open; devices and groups keep it alive too.
  var isOpen = true
  var ioases: [UInt32: ModelIOAS] = [:]
  var tables: [UInt32: ModelPageTable] = [:]
  var devices: [UInt32: ModelDevicePlace] = [:]
  var attachments: [Int: Attachment] = [:]
  var pages: [Int: ModelPages] = [:]
  private var nextPages = 0
  /// The IOAS that stands in for a container.
  var container: UInt32?
  var hasNoIOMMUGroup = false
  /// `IOMMU_OPTION_RLIMIT_MODE`.
  var chargesProcess = false

  // MARK: Numbers

  /// main.c: _iommufd_object_alloc: the lowest number that is free, from 1.
  var freeNumber: UInt32 {
    var number: UInt32 = 1
    while isTaken(number) { number += 1 }
    return number
  }

  private func isTaken(_ number: UInt32) -> Bool {
    ioases[number] != nil || tables[number] != nil || devices[number] != nil
  }

  var isEmpty: Bool { ioases.isEmpty && tables.isEmpty && devices.isEmpty }

  mutating func addIOAS() -> UInt32 {
    let number = freeNumber
    ioases[number] = ModelIOAS()
    return number
  }

  /// main.c: iommufd_object_remove.
  mutating func destroy(_ object: ObjectID, processorPage: UInt64) throws(ModelRefusal) {
    let number = object.number
    guard isTaken(number) else {
      throw ModelRefusal(.enoent, "iommufd/main.c: iommufd_object_remove")
    }
    // A device's own file is its user until it is closed.
    guard devices[number] == nil, !isUsed(number) else {
      throw ModelRefusal(.ebusy, "iommufd/main.c: iommufd_object_remove, it is in use")
    }
    if ioases[number] != nil {
      ioases[number] = nil
      if container == number { container = nil }
      dropUnusedPages()
    }
    removeTable(number, processorPage: processorPage)
  }

  /// Whether an IOAS feeds a table, or a table has a device or lies below another.
  private func isUsed(_ number: UInt32) -> Bool {
    tables.values.contains { $0.parent == number || ($0.parent == nil && $0.ioas == number) }
      || attachments.values.contains { $0.table == number }
  }

  /// hw_pagetable.c: iommufd_hwpt_paging_destroy.
  private mutating func removeTable(_ number: UInt32, processorPage: UInt64) {
    guard let table = tables.removeValue(forKey: number), table.parent == nil else { return }
    ioases[table.ioas]?.remove(number, processorPage: processorPage)
  }

  /// iommufd_private.h: iommufd_hw_pagetable_put.
  mutating func put(table number: UInt32, processorPage: UInt64) {
    guard tables[number]?.isAutomatic == true, !isUsed(number) else { return }
    removeTable(number, processorPage: processorPage)
  }

  /// The table a device is attached to.
  func table(of place: ModelDevicePlace) -> UInt32? {
    guard let attachment = attachments[place.group], attachment.devices.contains(place) else { return nil }
    return attachment.table
  }

  /// device.c: iommufd_device_detach.
  mutating func detach(_ place: ModelDevicePlace, processorPage: UInt64) {
    guard let number = table(of: place) else { return }
    attachments[place.group]?.devices.removeAll { $0 == place }
    if attachments[place.group]?.devices.isEmpty == true { attachments[place.group] = nil }
    if let ioas = tables[number]?.ioas { ioases[ioas]?.release(.device(place)) }
    put(table: number, processorPage: processorPage)
  }

  // MARK: Pages

  mutating func add(_ pages: ModelPages) -> Int {
    nextPages += 1
    self.pages[nextPages] = pages
    return nextPages
  }

  /// Forgets the pages that no mapping has any more.
  mutating func dropUnusedPages() {
    let used = Set(ioases.values.flatMap { $0.areas.map(\.pages) })
    pages = pages.filter { used.contains($0.key) }
  }

  /// Bytes that are pinned for devices: each page once, however many mappings share it.
  ///
  /// - Parameters:
  ///   - page: bytes of a page of the processor.
  ///   - isCounted: which pages to count.
  /// - Returns: the bytes.
  func pinned(page: UInt64, where isCounted: (ModelPages) -> Bool = { _ in true }) -> UInt64 {
    var parts: [Int: [ClosedRange<UInt64>]] = [:]
    for ioas in ioases.values where ioas.isPinned {
      for area in ioas.areas { parts[area.pages, default: []].append(area.pages(of: page)) }
    }
    var count: UInt64 = 0
    for (number, ranges) in parts where pages[number].map(isCounted) == true {
      var next: UInt64 = 0
      for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where range.upperBound >= next {
        count += range.upperBound - max(next, range.lowerBound) + 1
        next = range.upperBound + 1
      }
    }
    return count * page
  }
}

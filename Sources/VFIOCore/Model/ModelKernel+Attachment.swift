import VFIOTypes

/// Attaching devices to page tables: Linux 6.12 drivers/iommu/iommufd/device.c.
extension ModelKernel {
  /// device.c: iommufd_device_attach, or iommufd_device_replace of a device that is attached.
  ///
  /// - Parameters:
  ///   - place: the device.
  ///   - object: an IOAS or a page table.
  ///   - index: the iommufd.
  /// - Returns: the page table that is used.
  /// - Throws: what the kernel answers; nothing is changed then.
  mutating func attach(
    _ place: ModelDevicePlace,
    to object: ObjectID,
    of index: Int
  ) throws(ModelRefusal) -> UInt32 {
    guard let before = iommufds[index] else { return 0 }
    do throws(ModelRefusal) {
      let number = object.number
      if before.tables[number] != nil {
        try use(number, by: place, of: index)
        return number
      }
      guard before.ioases[number] != nil else {
        guard before.devices[number] != nil else { throw ModelKernel.noObject }
        throw ModelRefusal(.einval, "iommufd/device.c: iommufd_device_change_pt, a device")
      }
      return try useAny(of: number, by: place, of: index)
    } catch {
      iommufds[index] = before
      throw error
    }
  }

  /// device.c: iommufd_device_auto_get_domain: a table that came so before, or a new one.
  private mutating func useAny(
    of ioas: UInt32,
    by place: ModelDevicePlace,
    of index: Int
  ) throws(ModelRefusal) -> UInt32 {
    let tables = iommufds[index]?.tables ?? [:]
    let found = tables.filter { $1.ioas == ioas && $1.isAutomatic }.keys.sorted()
    for number in found {
      let before = iommufds[index]
      do throws(ModelRefusal) {
        try use(number, by: place, of: index)
        return number
      } catch {
        iommufds[index] = before
        // Any other refusal than this one is the answer.
        guard error.cause == .system(.einval) else { throw error }
      }
    }
    let isAttached = iommufds[index]?.table(of: place) != nil
    guard isAttached else { return try attachToNew(of: ioas, by: place, of: index) }
    let number = try addTable(of: ioas, for: place, isAutomatic: true, in: index)
    try use(number, by: place, of: index)
    return number
  }

  /// hw_pagetable.c: iommufd_hwpt_paging_alloc, which attaches the device before the table has what is mapped.
  private mutating func attachToNew(
    of ioas: UInt32,
    by place: ModelDevicePlace,
    of index: Int
  ) throws(ModelRefusal) -> UInt32 {
    guard iommufds[index]?.attachments[place.group] == nil else { throw ModelKernel.otherTable }
    try reserve(for: place, in: ioas, of: index)
    try checkTranslation(of: place)
    let number = try addTable(of: ioas, for: place, isAutomatic: true, isAttached: true, in: index)
    iommufds[index]?.attachments[place.group] = ModelIOMMUFD.Attachment(table: number, devices: [place])
    return number
  }

  private static let otherTable = ModelRefusal(
    .einval,
    "iommufd/device.c: iommufd_hw_pagetable_attach, its group uses another table"
  )

  /// device.c: iommufd_device_do_attach or iommufd_device_do_replace.
  private mutating func use(
    _ number: UInt32,
    by place: ModelDevicePlace,
    of index: Int
  ) throws(ModelRefusal) {
    guard let iommufd = iommufds[index], let table = iommufd.tables[number] else { return }
    guard let old = iommufd.table(of: place) else {
      let attachment = iommufd.attachments[place.group]
      guard attachment == nil || attachment?.table == number else { throw ModelKernel.otherTable }
      try reserve(for: place, in: table.ioas, of: index)
      if attachment == nil { try check(table, for: place) }
      iommufds[index]?.attachments[
        place.group,
        default: ModelIOMMUFD.Attachment(table: number, devices: [])
      ].devices.append(place)
      return
    }
    guard old != number else { return }
    let devices = iommufd.attachments[place.group]?.devices ?? []
    let oldIOAS = iommufd.tables[old]?.ioas
    if oldIOAS != table.ioas {
      for device in devices { try reserve(for: device, in: table.ioas, of: index) }
    }
    try check(table, for: place)
    if let oldIOAS, oldIOAS != table.ioas {
      for device in devices { iommufds[index]?.ioases[oldIOAS]?.release(.device(device)) }
    }
    // The whole group moves, and nobody is without a table meanwhile.
    iommufds[index]?.attachments[place.group]?.table = number
    iommufds[index]?.put(table: old, processorPage: host.pageSize)
  }

  /// io_pagetable.c: iopt_table_enforce_dev_resv_regions; a region of the type `direct-relaxable` is none.
  private mutating func reserve(
    for place: ModelDevicePlace,
    in ioas: UInt32,
    of index: Int
  ) throws(ModelRefusal) {
    for region in host.groups[place.group].reserved {
      try iommufds[index]?.ioases[ioas]?.reserve(region, for: .device(place))
    }
  }

  /// The driver's own attaching: a table made for one IOMMU is of no use to a different one.
  private func check(_ table: ModelPageTable, for place: ModelDevicePlace) throws(ModelRefusal) {
    let group = host.groups[place.group]
    guard table.aperture == group.aperture, table.pageSizes == group.pageSizes else {
      throw ModelRefusal(.einval, "intel/iommu.c: prepare_domain_attach_device, and its like")
    }
    try checkTranslation(of: place)
  }

  private func checkTranslation(of place: ModelDevicePlace) throws(ModelRefusal) {
    guard host.groups[place.group].hasSecondStage else {
      throw ModelRefusal(.einval, "intel/pasid.c: intel_pasid_setup_second_level")
    }
  }

  /// A page table with all that is mapped in its IOAS.
  ///
  /// A driver that finishes tables with their first device has one end at its first address until then, and iommufd goes on to
  /// keep the IOAS to that: virtio-iommu.c: viommu_domain_finalise.
  mutating func addTable(
    of ioas: UInt32,
    for place: ModelDevicePlace,
    flags: HWPTAllocation.Flags = [],
    isAutomatic: Bool,
    isAttached: Bool = false,
    in index: Int
  ) throws(ModelRefusal) -> UInt32 {
    let group = host.groups[place.group]
    let isWhole = isAttached || group.makesWholeTables
    let before = chargedBytes
    let number = iommufds[index]?.freeNumber ?? 0
    try iommufds[index]?.ioases[ioas]?.add(
      number,
      aperture: isWhole ? group.aperture : [IOVARange(start: 0, last: 0)],
      page: group.pageSizes.smallest ?? host.pageSize,
      processorPage: host.pageSize
    )
    try checkPinning(in: ioas, of: index, after: before)
    iommufds[index]?.tables[number] = ModelPageTable(
      ioas: ioas,
      isAutomatic: isAutomatic,
      flags: flags,
      aperture: group.aperture,
      pageSizes: group.pageSizes
    )
    return number
  }
}

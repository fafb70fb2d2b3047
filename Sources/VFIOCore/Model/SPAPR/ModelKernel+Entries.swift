import VFIOTypes

/// Maps and unmaps in windows: vfio_iommu_spapr_tce.c, tce_iommu_build, tce_iommu_build_v2 and tce_iommu_clear.
extension ModelKernel {
  private static let file = "vfio_iommu_spapr_tce.c"

  /// Puts a map into a window whose alignment was checked.
  mutating func build(_ mapping: DMAMapping, in index: Int, slot: Int) throws(ModelRefusal) {
    guard let tce = containers[index]?.tce, let owner = tce.owner, var window = tce.windows[slot] else {
      return
    }
    let page = window.page
    let access = access(mapping.access, in: index)
    var done: UInt64 = 0
    var failure: ModelRefusal?
    while done < mapping.size {
      let (iova, address) = (mapping.iova &+ done, mapping.address &+ done)
      do throws(ModelRefusal) {
        let bytes = try reachable(address, mapping.size - done, page: page, in: window, tce.isVersion2, owner)
        try checkEnd(of: window, at: iova, address: address, in: index)
        // What runs past the end is written nevertheless, on a bare host.
        let inside = window.contains(iova) ? window.range.last - iova + 1 : bytes
        let count = min(bytes, inside)
        guard let range = IOVARange(iova: iova, size: count) else { break }
        if tce.isVersion2, let region = processes[owner].region(of: address, page) {
          processes[owner].regions[region].mapped += count / page
        }
        let replaced = window.take(range)
        if tce.isVersion2 { processes[owner].unuse(replaced, page: page) }
        window.put(ModelTCEWindow.Run(range: range, address: address, access: access))
        done += count
      } catch {
        failure = error
        break
      }
    }
    if failure != nil, let range = IOVARange(iova: mapping.iova, size: done) {
      let gone = window.take(range)
      if tce.isVersion2 { processes[owner].unuse(gone, page: page) }
    }
    containers[index]?.tce?.windows[slot] = window
    try kill(done, at: mapping.iova, in: index)
    if let failure { throw failure }
  }

  /// Takes out what a window has in a range.
  mutating func clear(_ iova: UInt64, _ size: UInt64, in index: Int, slot: Int) throws(ModelRefusal) {
    guard let tce = containers[index]?.tce, let owner = tce.owner, var window = tce.windows[slot] else {
      return
    }
    if size > 0 {
      let last = iova > UInt64.max - (size - 1) ? UInt64.max : iova + (size - 1)
      if last > window.range.last, platform(of: index) != .pseries { damage.insert(.wrotePastTable) }
      let gone = window.take(IOVARange(start: iova, last: last))
      if tce.isVersion2 { processes[owner].unuse(gone, page: window.page) }
      containers[index]?.tce?.windows[slot] = window
    }
    try kill(size, at: iova, in: index)
  }

  /// How much from an address a window can be let into at once, by its pages.
  private func reachable(
    _ address: UInt64,
    _ size: UInt64,
    page: UInt64,
    in window: ModelTCEWindow,
    _ isVersion2: Bool,
    _ owner: Int
  ) throws(ModelRefusal) -> UInt64 {
    guard isVersion2 else {
      let bytes = pinnableBytes(from: address, upTo: size) / page * page
      guard bytes > 0 else { throw ModelRefusal(.efault, "\(ModelKernel.file): tce_iommu_use_page") }
      return bytes
    }
    guard let index = processes[owner].region(of: address, page) else {
      throw ModelRefusal(.einval, "\(ModelKernel.file): tce_iommu_prereg_ua_to_hpa, mm_iommu_lookup")
    }
    let region = processes[owner].regions[index]
    // A page of the window that is larger than those behind the memory; what tce_page_is_contained refuses with EPERM comes after,
    // and only of a region of pages of several sizes, which memory of the model never has.
    guard window.pageShift <= region.pageShift else {
      throw ModelRefusal(.einval, "iommu_api.c: mm_iommu_ua_to_hpa, page size")
    }
    return min(size, (region.address + region.size - address) / page * page)
  }

  /// Nothing but the first page was checked against the window's end: include/asm/iommu.h: iommu_tce_put_param_check.
  private mutating func checkEnd(
    of window: ModelTCEWindow,
    at iova: UInt64,
    address: UInt64,
    in index: Int
  ) throws(ModelRefusal) {
    guard !window.contains(iova) else { return }
    guard platform(of: index) == .pseries else {
      damage.insert(.wrotePastTable)
      return
    }
    if let tce = containers[index]?.tce, tce.isVersion2, let owner = tce.owner,
      let region = processes[owner].region(of: address, window.page)
    {
      // tce_iommu_unuse_page_v2 looks past the table for what to count down, and finds nothing.
      processes[owner].regions[region].mapped += 1
      damage.insert(.lostRegion)
    }
    // H_PARAMETER is -4, and so is EINTR.
    throw ModelRefusal(.eintr, "pseries/iommu.c: tce_exchange_pSeries, H_PARAMETER")
  }

  /// iommu_tce_kill, which tells the bridge what changed.
  private mutating func kill(_ size: UInt64, at iova: UInt64, in index: Int) throws(ModelRefusal) {
    // From the first entry of none the loop counts to the last address there is.
    guard platform(of: index) == .powernv8, size == 0, iova == 0 else { return }
    damage.insert(.lockedUp)
    throw ModelRefusal(.eio, "pci-ioda.c: pnv_pci_phb3_tce_invalidate, which does not come back")
  }

  /// What devices may do in the end.
  private func access(_ asked: DMAMapping.Access, in index: Int) -> DMAMapping.Access {
    // pci-ioda-tce.c: pnv_tce_xchg: writing alone cannot be said.
    asked == .write && platform(of: index) != .pseries ? [.read, .write] : asked
  }

  private func platform(of index: Int) -> ModelPE.Platform? {
    containers[index]?.groups.last.flatMap { host.groups[$0].pe?.platform }
  }
}

extension ModelKernel {
  /// What a device reads from a bus address on, by the windows of its container; nil where an entry does not let it.
  ///
  /// - Parameters:
  ///   - count: how many bytes.
  ///   - iova: the first bus address.
  ///   - device: the open device.
  /// - Returns: that many bytes.
  package func dmaRead(_ count: Int, at iova: UInt64, by device: DescriptorNumber) -> [UInt8]? {
    var bytes: [UInt8] = []
    for offset in 0..<UInt64(count) {
      guard let address = memory(at: iova &+ offset, for: .read, by: device) else { return nil }
      bytes += memoryRead(1, at: address)
    }
    return bytes
  }

  /// Lets a device write from a bus address on; what an entry does not let through is dropped.
  ///
  /// - Parameters:
  ///   - bytes: what it writes.
  ///   - iova: the first bus address.
  ///   - device: the open device.
  package mutating func dmaWrite(_ bytes: [UInt8], at iova: UInt64, by device: DescriptorNumber) {
    for (offset, byte) in bytes.enumerated() {
      guard let address = memory(at: iova &+ UInt64(offset), for: .write, by: device) else { continue }
      memoryWrite([byte], at: address)
    }
  }

  /// What lies at an address of the process.
  ///
  /// - Parameters:
  ///   - count: how many bytes.
  ///   - address: the first.
  /// - Returns: that many bytes.
  package func memoryRead(_ count: Int, at address: UInt64) -> [UInt8] {
    (0..<UInt64(count)).map { contents[address &+ $0] ?? 0 }
  }

  /// Puts bytes at an address of the process.
  ///
  /// - Parameters:
  ///   - bytes: what to put there.
  ///   - address: the first.
  package mutating func memoryWrite(_ bytes: [UInt8], at address: UInt64) {
    for (offset, byte) in bytes.enumerated() {
      contents[address &+ UInt64(offset)] = byte == 0 ? nil : byte
    }
  }

  private func memory(
    at iova: UInt64,
    for access: DMAMapping.Access,
    by device: DescriptorNumber
  ) -> UInt64? {
    guard files.indices.contains(Int(device.number)), case .device(let group, _) = files[Int(device.number)],
      let tce = groups[group].container.flatMap({ containers[$0]?.tce }),
      let window = tce.slot(of: iova).flatMap({ tce.windows[$0] }),
      let run = window.run(at: iova), run.access.isSuperset(of: access)
    else { return nil }
    return run.address + (iova - run.range.start)
  }
}

package import VFIOTypes

/// The windows of one container with sPAPR TCE, the memory registered in it, and what is mapped.
///
/// Every range is checked here before the kernel is asked, since the kernel checks less than it must: of a map it looks at the first
/// page alone and writes past its table for the rest, and a size of 0 stops POWER8 for good (Linux 6.12 arch/powerpc/kernel/iommu.c:
/// iommu_tce_check_ioba).
package struct SPAPRSpace: Sendable {
  /// A DMA window.
  package struct Window: Sendable {
    /// Its bus addresses.
    package var range: IOVARange
    /// Its page size as a power of two.
    package var pageShift: UInt32
    /// Bytes that are charged for its table; 0 of a window that was not made yet.
    package var charge: UInt64
    /// Whether the kernel has yet to make it: the default window comes with the first map or window.
    package var isPending: Bool
    package var table = TCETable()

    package var page: UInt64 { 1 << UInt64(pageShift) }
  }

  /// Memory that is registered.
  package struct Registration: Sendable {
    package var range: MemoryRange
    /// Bytes of the largest IOMMU page that may lie in it: iommu_api.c: mm_iommu_do_alloc.
    package var largestPage: UInt64
    /// How many entries of windows hold pages of it.
    package var mapped = 0
  }

  /// Which of the two models.
  package let model: IOMMUModel
  /// What the kernel says of windows.
  package let info: SPAPRTCEInfo
  /// Bytes of a page of the host's processor.
  package let hostPage: UInt64
  /// How many groups are attached.
  package var groups: Int
  /// Whether the kernel maps and unmaps: v1 once it was enabled, v2 once anything was registered.
  package private(set) var isEnabled = false
  /// The windows, the default one first where it is.
  package private(set) var windows: [Window] = []
  /// What is registered, ascending by address.
  package private(set) var registrations: [Registration] = []
  /// Whether a window could not be made.
  package private(set) var hasFailed = false

  /// Space of a container whose model was just set.
  package init(model: IOMMUModel, info: SPAPRTCEInfo, hostPage: UInt64, groups: Int) {
    self.model = model
    self.info = info
    self.hostPage = hostPage
    self.groups = groups
    if let range = IOVARange(iova: UInt64(info.windowStart), size: UInt64(info.windowSize)) {
      windows = [Window(range: range, pageShift: 12, charge: 0, isPending: true)]
    }
  }

  /// Whether the host is a partition of PowerVM or QEMU: it makes tables of one level, powernv of five.
  ///
  /// Of v1 the kernel does not say; then the checks take the dearer of the two.
  package var isPSeries: Bool { info.dynamicWindows.map { $0.levels <= 1 } ?? false }

  /// What dynamic windows there may be; nil where the host has none, which a pseries host says by a count past any there is.
  package var dynamicWindows: SPAPRTCEInfo.DynamicWindows? {
    guard model == .spaprTCEv2, let offer = info.dynamicWindows, offer.count <= 2 else { return nil }
    return offer
  }

  /// Bytes the host charges for a window.
  package func charge(of window: TCEWindow) -> UInt64 {
    isPSeries ? TCETableSize.pseries(window) : TCETableSize.powernv(window, hostPage: hostPage)
  }

  /// Bytes that making the default window will charge; 0 where that was done, or it is not there.
  package var pendingCharge: UInt64 {
    guard let window = windows.first(where: \.isPending) else { return 0 }
    return charge(of: TCEWindow(pageShift: 12, size: window.range.last - window.range.start + 1))
  }

  // MARK: v1

  /// Bytes that enabling charges, with what the first map charges behind it: the whole window and its table.
  package var enablingCharge: UInt64 { UInt64(info.windowSize) + pendingCharge }

  package mutating func enabled() { isEnabled = true }

  package mutating func disabled() { isEnabled = false }

  // MARK: Registered memory

  /// What is wrong with registering memory, nil where nothing is.
  package func fault(ofRegistering range: MemoryRange) -> RangeFault? {
    guard range.size > 0 else { return .empty }
    guard range.address % hostPage == 0, range.size % hostPage == 0 else { return .unaligned(hostPage) }
    guard let span = IOVARange(iova: range.address, size: range.size) else { return .wraps }
    guard let other = registrations.first(where: { $0.span.overlaps(span) }) else { return nil }
    return .registered(other.span)
  }

  /// Notes memory the kernel registered.
  package mutating func registered(_ range: MemoryRange, pageSize: UInt64) {
    let alignment = (range.address | range.size) & (~(range.address | range.size) &+ 1)
    let place = registrations.firstIndex { $0.range.address > range.address } ?? registrations.count
    let largest = min(alignment, max(pageSize, hostPage))
    isEnabled = true
    registrations.insert(Registration(range: range, largestPage: largest), at: place)
  }

  /// What is wrong with unregistering memory, nil where nothing is.
  package func fault(ofUnregistering range: MemoryRange) -> RangeFault? {
    guard let registration = registrations.first(where: { $0.range == range }) else { return .notRegistered }
    return registration.mapped > 0 ? .mapped(registration.mapped) : nil
  }

  /// Notes memory the kernel unregistered.
  package mutating func unregistered(_ range: MemoryRange) {
    registrations.removeAll { $0.range == range }
  }

  // MARK: Windows

  /// What is wrong with making a window, nil where nothing is.
  package func fault(ofCreating window: TCEWindow) -> WindowFault? {
    guard let offer = dynamicWindows else { return .notOffered }
    guard window.pageShift < 64, offer.pageSizes.contains(1 << UInt64(window.pageShift)) else {
      return .pageSize(offer.pageSizes)
    }
    guard window.size.nonzeroBitCount == 1, window.size >> UInt64(window.pageShift) > 0 else { return .size }
    let most = max(1, offer.levels)
    guard (1...most).contains(window.levels) else { return .levels(most: most) }
    guard isPSeries || TCETableSize.isMadeByPowernv(window, hostPage: hostPage) else { return .table }
    guard windows.count < Int(offer.count) else { return .noSlot(offer.count) }
    guard isPSeries else { return nil }
    guard !hasFailed else { return .failedBefore }
    guard groups <= 1 else { return .severalGroups }
    return faultOnPSeries(window)
  }

  /// The default window's place is taken by a window like it, all others go high, of which there is one: arch/powerpc/platforms/
  /// pseries/iommu.c: spapr_tce_create_table.
  private func faultOnPSeries(_ window: TCEWindow) -> WindowFault? {
    let isLow = window.pageShift == 12 && window.size <= UInt64(info.windowSize)
    let high = windows.first { $0.range.start >= 1 << 32 }
    if let high { return .beside(high.range) }
    if isLow, let low = windows.first { return .beside(low.range) }
    return nil
  }

  /// Bytes making a window charges; with the default window pending that is made first.
  package func creatingCharge(of window: TCEWindow) -> UInt64 { pendingCharge + charge(of: window) }

  /// Notes a window the kernel made.
  package mutating func created(_ window: TCEWindow, at range: IOVARange) {
    defaultIsMade()
    windows.append(
      Window(range: range, pageShift: window.pageShift, charge: charge(of: window), isPending: false)
    )
  }

  /// Notes that the kernel could not make a window.
  package mutating func failedToCreate() { hasFailed = true }

  /// Notes that the kernel removed a window.
  package mutating func removed(_ start: UInt64) {
    guard let index = windows.firstIndex(where: { $0.range.start == start }) else { return }
    clear(index)
    windows.remove(at: index)
  }

  private mutating func defaultIsMade() {
    let charge = pendingCharge
    guard let index = windows.firstIndex(where: \.isPending) else { return }
    windows[index].isPending = false
    windows[index].charge = charge
  }

  // MARK: Maps

  /// The window whose addresses a range lies in, or why it is none.
  private func window(of iova: UInt64, _ size: UInt64) throws(RangeFault) -> Int {
    guard size > 0 else { throw .empty }
    guard let range = IOVARange(iova: iova, size: size) else { throw .wraps }
    guard let index = windows.firstIndex(where: { $0.range.contains(range) }) else {
      throw .outside(windows.map(\.range))
    }
    return index
  }

  /// What is wrong with mapping, nil where nothing is.
  package func fault(of mapping: DMAMapping) -> RangeFault? {
    do throws(RangeFault) {
      let window = windows[try window(of: mapping.iova, mapping.size)]
      let page = window.page
      guard (mapping.iova | mapping.size | mapping.address) % page == 0 else { return .unaligned(page) }
      guard !mapping.access.isEmpty, mapping.access.isSubset(of: [.read, .write]) else { return .noAccess }
      guard IOVARange(iova: mapping.address, size: mapping.size) != nil else { return .wraps }
      guard !isPSeries || groups <= 1 else { return .severalGroups }
      guard model == .spaprTCEv2 else { return isEnabled ? nil : .notEnabled }
      return faultOfMemory(mapping.address, mapping.size, page)
    } catch { return error }
  }

  /// Every IOMMU page lies in one registration, whose pages are not smaller: mm_iommu_lookup, mm_iommu_ua_to_hpa.
  private func faultOfMemory(_ address: UInt64, _ size: UInt64, _ page: UInt64) -> RangeFault? {
    var position = address
    // The last byte, since the end may be past all addresses.
    let last = address + (size - 1)
    while true {
      guard let registration = registration(of: position) else { return .notRegistered }
      let span = registrations[registration].span
      let largest = registrations[registration].largestPage
      guard page <= largest else { return .pageTooLarge(page, behind: largest) }
      guard span.last < last else { return nil }
      guard (span.last &+ 1) % page == 0 else { return .notRegistered }
      position = span.last + 1
    }
  }

  /// What is wrong with unmapping, nil where nothing is.
  package func fault(ofUnmapping iova: UInt64, size: UInt64) -> RangeFault? {
    do throws(RangeFault) {
      let page = windows[try window(of: iova, size)].page
      return (iova | size) % page == 0 ? nil : .unaligned(page)
    } catch { return error }
  }

  /// Whether the kernel has nothing to unmap in a range, since its window is still to be made.
  package func isPending(_ iova: UInt64) -> Bool {
    windows.contains { $0.isPending && $0.range.start <= iova && iova <= $0.range.last }
  }

  /// Notes what the kernel mapped; entries that held something hold the new.
  package mutating func mapped(_ mapping: DMAMapping) {
    defaultIsMade()
    set(mapping.iova, mapping.size, to: mapping.address)
    guard model == .spaprTCEv2,
      let window = windows.first(where: { $0.range.start <= mapping.iova && mapping.iova <= $0.range.last })
    else { return }
    var address = mapping.address
    for _ in 0..<(mapping.size >> UInt64(window.pageShift)) {
      if let registration = registration(of: address) { registrations[registration].mapped += 1 }
      address &+= window.page
    }
  }

  /// Notes what the kernel unmapped.
  package mutating func unmapped(_ iova: UInt64, size: UInt64) { set(iova, size, to: nil) }

  private mutating func set(_ iova: UInt64, _ size: UInt64, to address: UInt64?) {
    guard let index = windows.firstIndex(where: { $0.range.start <= iova && iova <= $0.range.last }) else {
      return
    }
    let window = windows[index]
    // Taken out, so that the table is changed in place.
    var table = TCETable()
    swap(&table, &windows[index].table)
    table.set(
      first: (iova - window.range.start) >> UInt64(window.pageShift),
      count: size >> UInt64(window.pageShift),
      to: address,
      page: window.page
    ) { released($0) }
    swap(&table, &windows[index].table)
  }

  private mutating func clear(_ index: Int) {
    var table = TCETable()
    swap(&table, &windows[index].table)
    table.clear { released($0) }
  }

  private mutating func released(_ address: UInt64) {
    if let registration = registration(of: address) { registrations[registration].mapped -= 1 }
  }

  /// The registration an address lies in.
  private func registration(of address: UInt64) -> Int? {
    let after = registrations.partitioned { $0.range.address > address }
    guard after > 0, registrations[after - 1].span.last >= address else { return nil }
    return after - 1
  }
}

extension SPAPRSpace.Registration {
  /// Its addresses; a registration has at least a page and wraps nowhere.
  package var span: IOVARange {
    IOVARange(start: range.address, last: range.address &+ range.size &- 1)
  }
}

extension Array {
  /// The first place from which on a condition holds that once met stays met.
  fileprivate func partitioned(_ holds: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

package import HostInventory
package import VFIOCore
import VFIOTypes

extension ModelHost {
  /// Takes from a snapshot what is the machine's and no group's: its pools of huge pages, and of a POWER host what its PEs offer.
  ///
  /// - Parameter snapshot: the snapshot its groups are from.
  package mutating func setMachine(of snapshot: HostSnapshot) {
    for pool in (snapshot.memory ?? []).flatMap({ $0.hugePages ?? [] }) {
      hugePages[pool.size, default: 0] += pool.free
    }
    if snapshot.isPOWER == true { setPOWER(snapshot) }
  }

  private mutating func setPOWER(_ snapshot: HostSnapshot) {
    hasType1 = false
    hasSPAPR = snapshot.module("vfio_iommu_spapr_tce")?.isLoaded != false
    let isPartition = snapshot.cpu.platform == "pSeries"
    eeh = isPartition ? .off : .silent
    pageSize = snapshot.pageSize ?? 0x1_0000
    for index in groups.indices {
      let facts = groups[index].devices.first.flatMap { snapshot.tce(of: $0.address) }
      let isPOWER8 = snapshot.cpu.model?.hasPrefix("POWER8") == true
      var pe = isPartition ? ModelPE.pseries : isPOWER8 ? .powernv8 : .powernv9
      if isPartition, facts?.offersDDW == false { pe = .pseriesNoDDW }
      if let start = facts?.dma32Start { pe.windowStart = UInt32(clamping: start) }
      if let size = facts?.dma32Size { pe.windowSize = UInt32(clamping: size) }
      if pe.offersDDW {
        if let pageSizes = facts?.pageSizes { pe.pageSizes = pageSizes }
        if let levels = facts?.levels { pe.levels = UInt32(clamping: levels) }
        if let windows = facts?.windows { pe.windows = UInt32(clamping: windows) }
      }
      groups[index].pe = pe
    }
  }
}

import VFIOTypes

/// Containers without an IOMMU, in which devices reach all memory: Linux 6.12 drivers/vfio/container.c. Never for a guest.
extension ModelKernel {
  func hasNoIOMMUGroup(_ container: ModelContainer) -> Bool {
    container.groups.contains { host.groups[$0].isNoIOMMU }
  }

  /// container.c: vfio_noiommu_ioctl.
  func supportsWithoutIOMMU(_ what: Extension) -> Int32 {
    what == .model(.noIOMMU) && host.isBuiltWithNoIOMMU && host.enablesNoIOMMU ? 1 : 0
  }

  /// container.c: vfio_container_attach_group, who may and with whom.
  func checkMixing(_ group: Int, in container: ModelContainer) throws(ModelRefusal) {
    let function = "container.c: vfio_container_attach_group"
    let isNoIOMMU = host.groups[group].isNoIOMMU
    guard !isNoIOMMU || host.isPrivileged else { throw ModelRefusal(.eperm, "\(function), CAP_SYS_RAWIO") }
    guard container.groups.allSatisfy({ host.groups[$0].isNoIOMMU == isNoIOMMU }) else {
      throw ModelRefusal(.eperm, "\(function), groups with and without an IOMMU")
    }
  }

  /// container.c: vfio_noiommu_open.
  mutating func setNoIOMMU(of index: Int) throws(ModelRefusal) {
    guard host.isPrivileged else { throw ModelRefusal(.eperm, "container.c: vfio_noiommu_open") }
    containers[index]?.isNoIOMMU = true
  }
}

extension Request {
  /// What a container without an IOMMU answers to all but these: container.c: vfio_noiommu_ioctl.
  var noIOMMURefusal: ModelRefusal? {
    switch call {
    case .getAPIVersion, .checkExtension, .setIOMMU, .pread, .pwrite, .read, .write: nil
    default: ModelRefusal(.enotty, "container.c: vfio_noiommu_ioctl")
    }
  }
}

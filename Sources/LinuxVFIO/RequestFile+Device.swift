import CLinux
import Glibc
import VFIOCore
import VFIOTypes

/// Devices: what they are, their regions, resets and features, and the iommufd they are bound to.
extension RequestFile {
  func deviceInfo() throws(KernelError.Cause) -> Reply {
    var info = vfioplan_device_info()
    info.argsz = size(of: vfioplan_device_info.self)
    try success(structure(vfioplan_device_get_info, &info))
    return .deviceInfo(
      DeviceInfo(flags: .init(rawValue: info.flags), regions: info.num_regions, irqs: info.num_irqs)
    )
  }

  func regionInfo(_ index: UInt32, _ capacity: UInt32) throws(KernelError.Cause) -> Reply {
    let size = MemoryLayout<vfio_region_info>.size
    var bytes = [UInt8](repeating: 0, count: max(Int(capacity), size))
    var info = vfio_region_info()
    info.argsz = self.size(of: vfio_region_info.self, beside: bytes.count - size)
    info.index = index
    try success(structure(vfioplan_device_get_region_info, &info, in: &bytes))
    let hasCapabilities = info.flags & UInt32(VFIO_REGION_INFO_FLAG_CAPS) != 0 && info.argsz <= bytes.count
    return .regionInfo(
      RegionInfo(
        index: index,
        flags: .init(rawValue: info.flags),
        bytes: info.size,
        offset: info.offset,
        size: info.argsz,
        capabilities: hasCapabilities
          ? CapabilityChain(bytes: bytes, first: info.cap_offset) : CapabilityChain()
      )
    )
  }

  func feature(_ operation: FeatureOperation) throws(KernelError.Cause) -> Reply {
    var request = vfioplan_device_feature()
    let (get, set) = (UInt32(VFIO_DEVICE_FEATURE_GET), UInt32(VFIO_DEVICE_FEATURE_SET))
    let probe = UInt32(VFIO_DEVICE_FEATURE_PROBE)
    var data = 0
    switch operation {
    case .probeGet(let feature): request.flags = feature.rawValue | probe | get
    case .probeSet(let feature): request.flags = feature.rawValue | probe | set
    case .getMigration: (request.flags, data) = (DeviceFeature.migration.rawValue | get, 8)
    case .setVFToken(let token):
      (request.flags, data) = (DeviceFeature.vfToken.rawValue | set, 16)
      unsafe withUnsafeMutableBytes(of: &request.data) { unsafe $0.copyBytes(from: token.bytes) }
    }
    request.flags = flags(request.flags)
    request.argsz = min(size(of: vfioplan_device_feature.self), UInt32(8 + data))
    try success(structure(vfioplan_device_feature_request, &request))
    guard operation == .getMigration else { return .done }
    return .value(unsafe withUnsafeBytes(of: request.data) { unsafe $0.load(as: UInt64.self) })
  }

  // MARK: iommufd

  func bind(_ iommufd: DescriptorNumber) throws(KernelError.Cause) -> Reply {
    var bind = vfioplan_device_bind_iommufd(
      argsz: size(of: vfioplan_device_bind_iommufd.self),
      flags: flags(),
      iommufd: iommufd.number,
      out_devid: 0
    )
    try success(structure(vfioplan_device_bind_iommufd_request, &bind))
    return .object(ObjectID(bind.out_devid))
  }

  func attach(_ object: ObjectID) throws(KernelError.Cause) -> Reply {
    var attach = vfioplan_device_attach_iommufd_pt(
      argsz: size(of: vfioplan_device_attach_iommufd_pt.self),
      flags: flags(),
      pt_id: object.number
    )
    try success(structure(vfioplan_device_attach_iommufd_pt_request, &attach))
    return .object(ObjectID(attach.pt_id))
  }

  func detach() throws(KernelError.Cause) -> Reply {
    var detach = vfioplan_device_detach_iommufd_pt(
      argsz: size(of: vfioplan_device_detach_iommufd_pt.self),
      flags: flags()
    )
    return try done(structure(vfioplan_device_detach_iommufd_pt_request, &detach))
  }

  // MARK: Reading and writing

  func read(_ offset: UInt64, _ count: Int) throws(KernelError.Cause) -> Reply {
    var bytes = [UInt8](repeating: 0, count: count)
    let done = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe pread(number, buffer.baseAddress, buffer.count, Int(offset))
    }
    guard done >= 0 else { throw LinuxKernel.cause }
    bytes.removeLast(count - done)
    return .bytes(bytes)
  }

  func write(_ offset: UInt64, _ bytes: [UInt8]) throws(KernelError.Cause) -> Reply {
    let done = unsafe bytes.withUnsafeBytes { buffer in
      unsafe pwrite(number, buffer.baseAddress, buffer.count, Int(offset))
    }
    guard done >= 0 else { throw LinuxKernel.cause }
    guard done == bytes.count else { throw .returned(Int32(done)) }
    return .done
  }
}

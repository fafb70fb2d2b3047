import Glibc
public import VFIOCore

/// What this process may lock.
extension LinuxKernel {
  /// What this process may use.
  public mutating func processMemory() throws(KernelError) -> ProcessMemory {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit) == 0 else {
      throw KernelError(.getrlimit, LinuxKernel.cause)
    }
    let status = LinuxKernel.status()
    // Linux 6.12 mm/util.c: __account_locked_vm and vfio_iommu_type1.c: vfio_lock_acct ask for CAP_IPC_LOCK, capability 14.
    let capabilities = LinuxKernel.word("CapEff:", of: status).flatMap { UInt64($0, radix: 16) } ?? 0
    let isFree = capabilities >> 14 & 1 == 1 || limit.rlim_cur == rlim_t.max
    let locked = LinuxKernel.word("VmLck:", of: status).flatMap { UInt64($0) } ?? 0
    return ProcessMemory(
      pageSize: UInt64(sysconf(Int32(_SC_PAGESIZE))),
      lockedLimit: isFree ? nil : UInt64(limit.rlim_cur),
      locked: locked * 1024
    )
  }

  /// The text of `/proc/self/status`; empty where there is none to read.
  private static func status() -> String {
    let file = unsafe Glibc.open("/proc/self/status", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { _ = Glibc.close(file) }
    // Twice what a kernel of many processors writes.
    var bytes = [UInt8](repeating: 0, count: 16384)
    let count = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe Glibc.read(file, buffer.baseAddress, buffer.count)
    }
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  /// The word behind the name of a line.
  private static func word(_ name: String, of status: String) -> Substring? {
    status.split(separator: "\n").first { $0.hasPrefix(name) }?
      .dropFirst(name.count).split(whereSeparator: { $0 == " " || $0 == "\t" }).first
  }
}

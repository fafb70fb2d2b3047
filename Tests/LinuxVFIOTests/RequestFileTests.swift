import Conformance
import Glibc
import LinuxVFIO
import Testing
import VFIOCore

/// A request with its name.
private struct Case: Sendable, CustomTestStringConvertible {
  var request: Request
  var testDescription: String { "\(request)" }
}

/// Asks a kernel a request of a file that knows none.
private func answer(_ request: Request) throws -> KernelError.Cause? {
  let number = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
  try #require(number >= 0)
  var kernel = LinuxKernel()
  let file = Descriptor(adopting: DescriptorNumber(number))
  var cause: KernelError.Cause?
  do throws(KernelError) {
    _ = try kernel.perform(request, on: file)
  } catch {
    cause = error.cause
  }
  try kernel.close(file)
  return cause
}

@Suite struct RequestFileTests {
  @Test(
    arguments: Request.samples.filter { ![.pread, .pwrite, .read, .write].contains($0.call) }.map(Case.init)
  )
  fileprivate func `a file that knows no VFIO refuses a packed request with ENOTTY`(_ item: Case) throws {
    #expect(try answer(item.request) == .system(.enotty))
  }

  @Test func `every call that is a request has a sample`() {
    let doors: Set<Call> = [
      .open, .close, .eventfd, .mmap, .munmap, .readMemory, .fillMemory, .getrlimit,
    ]
    #expect(Set(Request.samples.map(\.call)) == Set(Call.allCases).subtracting(doors))
  }
}

@Suite struct CounterTests {
  @Test func `a counter gives what was added and is empty then`() throws {
    var kernel = LinuxKernel()
    let counter = try kernel.open(.eventfd)
    let empty = try kernel.perform(.eventfdRead(milliseconds: 0), on: counter)
    _ = try kernel.perform(.eventfdWrite(2), on: counter)
    _ = try kernel.perform(.eventfdWrite(3), on: counter)
    let full = try kernel.perform(.eventfdRead(milliseconds: 1000), on: counter)
    let again = try kernel.perform(.eventfdRead(milliseconds: 0), on: counter)
    try kernel.close(counter)
    #expect([empty, full, again] == [.value(0), .value(5), .value(0)])
  }
}

@Suite struct LinuxMemoryTests {
  @Test(arguments: [MemoryPages.anonymous, .memfd])
  func `memory holds what it was filled with and is zero elsewhere`(_ pages: MemoryPages) throws {
    var kernel = LinuxKernel()
    let memory = try kernel.allocate(0x10000, pages)
    try kernel.fill(memory, at: 0xfffe, with: [1, 2])
    let bytes = try kernel.bytes(of: memory, at: 0xfffc, count: 4)
    let isShared = memory.file != nil
    let past = #expect(throws: KernelError.self) { try kernel.bytes(of: memory, at: 0xffff, count: 2) }
    try kernel.release(memory)
    #expect(bytes == [0, 0, 1, 2])
    #expect(isShared == (pages.sharing == .memfd))
    #expect(past == KernelError(.readMemory, .range(.pastMemory(0x10000))))
  }

  @Test func `pages of a size no machine has are refused`() throws {
    var kernel = LinuxKernel()
    let refused = #expect(throws: KernelError.self) {
      try kernel.release(kernel.allocate(1 << 13, MemoryPages(hugePageSize: 1 << 13)))
    }
    #expect(refused?.call == .mmap)
  }

  @Test func `a process has pages and what it locked is within its limit`() throws {
    var kernel = LinuxKernel()
    let memory = try kernel.processMemory()
    #expect(memory.pageSize == UInt64(sysconf(Int32(_SC_PAGESIZE))))
    #expect(memory.lockedLimit.map { $0 >= memory.locked } ?? true)
  }
}

@Suite struct LinuxRegionTests {
  @Test func `a part of a file is mapped and shares its bytes`() throws {
    var kernel = LinuxKernel()
    let page = try kernel.processMemory().pageSize
    let memory = try kernel.allocate(2 * page, .memfd)
    let number = memory.file ?? DescriptorNumber(-1)
    try kernel.fill(memory, at: page, with: [1, 2, 3])
    // Lent, since the memory owns its file.
    let file = Descriptor(adopting: number)
    let region = try kernel.map(file, offset: page, size: page)
    let view = Memory(adopting: region.address, size: region.size, pageSize: page)
    let bytes = try kernel.bytes(of: view, at: 0, count: 3)
    view.relinquish()
    try kernel.unmap(region)
    var refused: KernelError?
    do throws(KernelError) {
      try kernel.unmap(kernel.map(file, offset: 1, size: page))
    } catch { refused = error }
    _ = file.relinquish()
    try kernel.release(memory)
    #expect(bytes == [1, 2, 3])
    #expect(refused == KernelError(.mmap, .system(.einval)))
  }
}

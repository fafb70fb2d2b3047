import Foundation
import HostDoors
import LinuxHost
import Testing

@Suite struct LinuxProcessesTests {
  /// A process file system of a few processes, made of real files and links.
  private func procfs(_ folder: TemporaryFolder, _ processes: [(pid: Int, parent: Int, name: String)]) throws
  {
    for process in processes {
      let base = "\(folder.path)/\(process.pid)"
      try FileManager.default.createDirectory(atPath: "\(base)/fd", withIntermediateDirectories: true)
      try "\(process.name)\n".write(toFile: "\(base)/comm", atomically: true, encoding: .utf8)
      try "Name:\t\(process.name)\nPPid:\t\(process.parent)\n"
        .write(toFile: "\(base)/status", atomically: true, encoding: .utf8)
      try "HOME=/root\0".write(toFile: "\(base)/environ", atomically: true, encoding: .utf8)
    }
  }

  private func link(_ folder: TemporaryFolder, _ name: String, _ target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/\(name)", withDestinationPath: target)
  }

  @Test func `holders are found by what their descriptors are called, without the one that asks`() throws {
    let folder = try TemporaryFolder()
    try procfs(folder, [(7, 1, "qemu-system-x86"), (12, 1, "bash"), (30, 12, "vfioplan")])
    try link(folder, "7/fd/3", "/dev/vfio/14")
    try link(folder, "7/fd/4", "anon_inode:[vfio-device]")
    try link(folder, "7/fd/5", "anon_inode:[eventfd]")
    try link(folder, "12/fd/3", "/dev/null")
    try link(folder, "30/fd/3", "/dev/vfio/14")
    let processes = LinuxProcesses(procfs: folder.path, pid: 30)
    let holder = HostProcess(pid: 7, name: "qemu-system-x86")
    #expect(
      try processes.descriptors(beginning: ["/dev/vfio/", "anon_inode:[vfio-device]"]) == [
        OpenDescriptor(process: holder, target: "/dev/vfio/14"),
        OpenDescriptor(process: holder, target: "anon_inode:[vfio-device]"),
      ]
    )
  }

  @Test func `a descriptor of a real process is found`() throws {
    let folder = try TemporaryFolder()
    try "x".write(toFile: "\(folder.path)/held", atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "exec 3<\"$1\"; echo ready; read line", "sh", "\(folder.path)/held"]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    _ = output.fileHandleForReading.availableData
    defer {
      try? input.fileHandleForWriting.close()
      process.waitUntilExit()
    }
    let held = URL(fileURLWithPath: "\(folder.path)/held").resolvingSymlinksInPath().path
    #expect(
      try LinuxProcesses().descriptors(beginning: [held]).map(\.process.pid) == [process.processIdentifier]
    )
  }

  @Test func `a login is found in the environment of an ancestor, past sudo`() throws {
    let folder = try TemporaryFolder()
    try procfs(folder, [(2, 1, "sshd"), (3, 2, "bash"), (4, 3, "sudo"), (5, 4, "vfioplan")])
    let connection = "HOME=/root\0SSH_CONNECTION=192.0.2.9 50000 127.0.0.1 22\0"
    try connection.write(toFile: "\(folder.path)/4/environ", atomically: true, encoding: .utf8)
    #expect(
      try LinuxProcesses(procfs: folder.path, pid: 5).remoteLogin()
        == RemoteLogin(localAddress: "127.0.0.1", interface: "lo")
    )
  }

  @Test func `a login is found by the socket of the daemon, where no environment tells`() throws {
    let folder = try TemporaryFolder()
    try procfs(folder, [(2, 1, "sshd-session"), (3, 2, "bash"), (5, 3, "vfioplan")])
    try link(folder, "2/fd/4", "socket:[9041]")
    try FileManager.default.createDirectory(atPath: "\(folder.path)/net", withIntermediateDirectories: true)
    try """
    sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
     0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 9040 1
     1: 0100007F:0016 090200C0:C350 01 00000000:00000000 00:00000000 00000000     0        0 9041 1
    """.write(toFile: "\(folder.path)/net/tcp", atomically: true, encoding: .utf8)
    #expect(
      try LinuxProcesses(procfs: folder.path, pid: 5).remoteLogin()
        == RemoteLogin(localAddress: "127.0.0.1", interface: "lo")
    )
  }

  @Test func `an address that no interface has is a login all the same`() throws {
    let folder = try TemporaryFolder()
    try procfs(folder, [(5, 1, "vfioplan")])
    try "SSH_CONNECTION=192.0.2.9 50000 203.0.113.77 22\0"
      .write(toFile: "\(folder.path)/5/environ", atomically: true, encoding: .utf8)
    #expect(
      try LinuxProcesses(procfs: folder.path, pid: 5).remoteLogin()
        == RemoteLogin(localAddress: "203.0.113.77", interface: nil)
    )
  }

  @Test func `a local login is none`() throws {
    let folder = try TemporaryFolder()
    try procfs(folder, [(2, 1, "login"), (3, 2, "bash"), (5, 3, "vfioplan")])
    #expect(try LinuxProcesses(procfs: folder.path, pid: 5).remoteLogin() == nil)
  }

  @Test func `an address of a machine's own belongs to an interface, and a scope names it`() {
    #expect(LinuxInterfaces.name(having: "127.0.0.1") == "lo")
    #expect(LinuxInterfaces.name(having: "fe80::1%eno1") == "eno1")
    #expect(LinuxInterfaces.name(having: "no address") == nil)
  }

  @Test func `addresses of sockets are read in both families`() {
    let head = "sl local_address\n"
    func table(_ address: String) -> String { head + " 1: \(address):0016 0:0 01 0 0 0 0 0 55 1\n" }
    #expect(
      SocketTable.localAddress(ofAny: ["55"], four: nil, six: table("0000000000000000FFFF00000100007F"))
        == "127.0.0.1"
    )
    #expect(
      SocketTable.localAddress(ofAny: ["55"], four: nil, six: table("B80D0120000000000000000001000000"))
        == "2001:db8:0:0:0:0:0:1"
    )
    #expect(SocketTable.localAddress(ofAny: ["56"], four: table("0100007F"), six: nil) == nil)
  }
}

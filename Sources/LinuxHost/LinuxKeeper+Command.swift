import CLinux
import Glibc
package import HostDoors

/// A command with descriptors of this process.
extension LinuxKeeper {
  package func freeNumbers(_ count: Int) -> Int32 {
    var first: Int32 = 3
    var number = first
    while number < first + Int32(count) {
      if LinuxKeeper.isInherited(number) { first = number + 1 }
      number += 1
    }
    return first
  }

  /// Whether a descriptor goes to every child: everything of our own is closed on exec.
  private static func isInherited(_ number: Int32) -> Bool {
    let flags = fcntl(number, F_GETFD)
    return flags >= 0 && flags & FD_CLOEXEC == 0
  }

  package func run(_ command: PassingCommand, started: () -> Void) throws(HostFileError) -> CommandEnd {
    let signals = try heed()
    // Whose limit counts is the task's that maps: Linux 6.12 drivers/iommu/iommufd/pages.c: do_update_pinned.
    vfioplan_allow_locking(command.lockedMemory)
    let child = try start(command, mask: signals.before)
    started()
    let process = vfioplan_process_file(child)
    guard process >= 0 else {
      throw HostFileError(path: command.words.first ?? "", reason: LinuxFile.reason("pidfd_open"))
    }
    defer { close(process) }
    var watch = DescriptorWatch([signals.file, process])
    while true {
      try watch.wait()
      LinuxKeeper.passOn(signals.file, to: child)
      if let end = LinuxKeeper.end(of: child) { return end }
    }
  }

  private func start(_ command: PassingCommand, mask: sigset_t) throws(HostFileError) -> pid_t {
    let name = command.words.first ?? ""
    // The places they go to may be places they are at, so each is first moved out of the way.
    var moved: [Int32] = []
    defer { for descriptor in moved { close(descriptor) } }
    let past = command.first + Int32(command.descriptors.count)
    for descriptor in command.descriptors {
      let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, past)
      guard copy >= 0 else { throw HostFileError(path: name, reason: LinuxFile.reason("fcntl")) }
      moved.append(copy)
    }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for (place, descriptor) in moved.enumerated() {
      unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, command.first + Int32(place))
    }
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    // What this process does about signals is no business of the command: a closed pipe ends it again.
    var ignored = sigset_t()
    unsafe sigemptyset(&ignored)
    unsafe sigaddset(&ignored, SIGPIPE)
    unsafe posix_spawnattr_setsigdefault(&attributes, &ignored)
    var mask = mask
    unsafe posix_spawnattr_setsigmask(&attributes, &mask)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var arguments = unsafe command.words.map { unsafe strdup($0) } + [nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    var child: pid_t = 0
    errno = unsafe posix_spawnp(&child, name, &actions, &attributes, &arguments, environ)
    guard errno == 0 else { throw HostFileError(path: name, reason: LinuxFile.reason("posix_spawnp")) }
    return child
  }

  private static func end(of child: pid_t) -> CommandEnd? {
    var status: Int32 = 0
    guard unsafe waitpid(child, &status, WNOHANG) == child else { return nil }
    // As <sys/wait.h> takes it apart: WIFEXITED, WEXITSTATUS, WTERMSIG.
    let signal = status & 0x7f
    return signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal)
  }

  /// Hands signals to the command that were sent to this process alone; what was typed went to both.
  private static func passOn(_ file: Int32, to child: pid_t) {
    var isTyped: Int32 = 0
    while true {
      let signal = unsafe vfioplan_next_signal(file, &isTyped)
      guard signal != 0 else { return }
      if isTyped == 0 { kill(child, signal) }
    }
  }
}

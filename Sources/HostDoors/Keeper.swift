/// Why what is held is let go.
package enum HoldEnd: Hashable, Sendable {
  /// A signal that asks a program to end, by its name: `SIGTERM`.
  case signal(String)
  /// Whoever started the program has closed its standard input.
  case inputEnded
  /// The program that was given the descriptors has closed its socket.
  case peerGone
}

/// How a command ended.
package enum CommandEnd: Hashable, Sendable {
  case exited(Int32)
  /// By a signal.
  case killed(Int32)
}

/// A program at the other end of a socket, as the kernel says who it is.
package struct SocketPeer: Hashable, Sendable {
  package var user: UInt32
  package var pid: Int32

  package init(user: UInt32, pid: Int32) {
    self.user = user
    self.pid = pid
  }
}

/// What happens at a socket before descriptors are handed over, and that they are.
package enum SocketNews: Hashable, Sendable {
  /// It is there, and waits for somebody.
  case listening
  /// Somebody came whose user is none of those that may.
  case refused(SocketPeer)
  /// Somebody came, and went before it had taken everything.
  case lost(SocketPeer)
  /// Somebody has everything.
  case handedOver(SocketPeer)
}

/// Bytes, and the descriptors that go with them in one message.
package struct DescriptorMessage: Hashable, Sendable {
  package var bytes: [UInt8]
  package var descriptors: [Int32]

  package init(bytes: [UInt8], descriptors: [Int32]) {
    self.bytes = bytes
    self.descriptors = descriptors
  }
}

/// A command that is given descriptors.
package struct PassingCommand: Hashable, Sendable {
  /// Its name, found as a shell finds it, and its arguments.
  package var words: [String]
  /// The descriptors of this process that it gets.
  package var descriptors: [Int32]
  /// The number it has the first of them at, the others following.
  package var first: Int32
  /// Bytes it must be able to lock.
  package var lockedMemory: UInt64

  package init(words: [String], descriptors: [Int32], first: Int32, lockedMemory: UInt64) {
    self.words = words
    self.descriptors = descriptors
    self.first = first
    self.lockedMemory = lockedMemory
  }
}

/// How this process keeps what it has, for whom, and until when.
package protocol Keeper: Sendable {
  /// The user this process was started by.
  var user: UInt32 { get }
  /// From here on the signals that ask a program to end no longer end this one: whatever waits below answers with them.
  func heedSignals() throws(HostFileError)
  /// Waits until somebody asks for the end.
  ///
  /// - Parameter isInputWatched: whether the end of standard input asks too, where that is a pipe or a socket.
  /// - Returns: who asked.
  /// - Throws: why it cannot be waited for.
  func wait(isInputWatched: Bool) throws(HostFileError) -> HoldEnd
  /// The lowest number from 3 on with this many free ones from there, as a command will be started.
  ///
  /// Taken are those that whoever started this process left open for its children.
  func freeNumbers(_ count: Int) -> Int32
  /// Runs a command to its end, without a shell; signals that ask for the end are passed on to it.
  ///
  /// - Parameters:
  ///   - command: what to run.
  ///   - started: called when it runs and has descriptors of its own.
  /// - Returns: how it ended.
  /// - Throws: why it could not be started.
  func run(_ command: PassingCommand, started: () -> Void) throws(HostFileError) -> CommandEnd
  /// Gives descriptors to the first program of the right user that comes to a socket, and waits until it closes that again.
  ///
  /// - Parameters:
  ///   - messages: what it is given, each in one piece.
  ///   - path: where the socket is made, for the users' eyes alone.
  ///   - users: whose programs are given something.
  ///   - isInputWatched: as `wait`.
  ///   - told: told of each thing that happens.
  /// - Returns: who asked for the end.
  /// - Throws: why there can be no such socket.
  func serve(
    _ messages: [DescriptorMessage],
    at path: String,
    to users: [UInt32],
    isInputWatched: Bool,
    told: (SocketNews) -> Void
  ) throws(HostFileError) -> HoldEnd
}

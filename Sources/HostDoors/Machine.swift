/// All doors to one machine, as the commands are handed them.
package protocol Machine {
  associatedtype Terminal: Console
  associatedtype Files: UserFiles
  associatedtype Time: HostClock
  associatedtype Crew: Workers
  associatedtype Host: HostFiles
  associatedtype Changes: HostWrites
  associatedtype Running: Processes
  associatedtype Stream: ByteStream
  associatedtype Keeping: Keeper

  var console: Terminal { get set }
  var files: Files { get }
  var clock: Time { get }
  var workers: Crew { get }
  /// The machine's own files: `/sys`, `/proc`, `/dev`.
  var host: Host { get }
  /// What may be written on it.
  var writes: Changes { get }
  /// Who else runs on it.
  var processes: Running { get }
  /// How this process keeps what it took, whichever host that is of.
  var keeper: Keeping { get }

  /// Starts a program, found by its name and without a shell: a stream to its standard input and from its output.
  func start(_ words: [String]) throws(HostFileError) -> Stream
  /// A host as it was saved below a folder.
  func tree(at folder: String) -> Host
  /// A variable of the environment.
  func variable(_ name: String) -> String?
}

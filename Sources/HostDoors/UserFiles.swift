/// The files a user names on the command line, and those that their files name.
package protocol UserFiles: Sendable {
  /// The whole file, at most `limit` bytes.
  func read(_ path: String, limit: Int) throws(HostFileError) -> [UInt8]
  /// All of standard input, at most `limit` bytes.
  func readStandardInput(limit: Int) throws(HostFileError) -> [UInt8]
  /// A file below a folder; no link on the way leads out of it.
  func read(_ path: String, below folder: String, limit: Int) throws(HostFileError) -> [UInt8]
  /// What stands at a path, links followed.
  func status(_ path: String) throws(HostFileError) -> HostFileStatus
  /// What stands at a path; a link is a link.
  func linkStatus(_ path: String) throws(HostFileError) -> HostFileStatus
  /// The names in a folder, sorted by bytes.
  func names(in path: String) throws(HostFileError) -> [String]
  /// Writes a file whole or not at all: beside its place, synced, renamed. What is no file (`/dev/null`) is written to.
  func replace(_ path: String, with bytes: [UInt8]) throws(HostFileError)
  /// The same where nothing stands yet; `.exists` where something does.
  func create(_ path: String, with bytes: [UInt8]) throws(HostFileError)
  /// A new folder.
  func createFolder(_ path: String) throws(HostFileError)
  /// A new symbolic link.
  func createLink(_ path: String, to target: String) throws(HostFileError)
}

import Diagnostics
import GuestSchema
import HostDoors
import YAMLSyntax

/// A guest file as far as it could be read.
struct GuestText: Sendable {
  var source: SourceText
  /// Nil where nothing could be made of it.
  var configuration: Configuration?
  var diagnostics: [Diagnostic] = []
  /// The folder that paths in the file are relative to.
  var folder: String

  /// Reads the text of a file.
  static func parse(_ source: SourceText, folder: String, limits: YAMLLimits) -> GuestText {
    var text = GuestText(source: source, folder: folder)
    if let document = YAMLParser.parse(source, limits: limits, diagnostics: &text.diagnostics) {
      text.configuration = GuestReader.read(document, diagnostics: &text.diagnostics)
    }
    return text
  }

  /// Where a file could not be read: the one finding there is about it.
  static func unreadable(_ place: InputPlace, id: SourceID, _ error: HostFileError, help: [String])
    -> GuestText
  {
    let source = SourceText(id: id, name: place.name, bytes: [])
    var text = GuestText(source: source, folder: place.folder)
    text.diagnostics = [
      CommandRule.unreadable.finding(
        "'\(place.name)' cannot be read: \(FileFault.words(error.reason))",
        help: help
      )
    ]
    return text
  }

  /// Reads a file through the doors of a machine.
  static func read(
    _ place: InputPlace,
    id: SourceID,
    limits: YAMLLimits,
    through files: some UserFiles
  ) -> GuestText {
    do throws(HostFileError) {
      let bytes = try place.bytes(limit: limits.bytes, through: files)
      return parse(SourceText(id: id, name: place.name, bytes: bytes), folder: place.folder, limits: limits)
    } catch {
      return unreadable(place, id: id, error, help: place.help(for: error.reason, files))
    }
  }
}

/// Where an input comes from.
struct InputPlace: Hashable, Sendable {
  private enum Source: Hashable, Sendable {
    case standardInput
    case path(String)
    /// Found in a folder: no link on the way to it leads out of that folder.
    case below(folder: String, path: String)
  }

  private var source: Source
  /// As it is shown.
  var name: String

  /// A word of the command line; `-` is standard input.
  init(_ word: String) {
    source = word == "-" ? .standardInput : .path(word)
    name = word == "-" ? "<stdin>" : word
  }

  /// A file found below a folder of the command line.
  init(_ path: String, below folder: String) {
    source = .below(folder: folder, path: path)
    name = InputPlace.joined(folder, path)
  }

  /// The folder it lies in.
  var folder: String {
    switch source {
    case .standardInput: "."
    case .path(let path): InputPlace.folder(of: path)
    case .below: InputPlace.folder(of: name)
    }
  }

  func bytes(limit: Int, through files: some UserFiles) throws(HostFileError) -> [UInt8] {
    switch source {
    case .standardInput: try files.readStandardInput(limit: limit)
    case .path(let path): try files.read(path, limit: limit)
    case .below(let folder, let path): try files.read(path, below: folder, limit: limit)
    }
  }

  /// What to do about it.
  func help(for reason: HostFileError.Reason, _ files: some UserFiles) -> [String] {
    switch reason {
    case .wrongKind where (try? files.status(name))?.kind == .folder:
      ["it is a folder: 'vfioplan check \(name)' checks the files below it"]
    case .absent:
      NearestWord.of(name, in: RootCommand.verbs).map { ["did you mean the command '\($0)'?"] } ?? []
    case .tooLarge: ["split it, or raise the limit with '--limit bytes=N'"]
    default: []
    }
  }

  static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static func joined(_ folder: String, _ name: String) -> String {
    folder == "." ? name : folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }
}

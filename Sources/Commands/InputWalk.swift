import HostDoors

/// Which files the words of a command line mean.
enum InputWalk {
  /// The files in the order of the words, each once; a folder stands for the `.yaml` and `.yml` files below it, sorted.
  static func places(_ words: [String], through files: some UserFiles) -> [InputPlace] {
    var seen: Set<InputPlace> = []
    var places: [InputPlace] = []
    for word in words {
      let isFolder = word != "-" && (try? files.status(word))?.kind == .folder
      let found = isFolder ? below(word, files) : [InputPlace(word)]
      for place in found where seen.insert(place).inserted { places.append(place) }
    }
    return places
  }

  private static func below(_ folder: String, _ files: some UserFiles) -> [InputPlace] {
    var places: [InputPlace] = []
    // Depth first, so that the order is that of the paths.
    var pending = [""]
    while let path = pending.popLast() {
      let here = path.isEmpty ? folder : InputPlace.joined(folder, path)
      guard !path.isEmpty, !isFolder(here, files) else {
        guard let names = try? files.names(in: here) else {
          // A folder that cannot be listed is an input that cannot be read, and reading it says so.
          places.append(path.isEmpty ? InputPlace(folder) : InputPlace(path, below: folder))
          continue
        }
        let inside = names.filter { !$0.hasPrefix(".") }.map { path.isEmpty ? $0 : "\(path)/\($0)" }
        pending += inside.reversed()
        continue
      }
      if path.hasSuffix(".yaml") || path.hasSuffix(".yml") { places.append(InputPlace(path, below: folder)) }
    }
    return places
  }

  /// Whether it is a folder itself: a link to one is not gone into, since it may lead back.
  private static func isFolder(_ path: String, _ files: some UserFiles) -> Bool {
    (try? files.linkStatus(path))?.kind == .folder
  }
}

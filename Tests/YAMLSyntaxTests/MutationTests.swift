import Diagnostics
import Foundation
import TestSupport
import Testing
import YAMLSyntax

@Suite struct MutationTests {
  /// The examples of the checkout and a text for each corner of the dialect.
  private static let seeds: [[UInt8]] = {
    var texts = YAMLRule.allCases.flatMap { [$0.accepted, $0.rejected] }.map { Array($0.utf8) }
    let guests = Checkout.root.appendingPathComponent("Examples/guests")
    for folder in (try? FileManager.default.contentsOfDirectory(atPath: guests.path))?.sorted() ?? [] {
      if let bytes = Checkout.bytes("Examples/guests/\(folder)/guest.yaml") { texts.append(bytes) }
    }
    return texts
  }()

  /// One change of a text: bytes flipped, cut out, repeated, or replaced by what parsers trip over.
  private static func mutate(_ text: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    let tokens = [
      "[", "{", ": ", "\n", "  ", "- ", "&a ", "*a", "!!", "\"", "'", "|", ">", "%", "\u{202e}", "\0", "<<",
      "\t",
    ]
    var bytes = text
    for _ in 0...Int.random(in: 0...3, using: &random) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1 where place < bytes.count:
        bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...20, using: &random)))
      case 2: bytes.insert(contentsOf: bytes[..<place].suffix(40), at: place)
      case 3: bytes.insert(contentsOf: (tokens.randomElement(using: &random) ?? "[").utf8, at: place)
      default: bytes = Array(bytes[..<place])
      }
    }
    return bytes
  }

  @Test func `no byte string crashes the parser, and every finding lies in the text`() {
    var random = SeededGenerator(seed: 20_261_124)
    for round in 0..<Rounds.of(100_000) {
      let seed = Self.seeds[round % Self.seeds.count]
      let bytes = Self.mutate(seed, &random)
      var diagnostics: [Diagnostic] = []
      let source = SourceText(id: SourceID(0), name: "m", bytes: bytes)
      let document = YAMLParser.parse(source, diagnostics: &diagnostics)
      let outside = diagnostics.filter { finding in
        guard let range = finding.range else { return true }
        return range.start > range.end || Int(range.end) > bytes.count
      }
      #expect(outside == [], "round \(round)")
      #expect(document != nil || !diagnostics.isEmpty, "round \(round): refused without a word")
      if let document { #expect(Self.nodesLie(in: document, bytes.count), "round \(round)") }
    }
  }

  /// Whether every node lies in the text and inside the collection that holds it.
  private static func nodesLie(in document: YAMLDocument, _ count: Int) -> Bool {
    var pending = [(node: document.root, bound: 0..<count)]
    while let (node, bound) = pending.popLast() {
      let (start, end) = (Int(node.range.start), Int(node.range.end))
      guard start <= end, bound.lowerBound <= start, end <= bound.upperBound else { return false }
      pending += node.items.map { ($0, start..<end) }
      pending += node.pairs.flatMap { [($0.key, start..<end), ($0.value, start..<end)] }
    }
    return true
  }
}

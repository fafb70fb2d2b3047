import Diagnostics
import HostDoors
import RemoteHost

/// A run on a host far away: its agent is found, asked, and let go.
enum FarRun {
  /// Carries a verb out on the host that its words lead to.
  static func carryOut<Door: Machine>(_ verb: some Verb, _ prover: Prover, on machine: inout Door) -> Int32 {
    let agent: RemoteAgent
    switch FarRun.agent(verb.via, machine) {
    case .success(let found): agent = found
    case .failure(let failure):
      return Program.carryOut(Unreached(display: verb.display), prover, on: &machine) { session, _ in
        session.complain(failure.sentence, help: failure.help)
        session.tell(failure.complaints)
        return .unreadable
      }
    }
    var far = RemoteMachine(near: machine, agent: agent)
    let status = Program.carryOut(verb, Prover { RemoteKernel(agent) }, on: &far) { session, status in
      guard let loss = agent.loss else { return status }
      session.complain(
        "the host behind '--via' got lost: \(loss.sentence)",
        help: """
          the agent there ends with its stream and closes all it had open; what was bound stays bound until \
          'release --via' gives it back
          """
      )
      session.tell(TerminalText.escapedLines(loss.complaints))
      return .worst([status, .unreadable])
    }
    agent.close()
    machine = far.near
    return status
  }

  /// Why there is no agent.
  private struct Failure: Error {
    var sentence: String
    var help: String?
    /// What the program on the way to it said, made fit for a terminal.
    var complaints = ""
  }

  private static func agent(_ via: Via, _ machine: some Machine) -> Result<RemoteAgent, Failure> {
    do throws(HostFileError) {
      let stream = try machine.start(via.words)
      do throws(AgentLoss) { return .success(try RemoteAgent(over: stream)) } catch {
        let failure = Failure(
          sentence: "no agent answers behind '--via': \(error.sentence)",
          help: "the words are to start 'vfio-agent' on the host, with nothing else on its standard output",
          complaints: TerminalText.escapedLines(error.complaints)
        )
        return .failure(failure)
      }
    } catch {
      let failure = Failure(
        sentence: "'\(error.path)' cannot be started: \(FileFault.words(error.reason))"
      )
      return .failure(failure)
    }
  }

  /// What is left of a verb whose host is not reached.
  private struct Unreached: Verb {
    var display = Display()
    var fault: String? { nil }
    func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus { .unreadable }
  }
}

extension TerminalText {
  /// Lines of a stranger, each made fit for a terminal.
  fileprivate static func escapedLines(_ bytes: [UInt8]) -> String {
    bytes.split(separator: 0x0a).map { "  \(escaped(String(decoding: $0, as: UTF8.self)))\n" }.joined()
  }
}

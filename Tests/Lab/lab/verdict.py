"""Judges a boot by the marker lines its guest wrote; never by how the emulator ended."""

from dataclasses import dataclass, field


@dataclass
class Verdict:
    """What was checked in one boot: sentences that held, and those that did not with the reason."""

    passed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    # Of the guest's clock, from its start to the first case, and for each case.
    seconds: dict[str, float] = field(default_factory=dict)


def judge(lines: list[str], cases: list[str]) -> Verdict:
    """Reads `@@ case NAME`, `@@ pass SENTENCE`, `@@ fail SENTENCE`, `@@ done NAME` and the last `@@ end`, and
    the times in `@@ boot SECONDS` and `@@ time BEGIN END`.

    Whatever was to be said and was not is a failure: a case that did not begin, did not finish or checked
    nothing, and a boot that did not reach its end.
    """
    verdict = Verdict()
    open_case, last_case, checks, finished, ended = None, None, 0, [], False
    for line in lines:
        if not line.startswith("@@ "):
            continue
        word, _, rest = line[3:].partition(" ")
        if word == "case":
            open_case, last_case, checks = rest, rest, 0
        elif word == "pass":
            checks += 1
            verdict.passed.append(f"{open_case}: {rest}")
        elif word == "fail":
            checks += 1
            verdict.failed.append(f"{open_case}: {rest}")
        elif word == "done":
            if rest == open_case and checks > 0:
                finished.append(rest)
            open_case = None
        elif word == "boot":
            verdict.seconds["boot"] = float(rest)
        elif word == "time":
            begin, end = rest.split()
            verdict.seconds[last_case] = float(end) - float(begin)
        elif word == "end":
            ended = True
    for case in cases:
        if case not in finished:
            verdict.failed.append(f"{case}: did not run to its end, or checked nothing")
    if not ended:
        verdict.failed.append("the guest did not reach its end")
    return verdict

"""The report for people: findings first, what to do beside each, the verdict and the next step last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import assert_never

from runner_scope_doctor.model.diagnosis import Diagnosis, Verdict
from runner_scope_doctor.model.finding import Finding, NotRepairable, Repairable, Severity
from runner_scope_doctor.model.server import ObservedServer, Product
from runner_scope_doctor.model.snapshot import Need, Unobserved
from runner_scope_doctor.model.wording import counted_noun, row_line
from runner_scope_doctor.report.escape import escaped


class Style(Enum):
    """Whether the text goes to a terminal that shows colour."""

    PLAIN = ""
    COLOUR = "colour"


_RED, _YELLOW, _GREEN, _BOLD, _RESET = "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[1m", "\x1b[0m"
_WIDTH = 100
_VERDICT_COLOUR = {Verdict.HEALTHY: _GREEN, Verdict.UNHEALTHY: _RED, Verdict.INCONCLUSIVE: _YELLOW}


def rendered(diagnosis: Diagnosis, style: Style) -> str:
    """The whole report, ending in a line end. Foreign text is escaped line by line; colour is added after that."""
    lines = [escaped(line) for line in _body(diagnosis)]
    last = escaped(verdict_line(diagnosis))
    if style is Style.COLOUR:
        last = f"{_BOLD}{_VERDICT_COLOUR[diagnosis.verdict]}{last}{_RESET}"
    return "\n".join([*lines, last, ""])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """The verdict, why, and what to do next: None when nothing is to be done. All unescaped."""

    verdict: str
    told: str
    next_step: str | None


def verdict_line(diagnosis: Diagnosis) -> str:
    """The one line that is read at 3 a.m.: the verdict, why, and what to do next."""
    sentence = verdict_sentence(diagnosis)
    next_step = "Nothing to do." if sentence.next_step is None else f"Next: {sentence.next_step}"
    return f"{sentence.verdict}: {sentence.told} {next_step}"


def verdict_sentence(diagnosis: Diagnosis) -> Sentence:
    """The same in its parts."""
    errors = [finding for finding in diagnosis.findings if finding.severity is Severity.ERROR]
    warnings = [finding for finding in diagnosis.findings if finding.severity is Severity.WARNING]
    missing = [gap for gap in diagnosis.unobserved if gap.need is Need.REQUIRED]
    verdict = diagnosis.verdict.name
    match diagnosis.verdict:
        case Verdict.UNHEALTHY:
            decisive = (errors or warnings)[0]
            told = f"{_named(decisive)}{_also(errors, warnings, missing)}."
            return Sentence(verdict=verdict, told=told, next_step=decisive.remedy)
        case Verdict.INCONCLUSIVE:
            told = f"could not see {missing[0].what}. {missing[0].reason}"
            return Sentence(verdict=verdict, told=told, next_step=missing[0].next_step)
        case Verdict.HEALTHY:
            live = diagnosis.live_runners
            count = "" if live is None else f" of {counted_noun(live, 'live runner')}"
            if not warnings:
                return Sentence(verdict=verdict, told=f"no scope{count} is wrong.", next_step=None)
            told = f"no scope{count} is wrong; {counted_noun(len(warnings), 'warning')}, {_named(warnings[0])}."
            return Sentence(verdict=verdict, told=told, next_step=warnings[0].remedy)
        case _:
            assert_never(diagnosis.verdict)


def _named(finding: Finding) -> str:
    return f"{finding.kind.value} {finding.message}"


def _also(errors: list[Finding], warnings: list[Finding], missing: list[Unobserved]) -> str:
    """What stands behind the one finding that the verdict names."""
    further = len(errors) + len(warnings) - 1
    parts = (counted_noun(further, "further finding") if further else "", _unseen(missing))
    return "".join(f", and {part}" for part in parts if part)


def _unseen(missing: list[Unobserved]) -> str:
    return f"{counted_noun(len(missing), 'thing')} not seen" if missing else ""


def _body(diagnosis: Diagnosis) -> Iterator[str]:
    yield server_line(diagnosis.server)
    looked = datetime.fromtimestamp(diagnosis.taken_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    count = (
        "live runners not counted"
        if diagnosis.live_runners is None
        else counted_noun(diagnosis.live_runners, "live runner")
    )
    yield f"{count}, looked at {looked}"
    yield ""
    for finding in diagnosis.findings:
        yield from finding_lines(finding)
        yield ""
    for gap in diagnosis.unobserved:
        yield from gap_lines(gap)
        yield ""


def server_line(server: ObservedServer) -> str:
    """What was looked at, and where; unescaped."""
    match server.product:
        case Product.FORGEJO:
            name = f"Forgejo {server.version.text}" if server.version is not None else "Forgejo of unknown version"
        case Product.GITEA:
            name = "Gitea"
        case None:
            name = "Server of unknown version"
        case _:
            assert_never(server.product)
    return f"{name}, {server.address}"


def finding_lines(finding: Finding) -> Iterator[str]:
    """One finding, line by line; unescaped."""
    declared = "" if finding.location is None else f", declared at {finding.location.file}:{finding.location.line}"
    yield f"{finding.kind.value} {finding.kind.title} ({finding.severity.value}{declared})"
    for row in finding.rows:
        yield row_line(row)
    match finding.repair:
        case Repairable():
            yield f"REPAIRABLE {finding.message}"
        case NotRepairable():
            yield f"NOT REPAIRABLE {finding.message}"
        case None:
            yield finding.message
        case _:
            assert_never(finding.repair)
    for fact in finding.evidence:
        yield from wrapped("seen", fact)
    yield from wrapped("meaning", finding.meaning)
    yield from wrapped("next", finding.remedy)


def gap_lines(gap: Unobserved) -> Iterator[str]:
    """One thing that was not seen, line by line; unescaped."""
    if gap.need is Need.OPTIONAL:
        yield f"not seen, optional: {gap.what}, from the {gap.source.value}: {gap.reason}"
        return
    yield f"not seen: {gap.what}, from the {gap.source.value}"
    yield from wrapped("because", gap.reason)
    yield from wrapped("next", gap.next_step)


def wrapped(heading: str, text: str) -> Iterator[str]:
    """The text below its heading, on lines of about a hundred characters. A longer word is never broken."""
    # The bar shows that a line goes on, whatever foreign words stand on it.
    line, indent = f"  {heading}:", " " * (len(heading) + 2) + "| "
    for word in text.split(" "):
        if len(line) + 1 + len(word) > _WIDTH and line.strip():
            yield line
            line = indent + word
        else:
            line = f"{line} {word}"
    yield line

"""A comparison for people: what goes, what comes, what stays, and in the last line whether it is worse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner_scope_doctor.model.comparison import ChangedFinding, Comparison
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.finding import Finding
from runner_scope_doctor.model.wording import counted_noun, moment, named
from runner_scope_doctor.report.escape import escaped


def rendered(comparison: Comparison) -> str:
    """The whole text, ending in a line end. Foreign text is escaped line by line."""
    return "".join(f"{escaped(line)}\n" for line in (*_body(comparison), last_line(comparison)))


def last_line(comparison: Comparison) -> str:
    """Whether the new contract makes it worse, and what to do; unescaped."""
    verdicts = f"verdict {_verdict(comparison.before)} -> {_verdict(comparison.after)}"
    if comparison.worse:
        first = comparison.worse[0]
        more = f" and {len(comparison.worse) - 1} more" if len(comparison.worse) > 1 else ""
        return (
            f"WORSE: {_in_words(first)}{more}, {verdicts}. "
            f"Next: {first.remedy} If the server was changed since, save a new snapshot."
        )
    if comparison.unseen:
        gap = comparison.unseen[0]
        return f"INCONCLUSIVE: could not see {gap.what}, {verdicts}. {gap.reason} Next: {gap.next_step}"
    if comparison.new:
        return f"NO WORSE: {counted_noun(len(comparison.new), 'new warning')}, {verdicts}."
    return f"NO WORSE: nothing new is found, {verdicts}."


def _body(comparison: Comparison) -> Iterator[str]:
    after = comparison.after
    # An address can come from the file, and must not pass for words of ours at the start of a line.
    yield f"judged: {named(after.server.address)} as it was at {moment(after.taken_at)}"
    for heading, findings in (("gone", comparison.gone), ("new", comparison.new)):
        yield from _section(heading, findings)
    for pair in comparison.changed:
        yield from _changed(pair)
    yield from _section("still", comparison.same)
    for gap in comparison.unseen:
        yield f"not seen: {gap.what}, from the {gap.source.value}: {gap.reason}"


def _section(heading: str, findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        yield f"{heading}: {_in_words(finding)}"


def _changed(pair: ChangedFinding) -> Iterator[str]:
    yield f"was: {_in_words(pair.before)}"
    yield f"now: {_in_words(pair.after)}"


def _in_words(finding: Finding) -> str:
    declared = "" if finding.location is None else f", declared at {finding.location.file}:{finding.location.line}"
    return f"{finding.kind.value} {finding.message} ({finding.severity.value}{declared})"


def _verdict(diagnosis: Diagnosis) -> str:
    return diagnosis.verdict.value

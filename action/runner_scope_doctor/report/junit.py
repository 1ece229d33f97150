"""The report as JUnit XML, in the shape of Jenkins' junit-10.xsd, which GitLab and others read too.

One test is the verdict; each finding and each thing not seen is a test of its own. What could not be looked at is an
error, never a test that passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum

from runner_scope_doctor.model.diagnosis import Diagnosis, Verdict
from runner_scope_doctor.model.failed_check import CheckOutcome, FailedCheck
from runner_scope_doctor.model.finding import Severity
from runner_scope_doctor.model.snapshot import Need, Unobserved
from runner_scope_doctor.model.wording import moment
from runner_scope_doctor.report.escape import escaped
from runner_scope_doctor.report.text import finding_lines, gap_lines, verdict_line

_SUITE = "runner-scope-doctor"
_QUESTION = "every runner has the scope it should have"
_MARKS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})


class _Result(Enum):
    """The element that says how a test ended. One that passed has none."""

    FAILURE = "failure"
    ERROR = "error"
    SKIPPED = "skipped"


_KINDS = {_Result.ERROR: "unobserved", _Result.SKIPPED: "note"}
"""What kind of thing it is, where no finding says so."""


def rendered(outcome: CheckOutcome, tool_version: str) -> str:
    """The whole document. A warning that does not make the verdict unhealthy is a skipped test, as is what was optional
    and not seen: both are shown, and fail nothing."""
    cases = _failed(outcome) if isinstance(outcome, FailedCheck) else _judged(outcome)
    tests = list(cases)
    counts = {result: sum(ended is result for ended, _ in tests) for result in _Result}
    numbers = (
        f'tests="{len(tests)}" failures="{counts[_Result.FAILURE]}" errors="{counts[_Result.ERROR]}" '
        f'skipped="{counts[_Result.SKIPPED]}"'
    )
    at = outcome.at if isinstance(outcome, FailedCheck) else outcome.taken_at
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<testsuites>",
        f'  <testsuite name="{_SUITE}" {numbers} time="0" timestamp="{moment(at).removesuffix("Z")}">',
        "    <properties>",
        *(
            f'      <property name="{name}" value="{_inert(value)}"/>'
            for name, value in _properties(outcome, tool_version)
        ),
        "    </properties>",
        *(test for _, test in tests),
        "  </testsuite>",
        "</testsuites>",
        "",
    ]
    return "\n".join(lines)


def _inert(text: str) -> str:
    """The one place where foreign text gets into the document. What `escaped` leaves are characters XML can hold."""
    return escaped(text).translate(_MARKS)


def _properties(outcome: CheckOutcome, tool_version: str) -> Iterator[tuple[str, str]]:
    yield "tool_version", tool_version
    if isinstance(outcome, FailedCheck):
        yield "verdict", Verdict.INCONCLUSIVE.value
        return
    yield "verdict", outcome.verdict.value
    yield "server", outcome.server.address
    if outcome.server.version is not None:
        yield "server_version", outcome.server.version.text


def _failed(failure: FailedCheck) -> Iterator[tuple[_Result | None, str]]:
    message = f"INCONCLUSIVE: {failure.problem} Next: {failure.next_step}"
    yield _case(_SUITE, _QUESTION, _Result.ERROR, message, (failure.problem, failure.next_step))


def _judged(diagnosis: Diagnosis) -> Iterator[tuple[_Result | None, str]]:
    verdicts = {
        Verdict.HEALTHY: None,
        Verdict.UNHEALTHY: _Result.FAILURE,
        Verdict.INCONCLUSIVE: _Result.ERROR,
    }
    yield _case(_SUITE, _QUESTION, verdicts[diagnosis.verdict], verdict_line(diagnosis), ())
    decisive = _decisive(diagnosis)
    for finding in diagnosis.findings:
        kind = f"{finding.kind.value} {finding.kind.title}"
        result = _Result.FAILURE if finding.severity in decisive else _Result.SKIPPED
        yield _case(kind, finding.message, result, finding.message, finding_lines(finding))
    for gap in diagnosis.unobserved:
        result = _Result.ERROR if gap.need is Need.REQUIRED else _Result.SKIPPED
        yield _case("not seen", _missing(gap), result, gap.reason, gap_lines(gap))


def _decisive(diagnosis: Diagnosis) -> frozenset[Severity]:
    """Warnings fail where nothing else can have made the verdict unhealthy, as with --fail-on warning."""
    errors = any(finding.severity is Severity.ERROR for finding in diagnosis.findings)
    if diagnosis.verdict is Verdict.UNHEALTHY and not errors:
        return frozenset(Severity)
    return frozenset((Severity.ERROR,))


def _missing(gap: Unobserved) -> str:
    return f"{gap.what}, from the {gap.source.value}"


def _case(
    group: str, name: str, result: _Result | None, message: str, lines: Iterable[str]
) -> tuple[_Result | None, str]:
    """One test; `lines` are what a viewer shows below its message."""
    head = f'    <testcase classname="{_inert(group)}" name="{_inert(name)}" time="0"'
    if result is None:
        return result, f"{head}/>"
    body = "\n".join(_inert(line) for line in lines)
    kind = _inert(group.partition(" ")[0] if result is _Result.FAILURE else _KINDS[result])
    return result, (
        f'{head}>\n      <{result.value} type="{kind}" message="{_inert(message)}">{body}</{result.value}>\n    </testcase>'
    )

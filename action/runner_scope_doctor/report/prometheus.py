"""The report in Prometheus' text exposition format 0.0.4, for the textfile collector of its node exporter.

Names and labels are an interface: docs/monitoring.md lists them, and alert rules use them. Every series carries `check`,
the name of the file without its end, so that several checks of one machine stay apart. No name of a runner, a repository
or a person is in a label: the number of series is bounded by the list of findings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from runner_scope_doctor.model.diagnosis import Diagnosis, Verdict
from runner_scope_doctor.model.failed_check import CheckOutcome, FailedCheck
from runner_scope_doctor.model.snapshot import Need
from runner_scope_doctor.report.escape import escaped

LONGEST_LABEL = 255
"""Characters of a label's value before they are escaped; no file name is longer."""
METRICS = {
    "runner_scope_doctor_up": "1 when everything that should be looked at was seen, 0 when it could not look.",
    "runner_scope_doctor_verdict": "1 for the verdict of the last check, 0 for the other two.",
    "runner_scope_doctor_findings": "Findings of the last check, by code; a code that was not found has no series.",
    "runner_scope_doctor_unobserved": "Things the last check did not see, by whether they were required.",
    "runner_scope_doctor_live_runners": "Live runner rows of the server, where they could be counted.",
    "runner_scope_doctor_last_run_timestamp_seconds": "When the last check ended, however it ended.",
    "runner_scope_doctor_last_success_timestamp_seconds": "When everything was last seen; 0 when that is not known.",
    "runner_scope_doctor_build_info": "1, with the version of this tool.",
    "runner_scope_doctor_server_info": "1, with the version of the server as it was last seen.",
}
"""All metrics with their help, in the order they are written. Each is a gauge."""
_LAST_SUCCESS = "runner_scope_doctor_last_success_timestamp_seconds"
_KEPT = re.compile(rf"^{_LAST_SUCCESS}(?:\{{[^\n]*\}})? ([0-9]{{1,12}})$", re.MULTILINE)
_MARKS = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
_Sample = tuple[str, dict[str, str], int]


def rendered(outcome: CheckOutcome, *, check: str, now: int, last_success: int | None, tool_version: str) -> str:
    """The whole file. `now` is the Unix second the check ended, `last_success` what `kept_success` read from the file that
    is about to be replaced."""
    samples = [*_standing(outcome, now, last_success), ("runner_scope_doctor_build_info", {"version": tool_version}, 1)]
    if isinstance(outcome, Diagnosis):
        samples += _seen(outcome)
    lines: list[str] = []
    for name, meaning in METRICS.items():
        values = [_line(one, check) for one in samples if one[0] == name]
        if values:
            lines += [f"# HELP {name} {meaning}", f"# TYPE {name} gauge", *values]
    return "\n".join([*lines, ""])


def kept_success(text: str, *, now: int) -> int | None:
    """The Unix second of the last success as an earlier file tells it, None when it does not.

    Others may write into that folder: a time to come is not believed, since it would hide that the check has stopped, and
    of several the earliest is taken.
    """
    times = [int(match.group(1)) for match in _KEPT.finditer(text)]
    believed = [at for at in times if 0 < at <= now]
    return min(believed) if believed and len(believed) == len(times) else None


def _standing(outcome: CheckOutcome, now: int, last_success: int | None) -> Iterator[_Sample]:
    verdict = Verdict.INCONCLUSIVE if isinstance(outcome, FailedCheck) else outcome.verdict
    success = _success(outcome, now)
    yield "runner_scope_doctor_up", {}, int(success is not None)
    for each in Verdict:
        yield "runner_scope_doctor_verdict", {"verdict": each.value}, int(each is verdict)
    yield "runner_scope_doctor_last_run_timestamp_seconds", {}, now
    yield _LAST_SUCCESS, {}, success or last_success or 0


def _success(outcome: CheckOutcome, now: int) -> int | None:
    """When everything was seen; None when it was not. A snapshot counts for the moment it was taken, but never for one
    that is still to come."""
    if isinstance(outcome, FailedCheck) or any(gap.need is Need.REQUIRED for gap in outcome.unobserved):
        return None
    return max(0, min(outcome.taken_at, now))


def _seen(diagnosis: Diagnosis) -> Iterator[_Sample]:
    for (kind, severity), count in Counter((one.kind, one.severity) for one in diagnosis.findings).items():
        labels = {"code": kind.value, "name": kind.title, "severity": severity.value}
        yield "runner_scope_doctor_findings", labels, count
    for need in Need:
        missing = sum(gap.need is need for gap in diagnosis.unobserved)
        yield "runner_scope_doctor_unobserved", {"need": need.value}, missing
    if diagnosis.live_runners is not None:
        yield "runner_scope_doctor_live_runners", {}, diagnosis.live_runners
    if diagnosis.server.version is not None:
        yield "runner_scope_doctor_server_info", {"version": diagnosis.server.version.text}, 1


def _line(sample: _Sample, check: str) -> str:
    name, labels, value = sample
    told = ",".join(f'{label}="{_inert(text)}"' for label, text in {"check": check, **labels}.items())
    return f"{name}{{{told}}} {value}"


def _inert(text: str) -> str:
    """The one place where foreign text gets into the file: a label's value, cut, then escaped twice, for whoever prints
    it and for the format."""
    return escaped(text[:LONGEST_LABEL]).translate(_MARKS)

"""Which formats were asked for, and where each goes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from runner_scope_doctor.files.stream import stream_descriptor
from runner_scope_doctor.model.errors import UsageError


class Place(Enum):
    """Whether this process runs inside a job, by what the runner says. Only warnings and the form of the log depend on
    it: it can be forged."""

    JOB = "job"
    ELSEWHERE = "elsewhere"


class Format(Enum):
    """A form of the report."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    SARIF = "sarif"
    NAGIOS = "nagios"
    PROMETHEUS = "prometheus"
    HTML = "html"


_ENDS = {
    Format.TEXT: ".txt",
    Format.JSON: ".json",
    Format.JUNIT: ".xml",
    Format.SARIF: ".sarif",
    Format.NAGIOS: ".txt",
    Format.PROMETHEUS: ".prom",
    Format.HTML: ".html",
}
"""How the name of a file of that format usually ends."""
_STANDARD_OUTPUT = 1
WITHOUT_FAILURES = frozenset((Format.TEXT, Format.JSON))
"""Formats that are of a diagnosis alone: of a check that judged nothing there is none, and standard error says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One format and its target; None is standard output."""

    format: Format
    file: Path | None


def parsed_outputs(text: str) -> tuple[Output, ...]:
    """The value of --format. Raises UsageError for an unknown format, a missing file name or a target given twice."""
    outputs = tuple(_output(part) for part in text.split(","))
    targets = [None if _is_standard_output(output.file) else output.file for output in outputs]
    if len(set(targets)) != len(targets):
        raise UsageError(
            f"--format {text} sends two reports to one place.", next_step="Give each a file: text,json=report.json"
        )
    return outputs


def _is_standard_output(file: Path | None) -> bool:
    return file is None or stream_descriptor(file) == _STANDARD_OUTPUT


def _output(part: str) -> Output:
    name, equals, file = part.strip().partition("=")
    known = {member.value: member for member in Format}
    if name not in known:
        raise UsageError(
            f"--format {part}: there is no format {name!r}.", next_step=f"Use one or more of {', '.join(known)}."
        )
    if equals and not file:
        raise UsageError(
            f"--format {part}: the file name is missing.", next_step=f"Write {name}=report{_ENDS[known[name]]}."
        )
    return Output(format=known[name], file=Path(file) if equals else None)

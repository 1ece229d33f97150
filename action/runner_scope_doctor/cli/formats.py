"""Which formats were asked for, and where each goes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import assert_never

from runner_scope_doctor import __version__
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.errors import SettingsInvalid, UsageError


class Place(Enum):
    """Whether this process runs inside a job, by what the runner says. Only warnings and the form of the log depend on
    it: it can be forged."""

    JOB = "job"
    ELSEWHERE = "elsewhere"


class Format(Enum):
    """A form of the report."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One format and its target; None is standard output."""

    format: Format
    file: Path | None


def parsed_outputs(text: str) -> tuple[Output, ...]:
    """The value of --format. Raises UsageError for an unknown format, a missing file name or a target given twice."""
    outputs = tuple(_output(part) for part in text.split(","))
    targets = [output.file for output in outputs]
    if len(set(targets)) != len(targets):
        raise UsageError(
            f"--format {text} sends two reports to one place.", next_step="Give each a file: text,json=report.json"
        )
    return outputs


def _output(part: str) -> Output:
    name, equals, file = part.strip().partition("=")
    known = {member.value: member for member in Format}
    if name not in known:
        raise UsageError(
            f"--format {part}: there is no format {name!r}.", next_step=f"Use one or more of {', '.join(known)}."
        )
    if equals and not file:
        raise UsageError(f"--format {part}: the file name is missing.", next_step=f"Write {name}=report.{name}.")
    return Output(format=known[name], file=Path(file) if equals else None)


def write_reports(
    diagnosis: Diagnosis, outputs: tuple[Output, ...], environment: Mapping[str, str], place: Place
) -> None:
    """Writes every report. Files appear whole or not at all. Raises SettingsInvalid when one cannot be written.

    In a job the text on standard output follows the lines that the job's log shows in a way of its own.
    """
    for output in outputs:
        text = _rendered(diagnosis, output, environment)
        if place is Place.JOB and output == Output(format=Format.TEXT, file=None):
            from runner_scope_doctor.report import annotations

            text = annotations.rendered(diagnosis) + text
        if output.file is None:
            sys.stdout.write(text)
            sys.stdout.flush()
        else:
            _write_report(output.file, text)


def _rendered(diagnosis: Diagnosis, output: Output, environment: Mapping[str, str]) -> str:
    match output.format:
        case Format.TEXT:
            from runner_scope_doctor.report import text

            terminal = output.file is None and sys.stdout.isatty() and not _colourless(environment)
            return text.rendered(diagnosis, text.Style.COLOUR if terminal else text.Style.PLAIN)
        case Format.JSON:
            from runner_scope_doctor.report import json_report

            return json_report.rendered(diagnosis, __version__)
        case _:
            assert_never(output.format)


def _colourless(environment: Mapping[str, str]) -> bool:
    # A job of a Forgejo runner has a terminal too, but its log is read in a browser.
    return bool(environment.get("NO_COLOR")) or environment.get("TERM") == "dumb" or bool(environment.get("CI"))


def _write_report(file: Path, text: str) -> None:
    from runner_scope_doctor.files.write import write_whole  # here, because most runs write no file

    try:
        if file.exists() and not file.is_file():
            file.write_text(text, encoding="utf-8")  # a device or a pipe is written to, never replaced
        else:
            write_whole(file, (text,), mode=0o644)
    except OSError as error:
        raise SettingsInvalid(
            f"The report could not be written to {file}: {error.strerror}.",
            next_step="Name a file that can be written.",
        ) from error

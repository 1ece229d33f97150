"""Renders what a check came to in every format that was asked for, and puts each where it belongs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from runner_scope_doctor import __version__
from runner_scope_doctor.cli.formats import Format, Output, Place
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.errors import SettingsInvalid

if TYPE_CHECKING:
    from runner_scope_doctor.model.failed_check import CheckOutcome
    from runner_scope_doctor.model.picture import Picture

_LARGEST_EARLIER = 65536
"""Bytes of an earlier Prometheus file; ours have under 10,000."""


def write_reports(
    outcome: CheckOutcome,
    outputs: tuple[Output, ...],
    environment: Mapping[str, str],
    place: Place,
    picture: Picture | None = None,
) -> None:
    """Writes every report as `write_each` does.

    In a job the text on standard output follows the lines that the job's log shows in a way of its own. Of a check that
    judged nothing there is no text and no JSON. `picture` is for the format that draws it; None when nothing was judged.
    """

    def text_of(output: Output) -> str | None:
        text = _rendered(outcome, output, environment, picture)
        in_the_log = place is Place.JOB and output == Output(format=Format.TEXT, file=None)
        if text is None or not in_the_log or not isinstance(outcome, Diagnosis):
            return text
        from runner_scope_doctor.report import annotations

        return annotations.rendered(outcome) + text

    write_each(outputs, text_of)


def write_each(outputs: tuple[Output, ...], text_of: Callable[[Output], str | None]) -> None:
    """Writes them, files first, so that they do not depend on who reads standard output; nothing where `text_of` gives None.

    Files appear whole or not at all; one that cannot be written keeps no other from it. Raises SettingsInvalid for the first
    such file, after all else was written.
    """
    failures = []
    for output in sorted(outputs, key=lambda one: one.file is None):
        text = text_of(output)
        if text is None:
            continue
        if output.file is None:
            sys.stdout.write(text)
            sys.stdout.flush()
        elif (failure := _write_file(output.file, text)) is not None:
            failures.append(failure)
    if failures:
        raise failures[0]


def _rendered(
    outcome: CheckOutcome, output: Output, environment: Mapping[str, str], picture: Picture | None
) -> str | None:
    match output.format:
        case Format.TEXT:
            return _text(outcome, output, environment) if isinstance(outcome, Diagnosis) else None
        case Format.JSON:
            return _json(outcome) if isinstance(outcome, Diagnosis) else None
        case Format.JUNIT:
            from runner_scope_doctor.report import junit

            return junit.rendered(outcome, __version__)
        case Format.SARIF:
            from runner_scope_doctor.report import sarif

            return sarif.rendered(outcome, __version__)
        case Format.NAGIOS:
            from runner_scope_doctor.report import nagios

            return nagios.rendered(outcome)
        case Format.PROMETHEUS:
            return _prometheus(outcome, output.file)
        case Format.HTML:
            from runner_scope_doctor.report import html

            return html.rendered(outcome, picture, __version__)
        case _:
            assert_never(output.format)


def _text(diagnosis: Diagnosis, output: Output, environment: Mapping[str, str]) -> str:
    from runner_scope_doctor.report import text

    terminal = output.file is None and sys.stdout.isatty() and not is_colourless(environment)
    return text.rendered(diagnosis, text.Style.COLOUR if terminal else text.Style.PLAIN)


def _json(diagnosis: Diagnosis) -> str:
    from runner_scope_doctor.report import json_report

    return json_report.rendered(diagnosis, __version__)


def _prometheus(outcome: CheckOutcome, file: Path | None) -> str:
    from runner_scope_doctor.report import prometheus

    now = int(time.time())
    kept = None if file is None else prometheus.kept_success(_earlier(file), now=now)
    check = "runner-scope-doctor" if file is None else file.stem
    return prometheus.rendered(outcome, check=check, now=now, last_success=kept, tool_version=__version__)


def _earlier(file: Path) -> str:
    """What stands in the file that is about to be replaced; empty when that is no readable file of ours."""
    from runner_scope_doctor.files.beginning import beginning_of

    try:
        content = beginning_of(file, _LARGEST_EARLIER + 1)
    except OSError:
        return ""
    return content.decode("utf-8", errors="replace") if len(content) <= _LARGEST_EARLIER else ""


def is_colourless(environment: Mapping[str, str]) -> bool:
    """Whether a terminal is to get no colour and nothing bold."""
    # A job of a Forgejo runner has a terminal too, but its log is read in a browser.
    return bool(environment.get("NO_COLOR")) or environment.get("TERM") == "dumb" or bool(environment.get("CI"))


def _write_file(file: Path, text: str) -> SettingsInvalid | None:
    """None when it was written, else why not."""
    from runner_scope_doctor.files.stream import stream_descriptor  # here, because most runs write no file
    from runner_scope_doctor.files.write import write_whole

    try:
        if (descriptor := stream_descriptor(file)) is not None:
            with open(os.dup(descriptor), "w", encoding="utf-8") as stream:
                stream.write(text)
        elif file.exists() and not file.is_file():
            file.write_text(text, encoding="utf-8")  # a device or a pipe is written to, never replaced
        else:
            write_whole(file, (text,), mode=0o644)
    except OSError as error:
        failure = SettingsInvalid(
            f"The report could not be written to {file}: {error.strerror}.",
            next_step="Name a file that can be written.",
        )
        failure.__cause__ = error
        return failure
    return None

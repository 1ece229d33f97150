"""`why`: look at jobs that wait, and say why nobody takes them."""

from __future__ import annotations

import os
from argparse import Namespace

from runner_scope_doctor import __version__
from runner_scope_doctor.cli.exit_codes import ExitCode, exit_code_of
from runner_scope_doctor.cli.formats import Format, Output
from runner_scope_doctor.cli.settings import (
    Look,
    check_outputs,
    files_of_database,
    known_major,
    look_settings,
    report_targets,
)
from runner_scope_doctor.cli.targets import refuse_to_overwrite
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.cli.waiting_look import ALL, waiting_answer, waiting_answer_of_api
from runner_scope_doctor.model.errors import UsageError
from runner_scope_doctor.model.waiting_reason import WaitingAnswer
from runner_scope_doctor.observe.waiting import JobWanted, RunWanted, Wanted

_FORMATS = (Format.TEXT, Format.JSON)


def run(chosen: Namespace) -> ExitCode:
    """Answers, from the database where one was named. Raises UsageError for a job, run or repository that is not there, and
    SourceUnavailable when the source does not show what every answer rests on."""
    given = Given(chosen, os.environ)
    outputs = check_outputs(given)
    if any(output.format not in _FORMATS for output in outputs):
        raise UsageError("--format names a format that `why` does not have.", next_step="Use text or json, or both.")
    wanted, look = _wanted(given), look_settings(given)
    refuse_to_overwrite(report_targets(given, outputs), files_of_database(look))
    major = known_major(given.text("assume_version", ""), "--assume-version")
    answer = _answer(look, wanted, major)
    _write(answer, outputs)
    return code_of_answer(answer)


def code_of_answer(answer: WaitingAnswer) -> ExitCode:
    """A finding of the check is told by its code, also where something else could not be seen. With jobs that were left out not
    every job is explained."""
    return exit_code_of(answer.verdict)


def _answer(look: Look, wanted: Wanted, major: int | None) -> WaitingAnswer:
    source = look.database
    if source is None:
        if look.api is None:
            raise AssertionError("settings make sure that a source was named")
        return waiting_answer_of_api(look.api, wanted, major)
    if source.failure is not None:
        raise source.failure
    return waiting_answer(source, look.patience, wanted, major)


def _wanted(given: Given) -> Wanted:
    job, repository, number = given.text("job", ""), given.argument("repository"), given.argument("run")
    if given.argument("job") and repository:
        raise UsageError("--job and REPOSITORY name two things.", next_step="Leave one of them out.")
    if repository is None:
        return JobWanted(job_id=_id(job, "--job")) if job else ALL
    owner, slash, name = repository.partition("/")
    if not (owner and slash and name) or "/" in name:
        raise UsageError(
            "REPOSITORY is no owner and name with a slash between.", next_step="Give it such as alice/website."
        )
    if number is None:
        raise UsageError(
            "The number of the run is missing.", next_step="Give it behind the repository, such as alice/website 12."
        )
    return RunWanted(owner=owner, repository=name, number=_id(number, "RUN"))


def _id(text: str, option: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:19]) > 0 and len(text) < 19):
        raise UsageError(f"{option} is no number above 0.", next_step="Give one, such as 12.")
    return int(text)


def _write(answer: WaitingAnswer, outputs: tuple[Output, ...]) -> None:
    from runner_scope_doctor.cli.reports import write_each

    write_each(outputs, lambda output: _rendered(answer, output))


def _rendered(answer: WaitingAnswer, output: Output) -> str:
    if output.format is Format.JSON:
        from runner_scope_doctor.report import waiting_json

        return waiting_json.rendered(answer, __version__)
    from runner_scope_doctor.report import waiting_text

    return waiting_text.rendered(answer)

"""`contract init`, `contract lint` and `contract schema`; the other two have modules of their own."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.settings import look_settings
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.model.errors import UsageError
from runner_scope_doctor.model.wording import counted_noun
from runner_scope_doctor.report.escape import escaped


def run(chosen: Namespace) -> ExitCode:
    """Runs one of the five. What they write goes to standard output."""
    match chosen.contract_command:
        case "init":
            return _init(chosen)
        case "lint":
            return _lint(Path(chosen.file))
        case "schema":
            return _schema()
        case "compare":
            from runner_scope_doctor.cli import contract_compare

            return contract_compare.run(chosen)
        case "describe":
            from runner_scope_doctor.cli import contract_describe

            return contract_describe.run(chosen)
        case _:
            raise UsageError("No action was given.", next_step="Run: runner-scope-doctor contract --help")


def _init(chosen: Namespace) -> ExitCode:
    from runner_scope_doctor.cli.look import whole_look
    from runner_scope_doctor.contract.init import contract_text, labels_warning

    snapshot = whole_look(look_settings(Given(chosen, os.environ)))
    sys.stdout.write(contract_text(snapshot))
    if (warning := labels_warning(snapshot)) is not None:
        sys.stderr.write(escaped(warning) + "\n")
    return ExitCode.HEALTHY


def _lint(file: Path) -> ExitCode:
    from runner_scope_doctor.contract.lint import lint
    from runner_scope_doctor.contract.read import read_contract

    contract = read_contract(file)
    advice = lint(contract)
    for one in advice:
        sys.stdout.write(escaped(f"{one.location.file}:{one.location.line}: {one.sentence}") + "\n")
    said = f", with {counted_noun(len(advice), 'piece')} of advice" if advice else ""
    sys.stdout.write(escaped(f"VALID: {file} declares {counted_noun(len(contract.runners), 'runner')}{said}.") + "\n")
    return ExitCode.HEALTHY


def _schema() -> ExitCode:
    from runner_scope_doctor.contract.schema import schema_text

    sys.stdout.write(schema_text())
    return ExitCode.HEALTHY

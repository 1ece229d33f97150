"""`contract compare`: what a changed contract changes in the judgement of a saved look."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.settings import least_severity
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.contract.read import read_contract
from runner_scope_doctor.diagnose.compare import compared
from runner_scope_doctor.model.comparison import Comparison
from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.errors import SettingsInvalid, UsageError
from runner_scope_doctor.model.snapshot import Coverage, Snapshot
from runner_scope_doctor.observe.snapshot_file import read_snapshot
from runner_scope_doctor.report.comparison_text import rendered

NO_CONTRACT = "/dev/null"
"""How the absent side is named, as `git diff` names it."""


def run(chosen: Namespace) -> ExitCode:
    """Prints the difference. 10 when the new contract finds what the old one did not, 4 when it asks for what the
    snapshot does not tell. Raises SettingsInvalid for a contract or a snapshot that cannot be used."""
    given = Given(chosen, os.environ)
    file = given.path("snapshot")
    if file is None:
        raise UsageError(
            "No snapshot was named.", next_step="Give --snapshot FILE, as `check --save-snapshot FILE` wrote it."
        )
    least = least_severity(given.text("fail_on", "error"))
    new, old = read_contract(Path(chosen.new)), _old(chosen.old)
    comparison = compared(_whole(file), old=old, new=new, fail_on=least)
    sys.stdout.write(rendered(comparison))
    return _code(comparison)


def _old(name: str) -> Contract | None:
    return None if name == NO_CONTRACT else read_contract(Path(name))


def _whole(file: Path) -> Snapshot:
    """A file with candidates only, which this tool never saves, could leave out any runner that a contract names."""
    snapshot = read_snapshot(file)
    if snapshot.coverage is Coverage.CANDIDATES:
        raise SettingsInvalid(
            f"{file}: the snapshot does not hold all runners of the server.",
            next_step="Save one with `runner-scope-doctor check --save-snapshot FILE`.",
        )
    return snapshot


def _code(comparison: Comparison) -> ExitCode:
    if comparison.worse:
        return ExitCode.UNHEALTHY
    return ExitCode.INCONCLUSIVE if comparison.unseen else ExitCode.HEALTHY

"""The check on every recorded server: verdict and finding agree with what was done to it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import DatabaseAddress, SqliteAddress, described
from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.model.diagnosis import Diagnosis, Verdict
from runner_scope_doctor.model.finding import FindingKind, Repairable, Severity
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.model.snapshot import Coverage
from runner_scope_doctor.observe.database import observe_database
from runner_scope_doctor.observe.request import LookRequest
from support.connection import FreshDatabase
from support.recordings import (
    Recording,
    copy_with_log,
    load,
    or_skipped,
    recorded_stages,
    recordings,
    whole_databases,
)

SICK_STAGES = {"bad0", "bad", "softdeleted"}
COMBINED = {"v16-sqlite": [(4, 2, 3), (7, 2, 4)]}
"""The recordings' README names the live combined rows; one server has two."""


def check(address: DatabaseAddress, now: int = 1795458300) -> Diagnosis:
    with opened_for_reading(address, Patience(10)) as reader:
        request = LookRequest(address=described(address), instance=None, now=now, coverage=Coverage.CANDIDATES)
        snapshot = observe_database(reader, request)
    return diagnosed(snapshot, contract=None, fail_on=Severity.ERROR)


def combined_rows(diagnosis: Diagnosis) -> list[tuple[int, object, object]]:
    found = [finding for finding in diagnosis.findings if finding.kind is FindingKind.COMBINED_SCOPE]
    assert all(finding.repair == Repairable(owner_id=0) for finding in found)
    return [(one.runner.id, one.runner.owner_id, one.runner.repo_id) for one in found if one.runner is not None]


@pytest.mark.parametrize("recorded", or_skipped(recorded_stages(), lambda entry: f"{entry[0].folder.name}-{entry[1]}"))
def test_every_recorded_stage(
    recorded: tuple[Recording, str], fresh_database: Callable[[Engine], FreshDatabase]
) -> None:
    """Loaded into its own engine, a stage with a live combined row is unhealthy and any other is healthy."""
    recording, stage = recorded
    database = fresh_database(recording.engine)
    load(recording, stage, database)
    diagnosis = check(database.address)
    sick = stage in SICK_STAGES
    assert diagnosis.verdict is (Verdict.UNHEALTHY if sick else Verdict.HEALTHY), diagnosis
    assert combined_rows(diagnosis) == (COMBINED.get(recording.folder.name, [(4, 2, 3)]) if sick else [])
    assert diagnosis.server.version is not None
    assert diagnosis.server.version.major == recording.major
    errors = {finding.kind for finding in diagnosis.findings if finding.severity is Severity.ERROR}
    assert errors <= {FindingKind.COMBINED_SCOPE}


@pytest.mark.parametrize("path", or_skipped(whole_databases(), lambda path: f"{path.parent.name}-{path.stem}"))
def test_every_recorded_file(path: Path, tmp_path: Path) -> None:
    """A whole recorded database is read as it is; the zoo of waiting jobs has one combined runner too."""
    copy = tmp_path / "forgejo.db"
    shutil.copyfile(path, copy)
    diagnosis = check(SqliteAddress(path=copy))
    found = combined_rows(diagnosis)
    if path.stem == "repaired":
        assert (diagnosis.verdict, found) == (Verdict.HEALTHY, [])
    elif path.stem == "bad":
        assert (diagnosis.verdict, found) == (Verdict.UNHEALTHY, COMBINED.get(path.parent.name, [(4, 2, 3)]))
    elif path.stem == "waiting":
        assert (diagnosis.verdict, found) == (Verdict.UNHEALTHY, [(9, 2, 3)])
    else:
        assert diagnosis.verdict is not Verdict.INCONCLUSIVE
    assert diagnosis.server.version is not None
    major = re.search(r"/v(\d+)-", str(path))
    assert major is not None
    assert diagnosis.server.version.text.startswith(f"{major[1]}.0.")


@pytest.mark.skipif(not recordings(), reason="no recordings: ../shared/forgejo-data is not beside this checkout")
def test_a_row_that_is_only_in_the_write_ahead_log_is_seen(tmp_path: Path) -> None:
    """The recorded database whose sick row has not reached the main file is unhealthy."""
    diagnosis = check(SqliteAddress(path=copy_with_log(tmp_path)))
    assert (diagnosis.verdict, combined_rows(diagnosis)) == (Verdict.UNHEALTHY, [(4, 2, 3)])

"""A snapshot's text tells everything but uuids, acts on nobody, and is what its schema says."""

from __future__ import annotations

import dataclasses
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given

from runner_scope_doctor.database.address import SqliteAddress
from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.model import runner as runner_model
from runner_scope_doctor.model import server as server_model
from runner_scope_doctor.model import snapshot as snapshot_model
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.finding import FindingKind
from runner_scope_doctor.model.runner import Absent, NotANumber, UnreadableLabels
from runner_scope_doctor.model.snapshot import Coverage, Snapshot
from runner_scope_doctor.model.wording import masked_uuid
from runner_scope_doctor.observe import snapshot_write
from runner_scope_doctor.observe.database import observe_database
from runner_scope_doctor.observe.request import LookRequest
from runner_scope_doctor.observe.snapshot_read import snapshot_from_text
from runner_scope_doctor.observe.snapshot_write import snapshot_text
from support.diagnosing import diagnosis
from support.examples import EXAMPLES
from support.recordings import or_skipped, whole_databases
from support.snapshot_documents import SNAPSHOTS, nearly_valid
from support.snapshots import USERS_CASE, runner, snapshot

SCHEMA = json.loads(Path(snapshot_write.__file__).with_name("snapshot.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
RECORD_OF = {
    "server": server_model.ObservedServer,
    "version": server_model.ServerVersion,
    "runner": runner_model.ObservedRunner,
    "owner": runner_model.ObservedOwner,
    "repository": runner_model.ObservedRepository,
    "waiting_jobs": snapshot_model.WaitingJobs,
    "overdue_job": snapshot_model.OverdueJob,
    "counter": snapshot_model.CounterSample,
    "combined_value": snapshot_model.CombinedValue,
    "difference": snapshot_model.Difference,
    "risky_credential": snapshot_model.RiskyCredential,
    "past_repair": snapshot_model.PastRepair,
    "glass_break": snapshot_model.GlassBreak,
    "unobserved": snapshot_model.Unobserved,
}


def written(seen: Snapshot) -> str:
    return snapshot_text(seen, tool_version="0.1.0")


def read(text: str) -> Snapshot:
    return snapshot_from_text(text, file="seen.json")


def masked(seen: Snapshot) -> Snapshot:
    return replace(seen, runners=tuple(replace(one, uuid=masked_uuid(one.uuid)) for one in seen.runners))


@given(SNAPSHOTS)
def test_everything_but_uuids_is_read_back(seen: Snapshot) -> None:
    """Ids that are no numbers, labels that are no list, absences and texts of any characters survive exactly."""
    assert read(written(seen)) == masked(seen)


@given(SNAPSHOTS)
def test_a_snapshot_read_back_is_written_as_it_was(seen: Snapshot) -> None:
    """Text of a snapshot, read and written again, is the same text: nothing is masked or escaped twice."""
    assert written(read(written(seen))) == written(seen)


@given(SNAPSHOTS)
def test_the_file_is_harmless_in_a_job_log(seen: Snapshot) -> None:
    """Printed line by line, it holds only printable ASCII and no workflow command, whatever the names are."""
    for line in written(seen).split("\n"):
        assert re.fullmatch("[ -~]*", line)
        assert "::" not in line
        assert "##[" not in line
        assert "#[" not in line
        assert not line.lstrip().startswith(":")


@given(SNAPSHOTS)
def test_every_snapshot_is_valid_by_the_schema(seen: Snapshot) -> None:
    """What is written validates."""
    VALIDATOR.validate(json.loads(written(seen)))


@given(nearly_valid())
def test_the_reader_accepts_what_the_schema_accepts(text: str) -> None:
    """One step beside the form, reader and schema agree, and a refusal names file and place."""
    if VALIDATOR.is_valid(json.loads(text)):
        read(text)
    else:
        with pytest.raises(SettingsInvalid, match=r"^seen\.json: [a-z_]+[^ ]* "):
            read(text)


def test_the_schema_names_every_field() -> None:
    """Each value of the model is in the schema with all its fields, so that a new field is not forgotten."""
    VALIDATOR.check_schema(SCHEMA)
    written_keys = {"schema_version", "tool_version"}
    assert set(SCHEMA["properties"]) == {one.name for one in dataclasses.fields(Snapshot)} | written_keys
    for name, record in RECORD_OF.items():
        assert set(SCHEMA["$defs"][name]["properties"]) == {one.name for one in dataclasses.fields(record)}, name
    for name, definition in [("top", SCHEMA), *SCHEMA["$defs"].items()]:
        if definition.get("type") == "object":
            assert set(definition["required"]) == set(definition["properties"]), name
            assert definition["additionalProperties"] is False, name


def test_no_uuid_and_no_column_of_the_token_is_in_it() -> None:
    """Of a uuid, which can hold part of a secret, only the last 4 characters are written."""
    seen = snapshot(*USERS_CASE)
    text = written(seen)
    assert '"uuid": "********-****-****-****-********0005"' in text
    assert "8f0f6a3c" not in text
    assert "41b6" not in text
    assert "token_" not in text


@pytest.mark.parametrize(
    ("uuid", "shown"),
    [
        (None, None),
        ("", "********-****-****-****-************"),
        ("abcd", "********-****-****-****-************"),
        ("37633331-3539-3165-3862-363732323561", "********-****-****-****-********3561"),
        ("x" * 400 + "::\n#", "********-****-****-****-********::\n#"),
    ],
    ids=["none", "empty", "short", "uuid", "long"],
)
def test_a_masked_uuid(uuid: str | None, shown: str | None) -> None:
    """A mask keeps 4 characters of something as long as a uuid and none of less; masking twice changes nothing."""
    assert masked_uuid(uuid) == shown
    assert masked_uuid(shown) == shown


def test_each_runner_is_one_line() -> None:
    """Two snapshots differ in as many lines as runners differ."""
    before = written(snapshot(runner(4), runner(5), runner(6))).splitlines()
    after = written(snapshot(runner(4), runner(5, owner_id=1, repo_id=35), runner(6))).splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 1
    assert changed[0][1].startswith('    {"id": 5, ')


def test_the_odd_values_have_a_form_of_their_own() -> None:
    """An id that is no number and labels that are no list are texts, and an absence says that it is one."""
    odd = runner(5, owner_id=NotANumber(text="x"), labels=UnreadableLabels(text="{"))
    document = json.loads(written(snapshot(odd, owners=(Absent(id=9),), repositories=())))
    assert document["runners"][0]["owner_id"] == "x"
    assert document["runners"][0]["labels"] == "{"
    assert document["owners"] == [{"id": 9, "absent": True}]


@pytest.mark.parametrize("kind", FindingKind, ids=lambda kind: kind.title)
def test_the_diagnosis_of_a_file_is_that_of_the_server(kind: FindingKind) -> None:
    """Sick and healthy example of every finding: diagnosed from the text, they say the same in every word."""
    pair = EXAMPLES[kind]
    for seen in (pair.sick, pair.healthy):
        from_file = diagnosis(read(written(seen)), pair.contract, target_major=pair.target_major)
        assert from_file == diagnosis(masked(seen), pair.contract, target_major=pair.target_major)
        original = diagnosis(seen, pair.contract, target_major=pair.target_major)
        assert from_file.verdict is original.verdict
        assert [one.message for one in from_file.findings] == [one.message for one in original.findings]
        assert [one.remedy for one in from_file.findings] == [one.remedy for one in original.findings]


@pytest.mark.parametrize("path", or_skipped(whole_databases(), lambda path: f"{path.parent.name}-{path.stem}"))
def test_a_recorded_server_survives(path: Path, tmp_path: Path) -> None:
    """All rows of a real server come back from the text as they were seen, and its token columns are not in it."""
    copy = tmp_path / "forgejo.db"
    copy.write_bytes(path.read_bytes())
    with opened_for_reading(SqliteAddress(path=copy), Patience(10)) as reader:
        seen = observe_database(
            reader, LookRequest(address="a copy", instance=None, now=1795458300, coverage=Coverage.ALL)
        )
    assert seen.runners
    assert read(written(seen)) == masked(seen)
    with closing(sqlite3.connect(copy)) as connection:
        kept = connection.execute("SELECT uuid, token_hash, token_salt FROM action_runner").fetchall()
    assert kept
    assert [text for row in kept for text in row if text in written(seen)] == []

"""Snapshot files on the disk, and the ones that strangers wrote."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.observe import snapshot_file
from runner_scope_doctor.observe.snapshot_file import read_snapshot, write_snapshot
from runner_scope_doctor.observe.snapshot_read import snapshot_from_text
from runner_scope_doctor.observe.snapshot_write import snapshot_text
from support.snapshots import NOW, USERS_CASE, runner, snapshot

SEEN = snapshot(*USERS_CASE)
TEXT = snapshot_text(SEEN, tool_version="0.1.0")


def refusal(text: str) -> str:
    with pytest.raises(SettingsInvalid) as refused:
        snapshot_from_text(text, file="bad.json")
    assert refused.value.next_step
    return refused.value.problem


def changed(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def test_a_file_is_read_back(tmp_path: Path) -> None:
    """What was written is read, and writing over it replaces it whole."""
    path = tmp_path / "seen.json"
    write_snapshot(path, snapshot(runner(7)), tool_version="0.1.0")
    write_snapshot(path, SEEN, tool_version="0.1.0")
    assert path.read_text(encoding="ascii") == TEXT
    assert [one.id for one in read_snapshot(path).runners] == [4, 5]
    assert [one.name for one in tmp_path.iterdir()] == ["seen.json"]


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    """The file has mode 0600, also where an older one was open to all."""
    path = tmp_path / "seen.json"
    path.write_text("old")
    path.chmod(0o666)
    write_snapshot(path, SEEN, tool_version="0.1.0")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full, the older file stays as it was and no piece of the new one is left."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "seen.json"
    path.write_text("old")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(SettingsInvalid, match="No space left on device"):
        write_snapshot(path, SEEN, tool_version="0.1.0")
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["seen.json"]


@pytest.mark.parametrize("place", ["missing/seen.json", "folder", "pipe", "link", "nul\x00", "x" * 300, ""])
def test_a_place_that_cannot_be_written(place: str, tmp_path: Path) -> None:
    """A missing folder, a folder, a pipe, a link or no path at all: refused, and what is there stays."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "aim").write_text("aim")
    (tmp_path / "link").symlink_to("aim")
    os.mkfifo(tmp_path / "pipe")
    before = sorted(one.name for one in tmp_path.iterdir())
    with pytest.raises(SettingsInvalid, match="could not be written to"):
        write_snapshot(tmp_path / place, SEEN, tool_version="0.1.0")
    assert sorted(one.name for one in tmp_path.iterdir()) == before
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("missing", "No such file or directory"),
        ("folder", "this is a directory"),
        ("pipe", "not a regular file"),
        ("empty", "the file is empty"),
        ("latin", "latin:2: this is not UTF-8"),
        ("nul\x00", "the path is not one"),
        ("large", "larger than 200000000 bytes"),
    ],
)
def test_a_file_that_cannot_be_read(name: str, sentence: str, tmp_path: Path) -> None:
    """Each way of not being a readable text is its own sentence; the size is known before anything is read."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    (tmp_path / "latin").write_bytes(b"{\n\xe4}")
    (tmp_path / "large").touch()
    os.truncate(tmp_path / "large", snapshot_file.MOST_BYTES + 1)  # a hole, which takes no room
    with pytest.raises(SettingsInvalid, match=sentence):
        read_snapshot(tmp_path / name)


def test_a_file_that_grows_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit holds for what was read too, not only for the size the file had before."""
    path = tmp_path / "seen.json"
    path.write_text(TEXT)
    small = os.stat(path)
    monkeypatch.setattr(snapshot_file, "MOST_BYTES", small.st_size)
    path.write_text(TEXT + " ")
    monkeypatch.setattr(os, "stat", lambda *_args, **_kwargs: small)
    with pytest.raises(SettingsInvalid, match="larger than"):
        read_snapshot(path)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"schema_version": 2', '"schema_version": 3', ": schema_version is above 2: the snapshot was made by a newer"),
        ('"schema_version": 2', '"schema_version": 1', ": schema_version is below 2: the file is a snapshot of"),
        ('"schema_version": 2', '"schema_version": 0', ": schema_version must be the number 2, not another."),
        ('"schema_version": 2', '"schema_version": true', ": schema_version must be the number 2, not true."),
        ('  "schema_version": 2,\n', "", ": schema_version must be the first key."),
        ('"tool_version": "0.1.0"', '"tool_version": 1', ": tool_version must be a text, not a whole number."),
        (
            f'"taken_at": {NOW}',
            '"taken_at": 253402300800',
            ": taken_at must be a whole number from 0 to 253402300799, ",
        ),
        (
            f'"taken_at": {NOW}',
            '"taken_at": NaN',
            ": taken_at must be a whole number from 0 to 253402300799, not the n",
        ),
        (f'"taken_at": {NOW}', '"taken_at": 1e999', "not the number inf."),
        (f'"taken_at": {NOW}', f'"taken_at": {"9" * 5000}', ": taken_at holds a number of too many digits."),
        (f'"taken_at": {NOW},', f'"taken_at": {NOW}, "taken_at": {NOW},', ": taken_at stands twice."),
        ('  "coverage": "all",\n', "", ": coverage is missing."),
        ('"coverage": "all"', '"coverage": "most"', ": coverage must be all, candidates, listed, not a text."),
        ('"live_runners": 1', '"live_runners": -1', ": live_runners must be a whole number from 0 to"),
        ('"runners": [', '"runners": {}, "x": [', ": runners must be a list, not an object."),
        ('  "unobserved": []', '  "risks": []', ": risks is no key of a snapshot."),
        (',\n  "unobserved": []', "", ": unobserved is missing."),
        (
            '"repo_id": 35',
            '"repo_id": [35]',
            ": runners[0].repo_id must be a whole number of 64 bits, a text or null, n",
        ),
        ('"repo_id": 35', f'"repo_id": {2**63}', "a text or null, not another."),
        ('"repo_id": 35', '"repo_id": 35.0', "a text or null, not the number 35.0."),
        ('"repo_id": 35, ', "", ": runners[0].repo_id is missing."),
        ('"repo_id": 35', '"repo_id": 35, "token_hash": "x"', ": runners[0].token_hash is no key of a snapshot."),
        ('"repo_id": 35', '"repo_id": 35, "a\\n b": "x"', ': runners[0]."a\n b" is no key of a snapshot.'),
        ('"repo_id": 35', '"repo_id": 35, "repo_id": 0', ": runners[0].repo_id stands twice."),
        ('["deploy"]', '["deploy", 7]', ": runners[0].labels[1] must be a text, not a whole number."),
        ('["deploy"]', '[{"a": 1, "a": 2}]', ": runners[0].labels[0] must be a text, not an object."),
        (
            "********-****-****-****-********0004",
            "8f0f6a3c-41b6-4a84-9c53-000000000004",
            ": runners[0].uuid must be mask",
        ),
        (
            '"status": null',
            '"status": "busy"',
            ": runners[0].status must be offline, idle, active or null, not a text.",
        ),
        ('"ephemeral": false', '"ephemeral": 0', ": runners[0].ephemeral must be true, false or null, not a whole num"),
        ('"major": 15', '"major": 15, "major": 16', ": server.version.major stands twice."),
        ('"kind": "organization"', '"kind": "robot"', ": owners[0].kind must be organization, user, not a text."),
        ('"kind": "organization"', '"absent": true', ": owners[0].name is no key of a snapshot."),
        (
            '{"id": 1, "name"',
            '{"id": 1, "absent": false}, {"id": 1, "name"',
            ": owners[0].absent must be true, not false.",
        ),
        ('["deploy"]', "[" * 100_000 + "]" * 100_000, ": runners[0] is nested too deep."),
        ('["deploy"]', f'"{"x" * 2**22}"', ": runners[0] is longer than 4194304 characters."),
        ('["deploy"]', '["deploy"', ":10: this is not a snapshot's JSON: Expecting ',' delimiter."),
        ('"rs2000-deploy-host"', '"rs2000\n"', ":10: this is not a snapshot's JSON: Invalid control character"),
        ('"unobserved": []\n}', '"unobserved": []\n} {}', "JSON: something stands behind its end."),
    ],
)
def test_a_wrong_text_is_refused_with_its_place(old: str, new: str, problem: str) -> None:
    """Every refusal names the file and the place in it."""
    said = refusal(changed(old, new))
    assert said.startswith("bad.json:")
    assert problem in said


@pytest.mark.parametrize(
    "text",
    [" ", "[]", "null", "{", "{}", "}", '{"schema_version"', '{"schema_version": 2', '{"schema_version": 2,', "{1: 2}"],
)
def test_what_is_no_object_is_refused(text: str) -> None:
    """Anything but one object with the keys of a snapshot is refused."""
    assert refusal(text).startswith("bad.json:")


@pytest.mark.parametrize("length", [1, 2, 100, 300, 700, len(TEXT) - 2])
def test_a_file_cut_short_is_refused(length: int) -> None:
    """A copy that was broken off is no snapshot of fewer runners."""
    assert refusal(TEXT[:length]).startswith("bad.json:")


def test_a_report_is_not_taken_for_a_snapshot() -> None:
    """The JSON report, which begins alike, is refused by its version, or by its first key that a snapshot lacks."""
    report = '{"schema_version": 1, "tool_version": "0.1.0", "verdict": "healthy"}'
    assert refusal(report).endswith("a snapshot of an older release of this tool, or none.")
    alike = report.replace("1", "2", 1)
    assert refusal(alike) == "bad.json: verdict is no key of a snapshot."


def test_another_layout_is_read_too() -> None:
    """A file that another program formatted and ordered anew, schema_version still first, says the same."""
    document = json.loads(TEXT)
    turned = {"schema_version": 2} | dict(reversed(document.items()))
    for text in (json.dumps(turned, indent=8), json.dumps(turned, separators=(",", ":"))):
        assert snapshot_from_text(text, file="x") == snapshot_from_text(TEXT, file="x")


@pytest.mark.parametrize("length", [4000, 4096, 5000, 70_000, 2**20])
def test_a_long_record_is_read_whole(length: int) -> None:
    """A text longer than the piece that is tried first comes back whole, wherever the piece ends."""
    for name in ("n" * length, "\x00" * (length // 6), "\\" * length):
        seen = snapshot(runner(5, name=name), runner(6))
        assert snapshot_from_text(snapshot_text(seen, tool_version="0"), file="x").runners[0].name == name

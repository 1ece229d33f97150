"""Files that a run writes never replace what it reads, and what cannot be written is told before any look."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from support.command import ROOT, doctor


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "forgejo.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((ROOT / "scripts" / "demo.sql").read_text(encoding="utf-8"))
    return path


@pytest.mark.parametrize("option", ["--save-snapshot", "--format", "--debug"])
@pytest.mark.parametrize("form", ["same", "link", "hard", "other database", "journal"])
def test_no_output_replaces_a_database(database: Path, tmp_path: Path, option: str, form: str) -> None:
    """Whatever the target is called, neither the database that is read nor any other SQLite file is overwritten."""
    target = tmp_path / "target"
    match form:
        case "same":
            target = database
        case "link":
            target.symlink_to(database)
        case "hard":
            os.link(database, target)
        case "other database":
            target.write_bytes(database.read_bytes())
        case _:
            target = tmp_path / "forgejo.db-wal"
    before = hashlib.sha256(database.read_bytes()).hexdigest()
    value = f"json={target}" if option == "--format" else str(target)
    ended = doctor("check", "--database", f"sqlite:///{database}", option, value)
    assert ended.code == 2, ended
    assert "would overwrite" in ended.err
    assert hashlib.sha256(database.read_bytes()).hexdigest() == before


def test_no_output_replaces_a_contract_or_another_output(database: Path, tmp_path: Path) -> None:
    """A report in place of the contract, or two outputs in one file, are refused."""
    contract = tmp_path / "runner-scope.yml"
    contract.write_text("version: 1\nrunners: [{name: a, scope: instance}]\n")
    url = f"sqlite:///{database}"
    for arguments in (
        ("--contract", contract, "--format", f"json={contract}"),
        ("--format", f"json={tmp_path / 'z'}", "--save-snapshot", tmp_path / "z"),
    ):
        assert doctor("check", "--database", url, *arguments).code == 2
    assert contract.read_text().startswith("version: 1")


@pytest.mark.parametrize("file", ["/nonexistent/x.json", "/dev/fd/99", "/dev/fd/99999999999"])
def test_an_output_that_cannot_be_written_is_told_before_the_look(database: Path, file: str) -> None:
    """With a folder, or an open stream, that is not there nothing is looked at, so no finding is lost to it."""
    ended = doctor("check", "--database", f"sqlite:///{database}", "--format", f"text,json={file}")
    assert (ended.code, ended.out) == (3, "")


@pytest.mark.parametrize("name", ["/dev/fd/2", "/proc/self/fd/2", "link"])
def test_a_name_of_an_open_stream_is_written_to_and_stays(database: Path, tmp_path: Path, name: str) -> None:
    """Where the stream is a file: root, as in a container, could rename a report to /dev/stderr and take it from everybody.
    What the stream got before is kept."""
    name = str(tmp_path / "stderr") if name == "link" else name  # as /dev/stderr is, in a folder that can be written
    (tmp_path / "stderr").symlink_to("/proc/self/fd/2")
    check = f"check --database sqlite:///{database} --format json={name},nagios"
    command = f'echo before >&2; exec "$0" -m runner_scope_doctor {check}'
    with open(tmp_path / "errors", "w") as errors:
        ended = subprocess.run(
            ["bash", "-c", command, sys.executable],
            env={"PYTHONPATH": str(ROOT / "action"), "PATH": os.environ["PATH"]},
            stdout=subprocess.PIPE, stderr=errors, text=True, check=False,
        )  # fmt: skip
    assert (ended.returncode, ended.stdout[:21]) == (10, "RUNNER SCOPE CRITICAL")
    assert os.readlink(tmp_path / "stderr") == "/proc/self/fd/2"
    before, _, report = (tmp_path / "errors").read_text(encoding="utf-8").partition("\n")
    assert (before, json.loads(report)["verdict"]) == ("before", "unhealthy")


@pytest.mark.parametrize("redirection", ["2>&-", ">&-", ">&- 2>&-", ">/dev/full", "2>/dev/full", ">/dev/full 2>&1"])
@pytest.mark.parametrize("arguments", ["check --database sqlite:///{}", "check --nonsense", "--help", "check"])
def test_closed_and_full_streams_never_end_with_1(database: Path, redirection: str, arguments: str) -> None:
    """Whatever becomes of what we print, the exit code is one of ours, there is no traceback, and 0 means it arrived."""
    command = ("bash", "-c", f'"$0" -m runner_scope_doctor {arguments.format(database)} {redirection}')
    ended = subprocess.run(
        [*command, sys.executable],
        env={"PYTHONPATH": str(ROOT / "action"), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode in (0, 2, 4, 10), ended
    assert "Traceback" not in ended.stderr + ended.stdout
    assert "Exception ignored" not in ended.stderr
    if ">/dev/full" in redirection.replace("2>/dev/full", ""):
        assert ended.returncode != 0


@pytest.mark.parametrize(
    "arguments", ["check --database sqlite:///{}", "why --database sqlite:///{}", "explain RSD001"]
)
def test_a_full_disk_is_no_error_of_this_tool(database: Path, arguments: str) -> None:
    """Whoever reads the last line at 3 a.m. makes room, and does not report a fault."""
    command = f'"$0" -m runner_scope_doctor {arguments.format(database)} > /dev/full'
    ended = subprocess.run(
        ["bash", "-c", command, sys.executable],
        env={"PYTHONPATH": str(ROOT / "action"), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 4
    assert ended.stderr == (
        "INCONCLUSIVE: what there is to tell could not be written: no room is left. Next: make room where the output leads, "
        "and run it again.\n"
    )

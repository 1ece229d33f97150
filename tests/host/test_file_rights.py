"""Who could read or write the files of a deploy host is told; nothing is made and nothing repaired."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runner_scope_doctor.host.file_rights import judged_secret_file, judged_sqlite_file, judged_state
from runner_scope_doctor.host.state import State, state_in
from runner_scope_doctor.model.self_test import SelfTestLine, Standing
from support.host_files import GIVES_AWAY, MYSELF, SOMEBODY, written


def standings(lines: tuple[SelfTestLine, ...]) -> list[Standing]:
    return [line.standing for line in lines]


@pytest.fixture
def state(private: Path) -> State:
    """A state directory as the program makes it, with a file in each place."""
    found = state_in(private / "state")
    found.directory.mkdir(mode=0o711)
    for folder in (found.plans, found.backups, found.receipts):
        folder.mkdir(mode=0o700)
        written(folder / "one.json", "{}", 0o600)
    written(found.journal, "", 0o644)
    written(found.lock, "", 0o600)
    return found


@pytest.fixture
def reachable(private: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A SQLite file that everyone could reach; pytest keeps its own folders to itself."""
    monkeypatch.setattr("runner_scope_doctor.host.file_rights._is_reachable", lambda folder: True)
    return written(private / "forgejo.db", "", 0o640)


def test_the_programs_own_modes_are_right(state: State) -> None:
    """What the program makes is what the test wants."""
    assert standings(judged_state(state, operator=MYSELF)) == [Standing.RIGHT]


def test_a_state_directory_to_be_is_right(private: Path) -> None:
    """One that is not there yet is no fault, unless the folder above it is not there; nothing is made."""
    assert standings(judged_state(state_in(private / "state"), operator=MYSELF)) == [Standing.RIGHT]
    assert standings(judged_state(state_in(private / "gone" / "state"), operator=MYSELF)) == [Standing.MISSING]
    assert list(private.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        (".", 0o731),
        (".", 0o713),
        ("plans", 0o750),
        ("backups", 0o701),
        ("receipts", 0o704),
        ("journal.jsonl", 0o664),
        ("repair.lock", 0o602),
        ("plans/one.json", 0o644),
        ("backups/one.json", 0o640),
    ],
)
def test_what_others_could_read_or_write_is_named(state: State, path: str, mode: int) -> None:
    """Each looser mode is one line with the path, and stays as it is."""
    loose = state.directory / path
    loose.chmod(mode)
    (line,) = judged_state(state, operator=MYSELF)
    assert line.standing is Standing.MORE
    assert str(loose if loose.name != "one.json" else loose.parent) in line.sentence
    assert loose.stat().st_mode & 0o777 == mode


@GIVES_AWAY
def test_a_folder_of_somebody_else_is_named(state: State) -> None:
    """Neither root's nor the operator's: its owner could change what it says."""
    os.chown(state.plans, SOMEBODY, SOMEBODY)
    (line,) = judged_state(state, operator=MYSELF)
    assert (line.standing, "belongs to the user id 65534" in line.sentence) == (Standing.MORE, True)


def test_a_link_is_named(state: State, private: Path) -> None:
    """A symbolic link leads wherever its writer wants."""
    state.journal.unlink()
    state.journal.symlink_to(private / "elsewhere")
    (line,) = judged_state(state, operator=MYSELF)
    assert "is a symbolic link" in line.sentence


@pytest.mark.parametrize(
    ("mode", "standing"), [(0o600, Standing.RIGHT), (0o640, Standing.RIGHT), (0o644, Standing.MORE)]
)
def test_a_secret_that_everyone_may_read_is_more(private: Path, mode: int, standing: Standing) -> None:
    """The service's group may read a URL with a password, and not everyone."""
    file = written(private / "repair.url", "hunter2", mode)
    (line,) = judged_secret_file("repair", file)
    assert line.standing is standing
    assert "hunter2" not in line.sentence


def test_a_secret_that_is_not_there_is_unseen(private: Path) -> None:
    """It could not be looked at."""
    assert standings(judged_secret_file("repair", private / "gone.url")) == [Standing.UNSEEN]


@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "words"),
    [(0o644, 0o755, "everyone may read"), (0o646, 0o755, "everyone may write"), (0o640, 0o757, "put a file beside")],
)
def test_a_sqlite_file_that_everyone_reaches_is_more(
    reachable: Path, file_mode: int, folder_mode: int, words: str
) -> None:
    """Whoever reads the file reads every hash, and whoever writes beside it chooses what SQLite reads."""
    reachable.chmod(file_mode)
    reachable.parent.chmod(folder_mode)
    (line,) = judged_sqlite_file("check", reachable, operator=MYSELF)
    assert line.standing is Standing.MORE
    assert words in line.sentence


def test_a_readable_file_behind_a_closed_folder_is_right(private: Path) -> None:
    """Forgejo makes its file 0644; a folder on its path that others cannot enter is what keeps them out."""
    file = written(private / "forgejo.db", "", 0o644)
    private.chmod(0o750)
    assert standings(judged_sqlite_file("check", file, operator=MYSELF)) == [Standing.RIGHT]


def test_a_sqlite_file_of_another_user_is_missing(reachable: Path) -> None:
    """Only its owner, or root, repairs it without leaving files that the server cannot use."""
    (line,) = judged_sqlite_file("repair", reachable, operator=MYSELF + 1)
    assert line.standing is Standing.MISSING
    assert f"belongs to the user id {MYSELF}" in line.sentence


def test_a_folder_that_cannot_be_written_is_missing(reachable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite keeps its -wal and -journal beside the file. (Root may write anywhere, so the answer is the test's.)"""
    monkeypatch.setattr(os, "access", lambda *arguments, **more: False)
    (line,) = judged_sqlite_file("repair", reachable, operator=MYSELF)
    assert line.standing is Standing.MISSING
    assert str(reachable.parent) in line.sentence


def test_a_sqlite_file_that_is_gone_is_unseen(private: Path) -> None:
    """It could not be looked at."""
    assert standings(judged_sqlite_file("check", private / "gone.db", operator=MYSELF)) == [Standing.UNSEEN]

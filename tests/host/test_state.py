"""The state directory is private, and in a place nobody else can swap."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from runner_scope_doctor.host.state import prepared_state
from runner_scope_doctor.model.errors import SettingsInvalid
from support.host_files import GIVES_AWAY, MYSELF, SOMEBODY, as_somebody, written
from support.host_texts import SMALLEST, parsed


def prepared(state: Path) -> Path:
    """What becomes of this state directory."""
    return prepared_state(replace(parsed(SMALLEST), state=state), operator=MYSELF).directory


def refused(state: Path) -> SettingsInvalid:
    """The refusal of a state directory."""
    with pytest.raises(SettingsInvalid) as caught:
        prepared(state)
    assert caught.value.next_step
    return caught.value


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_it_is_made_passable_and_its_folders_private(private: Path, mask: int) -> None:
    """Made where it is not there, whatever the umask, and found again: others may pass through the directory to the journal,
    list nothing in it, and see nothing of plans, backups and receipts."""
    before = os.umask(mask)
    try:
        assert prepared(private / "state") == private / "state"
    finally:
        os.umask(before)
    modes = {name: (private / "state" / name).lstat() for name in (".", "plans", "backups", "receipts")}
    assert all(stat.S_ISDIR(status.st_mode) and status.st_uid == MYSELF for status in modes.values())
    assert {name: stat.S_IMODE(status.st_mode) for name, status in modes.items()} == {
        ".": 0o711, "plans": 0o700, "backups": 0o700, "receipts": 0o700,
    }  # fmt: skip
    written(private / "state" / "backups" / "one", "kept")
    assert prepared(private / "state") == private / "state"
    assert (private / "state" / "backups" / "one").read_text() == "kept"


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o770, 0o777, 0o1777, 0o1711, 0o500])
def test_a_directory_others_may_write_is_refused_and_left_as_it_is(private: Path, mode: int) -> None:
    """A loose directory is not silently repaired: a person must look at what happened to it."""
    state = private / "state"
    state.mkdir()
    state.chmod(mode)
    error = refused(state)
    assert error.problem == (
        f"{state}: this folder of the state directory has mode {mode:04o} and must be writable by its owner alone, such as 0711."
    )
    assert error.next_step == f"Look at what it holds, then run `chmod 0711 {state}`."
    assert stat.S_IMODE(state.lstat().st_mode) == mode


@pytest.mark.parametrize("mode", [0o710, 0o750, 0o701, 0o755, 0o777, 0o500])
@pytest.mark.parametrize("name", ["plans", "backups", "receipts"])
def test_a_folder_others_may_enter_is_refused(private: Path, name: str, mode: int) -> None:
    """Plans hold part of a secret and backups whole ones: their folders have mode 0700 and no other."""
    folder = private / "state" / name
    folder.mkdir(parents=True)
    (private / "state").chmod(0o711)
    folder.chmod(mode)
    error = refused(private / "state")
    assert error.problem.startswith(
        f"{folder}: this folder of the state directory has mode {mode:04o} and must have 0700"
    )
    assert error.next_step == f"Look at what it holds, then run `chmod 0700 {folder}`."


def test_nothing_is_made_in_a_loose_place(private: Path) -> None:
    """Below a folder others may write nothing is made, as they could put another in its place."""
    private.chmod(0o775)
    error = refused(private / "state")
    assert error.problem == f"{private}: it may be written by its group (mode 0775)."
    assert list(private.iterdir()) == []


def test_a_missing_parent_is_not_made(private: Path) -> None:
    """Only the directory itself is made: a missing folder above it is named."""
    error = refused(private / "a" / "state")
    assert error.problem == f"{private}/a: it cannot be opened: No such file or directory."
    assert not (private / "a").exists()


def test_a_link_is_refused(private: Path) -> None:
    """A symbolic link, also to a private directory or to nowhere, is refused and nothing is made behind it."""
    (private / "real").mkdir(mode=0o700)
    (private / "link").symlink_to("real")
    (private / "nowhere").symlink_to("missing")
    assert refused(private / "link").problem.startswith(f"{private}/link: this is a symbolic link")
    assert refused(private / "nowhere").problem.startswith(f"{private}/nowhere: this is a symbolic link")
    assert not (private / "missing").exists()


def test_a_file_is_refused(private: Path) -> None:
    """A file in the directory's place is called none."""
    assert refused(written(private / "state", "")).problem == f"{private}/state: this is not a folder."


@GIVES_AWAY
def test_somebody_elses_is_refused(private: Path) -> None:
    """A directory of another user is refused although its mode is right."""
    state = private / "state"
    state.mkdir(mode=0o700)
    os.chown(state, SOMEBODY, SOMEBODY)
    assert refused(state).problem.startswith(f"{state}: it belongs to nobody (uid 65534) (mode 0700)")


@GIVES_AWAY
def test_one_that_may_not_be_made_is_told_with_the_command(private: Path) -> None:
    """A user who may not write the folder above is told how root makes the directory."""
    with as_somebody(private):
        error = refused(private / "state")
    assert error.problem == f"{private}/state: the state directory cannot be made: Permission denied."
    assert f"install -d -m 0711 -o USER {private}/state" in error.next_step

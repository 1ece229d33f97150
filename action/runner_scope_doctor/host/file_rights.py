"""Who can read and write the files a deploy host rests on: the state directory, files with a secret, a SQLite database.

Looks only: what is not there is not made, and what is loose is not repaired.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from runner_scope_doctor.host.state import State
from runner_scope_doctor.host.trust import trusted_folder
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.self_test import SelfTestLine, Standing
from runner_scope_doctor.model.wording import counted_noun

_OTHERS, _OTHERS_READ, _OTHERS_WRITE = 0o077, 0o044, 0o022


def judged_state(state: State, *, operator: int) -> tuple[SelfTestLine, ...]:
    """The state directory and what is in it. `operator` is the user id that beside root may own it."""
    found = tuple(_state_lines(state, operator))
    if found:
        return found
    if not state.directory.exists():
        return (_line(Standing.RIGHT, "state", f"{state.directory} is not there yet; the first plan makes it"),)
    return (
        _line(
            Standing.RIGHT,
            "state",
            f"{state.directory} can be written by its owner alone, its secrets read by nobody else",
        ),
    )


def judged_secret_file(subject: str, file: Path) -> tuple[SelfTestLine, ...]:
    """A file that holds a password or a token. Who may write it is looked at whenever it is read."""
    try:
        mode = file.stat().st_mode
    except OSError as error:
        return (_line(Standing.UNSEEN, subject, f"{file}: {error.strerror}"),)
    if mode & stat.S_IROTH:
        return (
            _line(
                Standing.MORE,
                subject,
                f"everyone may read {file} (mode {stat.S_IMODE(mode):04o}), and the secret in it",
            ),
        )
    return (_line(Standing.RIGHT, subject, f"{file} is kept from everyone else"),)


def judged_sqlite_file(subject: str, path: Path, *, operator: int) -> tuple[SelfTestLine, ...]:
    """A SQLite database's file: whose it is, who else reaches it, and whether a write could go through."""
    real = Path(os.path.realpath(path))
    try:
        status, folder = real.stat(), real.parent.stat()
    except OSError as error:
        return (_line(Standing.UNSEEN, subject, f"{real}: {error.strerror}"),)
    found = []
    mode = f"mode {stat.S_IMODE(status.st_mode):04o}"
    if operator not in (0, status.st_uid):
        found.append(
            _line(
                Standing.MISSING, subject, f"{real} belongs to the user id {status.st_uid}, and this runs as {operator}"
            )
        )
    if not os.access(real.parent, os.W_OK | os.X_OK, effective_ids=True):
        found.append(
            _line(
                Standing.MISSING,
                subject,
                f"the folder {real.parent} cannot be written, where SQLite keeps its -wal and -journal",
            )
        )
    if _is_reachable(real.parent):
        if status.st_mode & stat.S_IWOTH:
            found.append(_line(Standing.MORE, subject, f"everyone may write {real} ({mode})"))
        elif status.st_mode & stat.S_IROTH:
            found.append(
                _line(Standing.MORE, subject, f"everyone may read {real} ({mode}), every hash and secret in it")
            )
        if folder.st_mode & stat.S_IWOTH:
            found.append(
                _line(
                    Standing.MORE,
                    subject,
                    f"everyone may put a file beside {real}, which SQLite would take for its own",
                )
            )
    if not found:
        found.append(
            _line(
                Standing.RIGHT,
                subject,
                f"{real} is out of everyone else's reach ({mode}), and its folder can be written",
            )
        )
    return tuple(found)


def _state_lines(state: State, operator: int) -> Iterator[SelfTestLine]:
    if not state.directory.parent.is_dir():
        yield _line(Standing.MISSING, "state", f"the folder {state.directory.parent} is not there")
        return
    try:
        with trusted_folder(state.directory.parent, operator=operator):
            pass
    except SettingsInvalid as error:
        yield _line(Standing.MORE, "state", error.problem)
        return
    yield from _looser_than(state.directory, _OTHERS_WRITE, "may be written by others than its owner", operator)
    for folder in (state.plans, state.backups, state.receipts):
        yield from _looser_than(folder, _OTHERS, "is open to others than its owner", operator)
        yield from _files_of(folder, operator)
    yield from _looser_than(state.journal, _OTHERS_WRITE, "may be written by others than its owner", operator)
    for lock in (state.lock, state.issues_lock):
        yield from _looser_than(lock, _OTHERS_WRITE, "may be written by others than its owner", operator)


def _files_of(folder: Path, operator: int) -> Iterator[SelfTestLine]:
    """One line for all that is loose in it; nothing for a folder that is not there."""
    try:
        files = sorted(folder.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        yield _line(Standing.UNSEEN, "state", f"{folder}: {error.strerror}")
        return
    loose = [file for file in files if any(_looser_than(file, _OTHERS_READ | _OTHERS_WRITE, "", operator))]
    if loose:
        yield _line(
            Standing.MORE,
            "state",
            f"{counted_noun(len(loose), 'file')} of {folder} can be read or written by others, {loose[0].name} first",
        )


def _looser_than(path: Path, bits: int, words: str, operator: int) -> Iterator[SelfTestLine]:
    """Nothing where it is not there."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        yield _line(Standing.UNSEEN, "state", f"{path}: {error.strerror}")
        return
    if stat.S_ISLNK(status.st_mode):
        yield _line(Standing.MORE, "state", f"{path} is a symbolic link, and leads wherever who can write it wants")
    elif status.st_uid not in (0, operator):
        yield _line(Standing.MORE, "state", f"{path} belongs to the user id {status.st_uid}")
    elif status.st_mode & bits:
        yield _line(Standing.MORE, "state", f"{path} {words} (mode {stat.S_IMODE(status.st_mode):04o})")


def _is_reachable(folder: Path) -> bool:
    """Whether everyone may enter it, through every folder above it."""
    return all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents))


def _line(standing: Standing, subject: str, sentence: str) -> SelfTestLine:
    return SelfTestLine(standing=standing, subject=subject, sentence=sentence)

"""Probes of files: what the runner's user must not read, what it must not write, and what nobody but root may replace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from host.accounts import Account
from host.becoming import Attempt, Deed, Ending, Tried, tried_as
from host.configured import Configured
from host.installed_copy import base_interpreter, loose_parts
from host.places import HOST_YML, LIBRARY, PRIVATE_FOLDERS, RECORD, SETTINGS, SOCKET, STATE, UNIT_FILES, UNITS
from host.probe_lines import Line, fail, must_be_denied, ok, unseen

_BESIDE_SQLITE = ("", "-wal", "-shm", "-journal")
_MOST_TOLD = 5
_LOCKS = ("repair.lock", "journal.jsonl.lock")
_UNREADABLE = "Take the right to read it away from others (chmod o-r), and look who else has its group."
_UNWRITABLE = (
    "Give it to root and take the right to write away from all others (chown root, chmod go-w), then look at it."
)
_STATE_UNWRITABLE = "Give it back to the service's user (scripts/install-host does), then look at what it holds."


def code_lines(runner: Account) -> Iterator[Line]:
    """The program that is run with the service's rights, and what it rests on."""
    if not LIBRARY.is_dir():
        yield fail(f"{LIBRARY}: there is no installed copy", "scripts/install-host")
        return
    loose = next(loose_parts(LIBRARY), None)
    if loose is None:
        yield ok(f"{LIBRARY}: all of it belongs to root and is writable by nobody else")
    else:
        yield fail(
            f"{loose}: it does not belong to root alone, or others may write it", "scripts/install-host makes it anew"
        )
    parts = list(LIBRARY.rglob("*"))
    folders = [LIBRARY, *(part for part in parts if part.is_dir() and not part.is_symlink())]
    files = [part for part in parts if part.is_file()]
    standard = base_interpreter().parent.parent / "lib" / base_interpreter().name
    attempts = [
        *(Attempt(deed=Deed.ADD, path=folder) for folder in (*folders, standard)),
        *(Attempt(deed=Deed.WRITE, path=file) for file in (*files, base_interpreter(), standard / "os.py")),
    ]
    yield _together(runner, "write the installed code or its Python", attempts, "scripts/install-host makes it anew")


def unit_lines(runner: Account) -> Iterator[Line]:
    """The units, and the folders in which own settings for them lie."""
    folders = [UNITS, *(folder for name in UNIT_FILES if (folder := UNITS / f"{name}.d").is_dir())]
    attempts = [
        *(Attempt(deed=Deed.WRITE, path=UNITS / name) for name in UNIT_FILES),
        *(Attempt(deed=Deed.ADD, path=folder) for folder in folders),
    ]
    yield _together(runner, "write the units or add to them", attempts, _UNWRITABLE)


def secret_lines(runner: Account, found: Configured) -> Iterator[Line]:
    """What nobody but the service may read."""
    databases = [Path(f"{database}{ending}") for database in found.databases for ending in _BESIDE_SQLITE]
    attempts = [
        *(Attempt(deed=Deed.READ, path=path) for path in (HOST_YML, *found.secrets, *databases)),
        *(Attempt(deed=Deed.LIST, path=found.state / name) for name in PRIVATE_FOLDERS),
        *(Attempt(deed=Deed.READ, path=found.state / name) for name in _LOCKS),  # who may read one may hold it for ever
        *(Attempt(deed=Deed.READ, path=file) for file in _files_in(found.state / name for name in PRIVATE_FOLDERS)),
    ]
    for tried in tried_as(runner, attempts):
        yield must_be_denied(runner.name, tried, _UNREADABLE)


def write_lines(runner: Account, found: Configured) -> Iterator[Line]:
    """What nobody but root, and in the state directory the service, may write."""
    settings = [HOST_YML, RECORD, *found.secrets, *found.trusted]
    attempts = [
        *(Attempt(deed=Deed.WRITE, path=path) for path in settings),
        Attempt(deed=Deed.ADD, path=SETTINGS),
        *(Attempt(deed=Deed.WRITE, path=database) for database in found.databases),
    ]
    for tried in tried_as(runner, attempts):
        yield must_be_denied(runner.name, tried, _UNWRITABLE)
    state = [
        *(Attempt(deed=Deed.WRITE, path=found.state / name) for name in ("journal.jsonl", *_LOCKS)),
        *(Attempt(deed=Deed.ADD, path=folder) for folder in (found.state, *_private(found.state))),
    ]
    for tried in tried_as(runner, state):
        yield must_be_denied(runner.name, tried, _STATE_UNWRITABLE)


def path_line(runner: Account, found: Configured) -> Line:
    """No part of any of these paths is in the runner's user's hand."""
    paths = [
        *(HOST_YML, RECORD, LIBRARY / "bin", base_interpreter(), SOCKET),
        *(UNITS / name for name in UNIT_FILES),
        *(found.state, *_private(found.state), *(found.state / name for name in ("journal.jsonl", *_LOCKS))),
        *(*found.secrets, *found.trusted, *found.databases),
    ]
    attempts = [Attempt(deed=Deed.TAKE_OVER, path=path) for path in paths]
    return _together(runner, f"replace a part of any of {len(paths)} paths", attempts, _UNWRITABLE)


def unasked(source: Path, databases: Iterable[Path]) -> Configured:
    """What is looked at when the configuration cannot be read: what the installation was told."""
    from host.surroundings import Network  # only here

    return Configured(
        state=STATE,
        secrets=(source,),
        databases=tuple(databases),
        trusted=(),
        network=Network.SHUT,
        check_network=Network.SHUT,
    )


def _private(state: Path) -> tuple[Path, ...]:
    return tuple(state / name for name in PRIVATE_FOLDERS)


def _files_in(folders: Iterable[Path]) -> list[Path]:
    """The newest file of each folder stands for all of them."""
    found = [[part for part in folder.iterdir() if part.is_file()] for folder in folders if folder.is_dir()]
    return [max(files, key=lambda file: file.stat().st_mtime) for files in found if files]


def _together(runner: Account, what: str, attempts: Sequence[Attempt], next_step: str) -> Line:
    """One line for many attempts, about those that did not end as they should."""
    tried = tried_as(runner, attempts)
    for ending in (Ending.DONE, Ending.UNTOLD):
        bad = list(dict.fromkeys(_told(each) for each in tried if each.ending is ending))
        if bad:
            more = f", and {len(bad) - _MOST_TOLD} more" if len(bad) > _MOST_TOLD else ""
            told = f"{runner.name} tries to {what}: {', '.join(bad[:_MOST_TOLD])}{more}"
            return fail(told, next_step) if ending is Ending.DONE else unseen(told, "See to that, then check again.")
    return ok(f"{runner.name} tries to {what}: denied")


def _told(tried: Tried) -> str:
    if tried.attempt.deed is Deed.TAKE_OVER:
        return tried.detail
    how = f" ({tried.detail})" if tried.detail else ""
    return f"it can {tried.attempt.deed.value} {tried.attempt.path}{how}"

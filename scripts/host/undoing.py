"""Taking an installation down: what was made goes, what a person wrote or a repair left behind stays."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from host.accounts import remove_account, user_id
from host.arguments import Consent, Wish
from host.installing import require_no_repair
from host.places import HOST_YML, LIBRARY, PRIVATE_FOLDERS, RECORD, SETTINGS, SOCKET, STATE, UNIT_FILES, UNITS, below
from host.problems import ExitCode, Failed, Refused
from host.record import Record, read_record
from host.saying import agreed, say
from host.steps import reload_units, stop_units, systemd_runs

_MACHINE = Path("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """`files` and `folders` go, the folders when they are empty then; `account` None means that no user goes. `kept`
    are sentences on what stays, and why."""

    files: tuple[Path, ...]
    folders: tuple[Path, ...]
    account: str | None
    kept: tuple[str, ...]


def undo(wish: Wish) -> ExitCode:
    """Shows what goes and what stays, asks, and does it. Raises Refused, and Failed when it went wrong half-way."""
    record = read_record(wish.root)
    remains = _remains(wish.root, record)
    library = below(wish.root, LIBRARY)
    if not remains.files and not library.exists():
        for sentence in remains.kept:
            say(f"  kept    {sentence}")
        say("NOTHING TO DO: nothing is installed.")
        return ExitCode.DONE
    for path in (*([LIBRARY] if library.exists() else []), *remains.files, *remains.folders):
        say(f"  remove  {path}")
    if remains.account is not None:
        say(f"  remove  user {remains.account}")
    for sentence in remains.kept:
        say(f"  kept    {sentence}")
    require_no_repair(wish.root)
    if wish.consent is Consent.ASKED_FOR and not agreed():
        raise Refused("It was not agreed to.", next_step="Run this again and answer y, or give --yes.")
    try:
        _remove(wish.root, remains)
    except OSError as error:
        raise Failed(f"{error.filename}: {error.strerror}.", next_step="See to that, then run this again.") from error
    say("DONE: it is taken down." if not remains.kept else "DONE: it is taken down, but for what was kept.")
    return ExitCode.DONE


def _remains(root: Path, record: Record | None) -> Remains:
    kept: list[str] = []
    files = [UNITS / name for name in UNIT_FILES if below(root, UNITS / name).exists()]
    host_yml = below(root, HOST_YML)
    if host_yml.exists():
        if record is not None and sha256(host_yml.read_bytes()).hexdigest() == record.skeleton:
            files.append(HOST_YML)
        else:
            kept.append(f"{HOST_YML}, which was edited")
    if record is not None:
        files.append(RECORD)  # last: until it is gone, this can be run again
    folders: list[Path] = []
    staying = sorted(part.name for part in _parts(below(root, SETTINGS)) if SETTINGS / part.name not in files)
    if not staying:
        folders.append(SETTINGS)
    kept += [f"{SETTINGS / name}, which this did not make" for name in staying if name != HOST_YML.name]
    account = None if record is None else record.made_account
    if any(_holds_something(below(root, place)) for place in (STATE, *(STATE / name for name in PRIVATE_FOLDERS))):
        kept.append(f"{STATE} with plans, journal, backups and receipts")
        if account is not None and user_id(root, account) is not None:
            kept.append(f"the user {account}, whose files they are: another user could get its number")
        account = None
    else:
        folders += [*(STATE / name for name in PRIVATE_FOLDERS), STATE]
    if account is not None and user_id(root, account) is None:
        account = None
    there = tuple(folder for folder in folders if below(root, folder).exists())
    return Remains(files=tuple(files), folders=there, account=account, kept=tuple(kept))


def _holds_something(folder: Path) -> bool:
    """Whether there is more in the folder than the empty folders that the installation made."""
    return any(part.name not in PRIVATE_FOLDERS for part in _parts(folder))


def _parts(folder: Path) -> tuple[Path, ...]:
    return tuple(folder.iterdir()) if folder.is_dir() else ()


def _remove(root: Path, remains: Remains) -> None:
    on_systemd = root == _MACHINE and systemd_runs()
    if on_systemd:
        stop_units()
    library = below(root, LIBRARY)
    if library.exists():
        shutil.rmtree(library)
    for path in remains.files:
        if path != RECORD:
            below(root, path).unlink(missing_ok=True)
    if on_systemd:
        reload_units()
        shutil.rmtree(SOCKET.parent, ignore_errors=True)
    if remains.account is not None:
        remove_account(root, remains.account)
    if RECORD in remains.files:
        below(root, RECORD).unlink(missing_ok=True)
    for folder in remains.folders:
        _remove_if_empty(below(root, folder))


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and next(folder.iterdir(), None) is None:
        folder.rmdir()

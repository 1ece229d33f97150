"""The journal's file: read whole and verified whole, written only at its end."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from shlex import quote

from runner_scope_doctor.files.reason import reason
from runner_scope_doctor.journal.chain import Journal, addition, journal_from_bytes
from runner_scope_doctor.journal.own_file import own_file, take
from runner_scope_doctor.model.errors import JournalDamaged, RepairFailed, SourceUnavailable
from runner_scope_doctor.model.journal import ApprovalNoted, AttemptEvent, JournalEntry

LARGEST_JOURNAL = 1 << 26
"""Bytes. A repair takes about four thousand."""
PATIENCE = 5.0
"""Seconds to wait for another process that writes; a line takes milliseconds, most of them the disk's."""
_PIECE = 1 << 20
_READABLE = 0o644
"""It holds no secret, and a check that runs as another user reads it for rows that are sick again."""
_PRIVATE = 0o600


def read_journal(path: Path) -> Journal:
    """Everything the journal says. A file that is not there is a journal nothing was written to.

    May be read while another process writes. Raises JournalDamaged when the chain does not hold, and SourceUnavailable
    when the file cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return Journal(entries=(), torn=False)
    except OSError as error:
        raise _unreadable(path, reason(error)) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _unreadable(path, "it is not a regular file")
        content = _content(descriptor, path)
    except OSError as error:
        raise _unreadable(path, reason(error)) from error
    finally:
        os.close(descriptor)
    return journal_from_bytes(content, file=str(path))


def append(path: Path, event: ApprovalNoted | AttemptEvent, *, at: int) -> JournalEntry:
    """Notes the event at the Unix second `at`. When this returns, it is on the disk.

    Makes the file when it is not there. Raises RepairRefused when the file is not one that only root and the caller can
    write, JournalDamaged when its chain does not hold, and RepairFailed when it cannot be written: then the event is
    noted or not, as after a crash, and the next one can be noted all the same. What the words of these errors say of a
    repair is true before its update only; a caller who is past it says so.
    """
    try:
        with own_file(turn_file(path), mode=_PRIVATE) as turn, own_file(path, mode=_READABLE) as descriptor:
            take(turn, seconds=PATIENCE)
            content = _content(descriptor, path)
            added = addition(content, event, at=at, file=str(path))
            _write(descriptor, added.content)
            os.fsync(descriptor)
            if not content:  # its name may be as new as its first line
                _sync_folder(path.parent)
    except BlockingIOError as error:
        raise RepairFailed(
            f"{path}: another process has been writing the journal for {PATIENCE:.0f} seconds.",
            next_step=f"Find it with `fuser -v {quote(str(turn_file(path)))}`, and try again when it has ended.",
        ) from error
    except OSError as error:
        raise RepairFailed(
            f"{path}: the journal cannot be written: {reason(error)}.",
            next_step="See to it that its folder is there, has room and may be written by the caller, then try again.",
        ) from error
    return added.entry


def turn_file(path: Path) -> Path:
    """What one writer after the other takes. The journal itself could be taken by everyone who may read it, for ever."""
    return path.with_name(f"{path.name}.lock")


def _content(descriptor: int, path: Path) -> bytes:
    """The whole content, from its beginning. A journal that grows meanwhile is read up to somewhere in its new end."""
    found = bytearray()
    while piece := os.pread(descriptor, _PIECE, len(found)):
        found += piece
        if len(found) > LARGEST_JOURNAL:
            raise JournalDamaged(
                f"{path}: the journal is larger than {LARGEST_JOURNAL} bytes, which no journal becomes.",
                next_step="Look at what it holds; when it is in order, move it aside while no repair is open.",
            )
    return bytes(found)


def _write(descriptor: int, content: bytes) -> None:
    """All of it, or an OSError with some of it written, which the next reader knows for what it is."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unreadable(path: Path, why: str) -> SourceUnavailable:
    return SourceUnavailable(
        f"{path}: the journal cannot be read: {why}.",
        next_step="Run this as a user who may read it, and see to it that it is a file and no symbolic link.",
    )

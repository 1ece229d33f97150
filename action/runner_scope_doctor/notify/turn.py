"""One check of a host after the other goes to its issues, and none after one that has looked later."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner_scope_doctor.files.reason import reason
from runner_scope_doctor.journal.own_file import own_file, take
from runner_scope_doctor.model.errors import SourceUnavailable

_PATIENCE = 30.0
"""Seconds to wait for another check of this host that is at the issues."""
_LONGEST = 20
"""Bytes of a second as the file holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The file that was taken. It holds the second of the latest look that was told; nothing before the first one."""

    path: Path
    descriptor: int

    def is_overtaken(self, *, looked_at: int, now: int) -> bool:
        """Whether a check that looked later was at the issues before this one: what this one saw may be over. A second that is
        still to come is not believed: once the clock is set right, no check would ever be told again."""
        held = os.pread(self.descriptor, _LONGEST, 0)
        return held.isdigit() and looked_at < int(held) <= now

    def note(self, *, looked_at: int) -> None:
        """Remembers what was told. Raises SourceUnavailable when the file cannot be written."""
        try:
            os.ftruncate(self.descriptor, 0)
            os.write(self.descriptor, str(looked_at).encode())
        except OSError as error:
            raise SourceUnavailable(
                f"{self.path}: that the issues were written cannot be noted: {reason(error)}.",
                next_step="Make room in the state directory; until then an older look may write them once more.",
            ) from error


@contextmanager
def issue_turn(path: Path, *, seconds: float = _PATIENCE) -> Iterator[Turn]:
    """Lets one check of this host after the other go to the issues. The lock ends with the process.

    Raises SourceUnavailable when another one has it for that long or the file cannot be used, and RepairRefused for a file
    that others can write.
    """
    try:
        with own_file(path, mode=0o600) as descriptor:
            take(descriptor, seconds=seconds)
            yield Turn(path=path, descriptor=descriptor)
    except BlockingIOError as error:
        raise SourceUnavailable(
            f"Another check of this host has been at the issues for {seconds:.0f} seconds: {path} is locked.",
            next_step="Nothing, when the next check goes through; else look for a process that hangs.",
        ) from error
    except OSError as error:
        raise SourceUnavailable(
            f"{path}: the turn to go to the issues cannot be taken: {reason(error)}.",
            next_step="See to it that the state directory is there and may be written by the caller.",
        ) from error

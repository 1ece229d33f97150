"""What running servers did with waiting jobs: `waiting-jobs/` of the recordings, where they are."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner_scope_doctor.database.address import SqliteAddress
from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.model.waiting import WaitingLook
from runner_scope_doctor.observe.waiting import AllWaiting, JobWanted, WaitingRequest, observe_waiting
from support.recordings import FOLDER

ZOO = FOLDER / "waiting-jobs" / "v15-sqlite" / "waiting.json"
ZOO_NOW = 1795463556
"""The clock when the zoo was recorded (its README)."""
PICKS = tuple(sorted(FOLDER.glob("waiting-jobs/*/picks.json")))
LATER = 10**6
"""Seconds that make a look find every waiting job of a recording, whatever its clock."""


@dataclass(frozen=True, slots=True)
class RecordedJob:
    """One job of the zoo: what was done to it is in `entry`, the rest in the recorded database."""

    id: int
    code: str
    status: str
    entry: dict[str, Any]  # JSON of another program


def recorded_jobs() -> tuple[RecordedJob, ...]:
    """All jobs of the zoo; none when the recordings are absent."""
    if not ZOO.exists():
        return ()
    return tuple(
        RecordedJob(one["id"], one["code"], one["status_name"], one)
        for one in json.loads(ZOO.read_text(encoding="utf-8"))
    )


def looked_at(database: Path, folder: Path, *, now: int, job_id: int | None = None) -> WaitingLook:
    """One look at a copy of a recorded database: at all its waiting and blocked jobs, or at one."""
    copied = folder / "forgejo.db"
    shutil.copyfile(database, copied)
    wanted = AllWaiting(longer_than=-LATER) if job_id is None else JobWanted(job_id=job_id)
    with opened_for_reading(SqliteAddress(path=copied), Patience(10)) as reader:
        return observe_waiting(reader, WaitingRequest(wanted=wanted, address="recorded", instance=None, now=now))

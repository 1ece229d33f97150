"""Plans as they lie in the state directory: one file each, named by its digest, never changed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

from runner_scope_doctor.files.reason import reason
from runner_scope_doctor.files.write import write_private
from runner_scope_doctor.host.trust import trusted_bytes
from runner_scope_doctor.journal.own_file import take
from runner_scope_doctor.model.errors import RepairFailed, RepairRefused, SettingsInvalid
from runner_scope_doctor.model.plan import AskingRun, Plan
from runner_scope_doctor.plan.canonical import LARGEST_PLAN, digest_of, plan_from_bytes

_PATIENCE = 5.0
"""Seconds. Who has the folder to themselves reads what lies there and writes one file."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


def is_digest(text: str) -> bool:
    """Whether the text is a digest as plans have it: 64 lower-case hex digits."""
    return _DIGEST.fullmatch(text) is not None


def plan_file(folder: Path, digest: str) -> Path:
    """Where the plan of that digest lies, there or not."""
    return folder / f"{digest}.json"


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keeps every other process out that asks for the same, so that two of them do not both miss each other's plan.

    It ends with the process, however that ends. Raises RepairRefused when another one does not come to its end and
    RepairFailed when the folder cannot be opened.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise RepairFailed(
            f"{folder}: the plans cannot be looked at: {reason(error)}.",
            next_step="Set that right, then plan again; nothing was changed.",
        ) from error
    try:
        _take(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, folder: Path) -> None:
    try:
        take(descriptor, seconds=_PATIENCE)
    except BlockingIOError as error:
        raise RepairRefused(
            f"Another process has been storing a plan in {folder} for {_PATIENCE:g} s.",
            next_step=f"Find it with `lsof {quote(str(folder))}`; when it is stopped, let it go on or end it. Then plan again.",
        ) from error


def stored(folder: Path, content: bytes) -> Path:
    """Writes a plan's canonical bytes, synced, for its owner alone. Raises RepairFailed when that cannot be done, and
    RepairRefused for a plan that nobody could read afterwards, so that its run would get one more each time it asks."""
    if len(content) > LARGEST_PLAN:
        raise RepairRefused(
            f"The plan would have {len(content)} bytes, and none with more than {LARGEST_PLAN} is read: the runner's row is "
            "larger than any that Forgejo's runner registers.",
            next_step="Give the runner a shorter name, or register it anew, then plan again.",
        )
    file = plan_file(folder, digest_of(content))
    try:
        write_private(file, content)
    except OSError as error:
        raise RepairFailed(
            f"The plan could not be written to {folder}: {error.strerror}.",
            next_step="Make room or set the rights right, then plan again; nothing was changed.",
        ) from error
    return file


def read_stored(folder: Path, digest: str, *, operator: int) -> bytes:
    """The bytes of the stored plan, whose digest is held against its name. Raises SettingsInvalid when it is not there,
    when others could have written it, or when it is not what its name says."""
    file = plan_file(folder, digest)
    if not os.path.lexists(file):
        raise SettingsInvalid(f"There is no plan {digest} in {folder}.", next_step="Make one: runner-scope-doctor plan")
    content = trusted_bytes(file, operator=operator, most_bytes=LARGEST_PLAN)
    if digest_of(content) != digest:
        raise SettingsInvalid(
            f"{file}: its content has another digest than its name, so something has changed it.",
            next_step="Make a new plan: runner-scope-doctor plan",
        )
    return content


def stored_plans(folder: Path, *, operator: int) -> Iterator[tuple[str, Plan]]:
    """Every stored plan that can be read, with its digest. One that cannot is passed over: it can no longer be approved."""
    for digest, plan in plan_files(folder, operator=operator):
        if isinstance(plan, Plan):
            yield digest, plan


def plan_files(folder: Path, *, operator: int) -> Iterator[tuple[str, Plan | SettingsInvalid]]:
    """The digest in the name of each plan's file, with the plan or why the file cannot be believed."""
    for name in sorted(os.listdir(folder)):
        digest = name.removesuffix(".json")
        if name != f"{digest}.json" or not is_digest(digest):
            continue
        try:
            yield digest, plan_from_bytes(read_stored(folder, digest, operator=operator), file=name)
        except SettingsInvalid as error:
            yield digest, error


def plan_of_run(folder: Path, run: AskingRun, *, operator: int) -> tuple[str, Plan] | None:
    """The stored plan that run asked for, with its digest, used or expired ones included; None when there is none."""
    plans = stored_plans(folder, operator=operator)
    return next(((digest, plan) for digest, plan in plans if plan.maker.run == run), None)

"""Which steps make an installation, and carrying them out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from host.accounts import ROOT, Owner, user_id
from host.arguments import Consent, Starter, Wish
from host.installed_copy import require_reachable_python
from host.places import HOST_YML, LIBRARY, PRIVATE_FOLDERS, RECORD, SETTINGS, STATE, UNIT_FILES, UNITS, below
from host.problems import ExitCode, Failed, Refused
from host.record import Record, read_record, record_text
from host.saying import agreed, say
from host.steps import (
    Existing,
    InstallCode,
    MakeAccount,
    MakeFolder,
    StartUnits,
    Step,
    WriteFile,
    described,
    do,
    is_done,
    systemd_runs,
)
from host.surroundings import Network, Surroundings, surroundings
from host.templates import cron_lines, skeleton, unit_text
from runner_scope_doctor.host.trust import trusted_folder
from runner_scope_doctor.journal.lock import Alive, is_held
from runner_scope_doctor.model.errors import SettingsInvalid

_MACHINE = Path("/")


def install(wish: Wish) -> ExitCode:
    """Shows what is missing, asks, and does it. Raises Refused, and Failed when it went wrong half-way."""
    require_reachable_python()
    record = read_record(wish.root)
    found = surroundings(wish, record)
    _require_trusted_places(wish.root)
    steps = _steps(found, record, wish)
    missing = [step for step in steps if not is_done(step, wish.root) or _waits(step, found.wanted_account)]
    if any(not isinstance(step, StartUnits) for step in missing):
        # What runs was started by what is changed now.
        missing = [step for step in steps if step in missing or isinstance(step, StartUnits)]
    _show(found, missing)
    if not missing:
        say("NOTHING TO DO: everything is there already. Next: scripts/install-host --check")
        return ExitCode.DONE
    require_no_repair(wish.root)
    if wish.consent is Consent.ASKED_FOR and not agreed():
        raise Refused("It was not agreed to.", next_step="Run this again and answer y, or give --yes.")
    for step in missing:
        say(described(step))
        do(step, wish.root)
    _say_what_is_next(found)
    return ExitCode.DONE


def require_no_repair(root: Path) -> None:
    """Raises Refused while a repair is in progress: it must not go on with half of another program."""
    if is_held(below(root, STATE) / "repair.lock") is Alive.YES:
        raise Refused("A repair is in progress.", next_step="Wait until it has ended, then run this again.")


def _steps(found: Surroundings, record: Record | None, wish: Wish) -> tuple[Step, ...]:
    service = Owner(user=found.service_user, group=found.service_group)
    steps: list[Step] = []
    if found.wanted_account is not None:
        steps.append(MakeAccount(name=found.wanted_account))
    text = skeleton(found)
    edited = _edited(below(wish.root, HOST_YML), record)
    kept = record.skeleton if record is not None and edited else sha256(text.encode()).hexdigest()
    steps += [
        MakeFolder(path=SETTINGS, owner=ROOT, mode=0o755),
        WriteFile(path=RECORD, text=_record(found, record, kept), owner=ROOT, mode=0o644, existing=Existing.REPLACED),
        InstallCode(wheelhouse=wish.wheelhouse),
        WriteFile(
            path=HOST_YML,
            text=text,
            owner=Owner(user="root", group=found.service_group),
            mode=0o640,
            existing=Existing.KEPT if edited else Existing.REPLACED,
        ),
        MakeFolder(path=STATE, owner=service, mode=0o711),
        *(MakeFolder(path=STATE / name, owner=service, mode=0o700) for name in PRIVATE_FOLDERS),
    ]
    if found.starter is Starter.SYSTEMD:
        steps += [
            WriteFile(
                path=UNITS / name, text=unit_text(name, found), owner=ROOT, mode=0o644, existing=Existing.REPLACED
            )
            for name in UNIT_FILES
        ]
        if wish.root == _MACHINE and systemd_runs():
            steps.append(StartUnits())
    return tuple(steps)


def _waits(step: Step, account: str | None) -> bool:
    """Whether the step has to do with the user that is only made now."""
    return isinstance(step, MakeFolder | WriteFile) and account in (step.owner.user, step.owner.group)


def _edited(file: Path, record: Record | None) -> bool:
    """Whether there is a configuration that is not the skeleton as it was written."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return False
    return record is None or sha256(content).hexdigest() != record.skeleton


def _record(found: Surroundings, record: Record | None, skeleton_hash: str) -> str:
    made = found.wanted_account or (None if record is None else record.made_account)
    return record_text(
        Record(
            runner_user=found.runner_user,
            service_user=found.service_user,
            source=found.source,
            instance=found.instance,
            starter=found.starter,
            made_account=made,
            skeleton=skeleton_hash,
        )
    )


def _require_trusted_places(root: Path) -> None:
    """What is written into a folder that others can change is theirs to change."""
    for path in (LIBRARY, SETTINGS, STATE, UNITS):
        place = below(root, path).parent
        while not place.exists():
            place = place.parent
        try:
            with trusted_folder(place, operator=0):
                pass
        except SettingsInvalid as error:
            raise Refused(error.problem, next_step=error.next_step) from error


def _show(found: Surroundings, missing: Sequence[Step]) -> None:
    where = "" if found.root == _MACHINE else f", below {found.root}"
    network = "with" if found.network is Network.OPEN else "without"
    say(f"for the jobs of {found.runner_user}, whose group {found.runner_group} gets the socket{where}")
    say(f"the service runs as {found.service_user}:{found.service_group}, {network} network")
    if found.wanted_account is None and user_id(found.root, found.service_user) is None:
        say(f"{found.service_user} is no user there yet: root has its files until this is run on the machine")
    for step in missing:
        say(f"  {described(step)}")


def _say_what_is_next(found: Surroundings) -> None:
    if found.starter is Starter.CRON:
        say("for a file in /etc/cron.d, so that approved runs are found and the scopes are checked every hour:")
        for line in cron_lines(found):
            say(f"  {line}")
    elif found.root == _MACHINE and not systemd_runs():
        say("systemd does not run here, so nothing was started")
    say(f"DONE. Next: write who may approve into {HOST_YML}, then scripts/install-host --check")


def failed_or_refused(error: Refused) -> ExitCode:
    """The exit code for it."""
    return ExitCode.FAILED if isinstance(error, Failed) else ExitCode.REFUSED


def complain(error: Refused) -> ExitCode:
    """Says what went wrong, on standard error, and what to do."""
    code = failed_or_refused(error)
    say(f"{code.name}: {error.problem} Next: {error.next_step}", sys.stderr)
    return code

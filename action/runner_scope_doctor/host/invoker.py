"""Who runs this, by what the kernel says.

A process that no login began (a service, a timer) may still call itself anybody there, once. That forges nothing: whoever runs
this with effect is root or owns the state directory, and could write into the plans themselves.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from runner_scope_doctor.model.errors import RepairRefused
from runner_scope_doctor.model.host import HostConfiguration, Person, SelfReview, person_of_login
from runner_scope_doctor.model.plan import Maker
from runner_scope_doctor.model.wording import named

_LOGIN_UID = Path("/proc/self/loginuid")
_NO_LOGIN = 2**32 - 1
"""What Linux has there for a process that no login began: a service, a timer, a container."""


class Attendance(Enum):
    """Whether a person asks, or a timer or schedule does."""

    PERSON = "person"
    UNATTENDED = "unattended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoker:
    """The account that runs this. `login` is its name, or `uid 1234` for one without. `session` tells whether a login began
    the process, which survives sudo and su."""

    login: str
    session: bool


def invoker(environment: Mapping[str, str], *, login_uid: Path = _LOGIN_UID) -> Invoker:
    """The account that logged in, where Linux remembers one; else the one this runs as.

    Only root may be stood for by SUDO_UID, which sudo sets: root could write anything here without it.
    """
    number = _login_uid(login_uid)
    if number is not None:
        return Invoker(login=login_of(number), session=True)
    own = os.getuid()
    sudo = environment.get("SUDO_UID", "")
    if own == 0 and sudo.isascii() and sudo.isdigit() and len(sudo) < len(str(_NO_LOGIN)) + 1:
        return Invoker(login=login_of(int(sudo)), session=True)
    return Invoker(login=login_of(own), session=False)


def login_of(uid: int) -> str:
    """The name of the account, `uid 1234` when it has none."""
    from pwd import getpwuid  # a directory service may answer slowly

    try:
        return getpwuid(uid).pw_name
    except (KeyError, OverflowError):
        return f"uid {uid}"


def maker_of(configuration: HostConfiguration, self_review: SelfReview, who: Invoker, attendance: Attendance) -> Maker:
    """Who counts as the maker of a plan. Raises RepairRefused for somebody who cannot be told from an approver."""
    if attendance is Attendance.UNATTENDED:
        if who.session:
            raise RepairRefused(
                f"{named(who.login)} is logged in, and --unattended is for timers and schedules.",
                next_step="Leave it out, so that the plan names who made it.",
            )
        return Maker(forgejo_id=None, login=who.login)
    person = person_of_login(configuration, who.login)
    if person is None and self_review is SelfReview.PREVENTED:
        raise RepairRefused(
            f"{configuration.file} maps the login {named(who.login)} to nobody, and who makes a plan must be known while "
            "self-review is prevented.",
            next_step="Run this from your own login (through sudo where needed), and have it named under people in that file.",
        )
    return Maker(forgejo_id=_id(person), login=who.login)


def _id(person: Person | None) -> int | None:
    return None if person is None else person.forgejo_id


def _login_uid(file: Path) -> int | None:
    try:
        number = int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return None if number == _NO_LOGIN else number

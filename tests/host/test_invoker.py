"""Who counts as the maker of a plan is what the kernel says, and nobody passes for somebody else."""

from __future__ import annotations

import os
import pwd
from dataclasses import replace
from pathlib import Path

import pytest

from runner_scope_doctor.host.invoker import Attendance, Invoker, invoker, login_of, maker_of
from runner_scope_doctor.model.errors import RepairRefused
from runner_scope_doctor.model.host import SelfReview
from runner_scope_doctor.model.plan import Maker
from support.host_files import GIVES_AWAY, SOMEBODY
from support.host_texts import PEOPLE, SMALLEST, parsed

OWN = pwd.getpwuid(os.getuid()).pw_name
CONFIGURATION = parsed(SMALLEST + PEOPLE)
"""Login `opslead` is Forgejo user 7."""


def login_uid(folder: Path, text: str) -> Path:
    """A file as the kernel's own."""
    file = folder / "loginuid"
    file.write_text(text)
    return file


def test_the_account_that_logged_in_counts(tmp_path: Path) -> None:
    """What Linux remembers of the login survives sudo and su, and no variable stands against it."""
    found = invoker({"SUDO_UID": "65534", "LOGNAME": "root"}, login_uid=login_uid(tmp_path, str(os.getuid())))
    assert found == Invoker(login=OWN, session=True)


@pytest.mark.parametrize("text", [str(2**32 - 1), "", "x"])
def test_without_a_login_the_process_is_who_it_runs_as(tmp_path: Path, text: str) -> None:
    """A service, a timer, a container: nobody logged in, and the account it runs as is told."""
    found = invoker({}, login_uid=login_uid(tmp_path, text))
    assert found == Invoker(login=OWN, session=False)
    assert invoker({}, login_uid=tmp_path / "missing") == found


@GIVES_AWAY
@pytest.mark.parametrize(
    ("value", "login", "session"),
    [
        (str(SOMEBODY), "nobody", True),
        ("", "root", False),
        ("-1", "root", False),
        ("6٣", "root", False),
        ("9" * 30, "root", False),
    ],
)
def test_root_through_sudo_stands_for_who_asked(tmp_path: Path, value: str, login: str, session: bool) -> None:
    """sudo names the caller where the kernel does not; what is no user id is passed over."""
    found = invoker({"SUDO_UID": value}, login_uid=tmp_path / "missing")
    assert found == Invoker(login=login, session=session)


def test_an_account_without_a_name_has_its_number() -> None:
    """It is mapped to nobody, as no login can be written so."""
    assert login_of(4_000_000_001) == "uid 4000000001"


def test_a_mapped_login_is_a_person() -> None:
    """The plan names the person's Forgejo id, which decides, and the login, for reading."""
    who = Invoker(login="opslead", session=True)
    assert maker_of(CONFIGURATION, SelfReview.PREVENTED, who, Attendance.PERSON) == Maker(forgejo_id=7, login="opslead")


def test_an_unmapped_login_makes_no_plan_while_self_review_is_prevented() -> None:
    """Nobody could tell whether it is the approver's own plan; where everybody may approve their own it does not matter."""
    who = Invoker(login="deploy", session=False)
    with pytest.raises(RepairRefused, match="maps the login deploy to nobody") as refused:
        maker_of(CONFIGURATION, SelfReview.PREVENTED, who, Attendance.PERSON)
    assert "people" in refused.value.next_step
    assert maker_of(CONFIGURATION, SelfReview.ALLOWED, who, Attendance.PERSON) == Maker(forgejo_id=None, login="deploy")


def test_only_what_nobody_started_by_hand_is_unattended() -> None:
    """A timer's plan says "no person"; whoever is logged in cannot hide behind that."""
    timer = Invoker(login="runner-scope-doctor", session=False)
    assert maker_of(CONFIGURATION, SelfReview.PREVENTED, timer, Attendance.UNATTENDED).forgejo_id is None
    with pytest.raises(RepairRefused, match="opslead is logged in"):
        maker_of(
            CONFIGURATION, SelfReview.PREVENTED, replace(timer, login="opslead", session=True), Attendance.UNATTENDED
        )

"""docs/notifications.md shows the issue that the program writes, and its numbers and lines are the program's."""

from __future__ import annotations

import json
import re
from pathlib import Path

from runner_scope_doctor.forgejo.answers import status_failure
from runner_scope_doctor.forgejo.client import Answer
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.notify.decision import MOST_ISSUES, STALE, Open, decided
from runner_scope_doctor.notify.ping import _PAUSES, _Answered, _problem, ping_address
from support.command import ACTION, ROOT
from support.issue_checks import INSTANCE, check_of
from support.outcomes import SICK

PAGE = (ROOT / "docs" / "notifications.md").read_text(encoding="utf-8")


def issue() -> Open:
    """The issue about the user's sick runner."""
    (step,) = decided(check_of(SICK), ()).steps
    assert isinstance(step, Open)
    return step


def test_the_issue_shown_is_the_one_written() -> None:
    """Title and text, to the letter. To renew them: copy from the failure's left side."""
    assert issue().body.strip() == PAGE.split("````markdown\n")[1].split("\n````")[0]
    assert f"under the title `{issue().title}`" in " ".join(PAGE.split())


def test_the_numbers_are_the_programs() -> None:
    """How many issues there are at most, when a text is old, and how often a ping is tried."""
    assert f"| more than {MOST_ISSUES} problems at once | {MOST_ISSUES} have issues" in PAGE
    assert STALE == 30 * 60
    assert "when it is half an hour old" in PAGE
    assert len(_PAUSES) + 1 == 3
    assert "three times in all" in PAGE


def lines(heading: str) -> list[str]:
    return re.findall(rf"^{heading}: .*$", PAGE, re.MULTILINE)


def test_the_failures_shown_are_the_ones_told() -> None:
    """Both sample lines are what the program says to these answers."""
    address = ping_address("https://hc-ping.com/x", source="", ca_file=None, seconds=1)
    refused = _problem(address, _Answered(status=404))
    assert isinstance(refused, SourceUnavailable)
    assert lines("NOT PINGED") == [f"NOT PINGED: {refused.problem} Next: {refused.next_step}"]
    body = b'{"message": "token does not have at least one of required scope(s): [write:issue]"}'
    where = f"{INSTANCE}api/v1/repos/ops/forgejo/issues"
    answer = Answer(
        where=where, status=403, content_type="", body=body, location=None, total_count=None, retry_after=None
    )
    error = status_failure(answer, scope="write:issue")
    assert lines("NOT REPORTED") == [f"NOT REPORTED: {error.problem} Next: {error.next_step}"]


def test_the_line_for_cron_is_the_installers() -> None:
    """But for the service's account, whose name the page takes from a database server."""
    source = (ROOT / "scripts" / "host" / "templates.py").read_text(encoding="utf-8")
    (line,) = re.findall(r'^ +f"(.* host check)",$', source, re.MULTILINE)
    command = "/usr/local/lib/runner-scope-doctor/bin/runner-scope-doctor"
    shown = line.replace("{found.service_user}", "runner-scope-doctor").replace("{COMMAND}", command)
    assert f"```text\n{shown}\n```" in PAGE


def test_the_place_of_own_settings_is_that_of_the_unit() -> None:
    """The drop-in of the page belongs to the unit that the installer makes, and to a key that this unit uses itself."""
    unit = (ROOT / "scripts" / "host" / "units" / "hardening.conf").read_text(encoding="utf-8")
    place, section, setting, *_ = PAGE.split("```ini\n")[1].splitlines()
    assert (ROOT / "scripts" / "host" / "units" / Path(place.split("/")[-2]).stem).is_file()
    assert section == "[Service]"
    assert setting.split("=")[0] + "=" in unit


def test_the_keys_are_those_of_the_configuration() -> None:
    """Each is a key that host.yml may have, by its schema."""
    keys = re.findall(r"^\| \[`([a-z]+)`\]\(host\.md", PAGE, re.MULTILINE)
    schema = json.loads((ACTION / "runner_scope_doctor" / "host" / "host.schema.json").read_text(encoding="utf-8"))
    assert len(keys) == 3
    assert set(keys) <= set(schema["properties"])

"""docs/example is what the product makes, so that whoever copies it starts from something true."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from support.command import ROOT, doctor

EXAMPLE = ROOT / "docs" / "example"


def without_times(text: str) -> dict[str, Any]:  # a test reads a document of any form
    """The snapshot with what differs from look to look taken out: when, and which file."""
    look: dict[str, Any] = json.loads(text)  # see above
    for row in look["runners"]:
        row["last_online"] = None
    return look | {"taken_at": 0, "overdue_before": 0, "tool_version": "", "server": look["server"] | {"address": ""}}


def test_the_snapshot_is_one_that_this_release_saves(tmp_path: Path) -> None:
    """A look at the demo's server after its repair gives the committed file. To renew it, commit the fresh one, with the
    address it has now."""
    fresh = tmp_path / "fresh.json"
    with closing(sqlite3.connect(tmp_path / "forgejo.db")) as connection:
        connection.executescript((ROOT / "scripts" / "demo.sql").read_text(encoding="utf-8"))
        connection.execute("UPDATE action_runner SET owner_id = 0")
        connection.execute("UPDATE action_run_job SET status = 6, task_id = id")
        connection.commit()
    look = ("check", "--database", f"sqlite:///{tmp_path}/forgejo.db", "--instance", "https://git.example.org/")
    ended = doctor(*look, "--contract", EXAMPLE / "runner-scope.yml", "--save-snapshot", fresh)
    assert ended.code == 0, ended.out
    committed = (EXAMPLE / "snapshot.json").read_text(encoding="utf-8")
    assert without_times(fresh.read_text(encoding="utf-8")) == without_times(committed)
    assert committed.splitlines()[0] == "{"


def test_the_snapshot_names_no_place_of_the_machine_it_was_made_on() -> None:
    """The address is that of a usual installation."""
    server = json.loads((EXAMPLE / "snapshot.json").read_text(encoding="utf-8"))["server"]
    assert server["address"] == "SQLite /var/lib/forgejo/data/forgejo.db"


def test_the_contract_gives_no_rise_to_advice() -> None:
    """What people copy is as good as the linter can wish."""
    ended = doctor("contract", "lint", EXAMPLE / "runner-scope.yml")
    assert (ended.code, len(ended.out.splitlines())) == (0, 1)

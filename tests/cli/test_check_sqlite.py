"""`check` on SQLite files, from outside: verdict, exit code, last line, and nothing changed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support.command import ACTION, ROOT, doctor

SYSTEM_PYTHON = "/usr/bin/python3"
"""Other users may run it; an interpreter below root's home they may not."""
OWNER, STRANGER = 1234, 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The demo's database: the user's case on Forgejo 15."""
    path = tmp_path / "forgejo.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((ROOT / "scripts" / "demo.sql").read_text(encoding="utf-8"))
    return path


def change(database: Path, *statements: str) -> None:
    with closing(sqlite3.connect(database)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_the_users_case_ends_with_10_and_their_own_lines(database: Path) -> None:
    """A combined live row makes the check unhealthy, shown as the original script showed it."""
    ended = doctor("check", "--database", f"sqlite:///{database}")
    assert ended.code == 10
    assert ended.err == ""
    assert (
        "id=4 rs2000-deploy-host owner_id=0 repo_id=35 deleted=1778752131\n"
        "id=5 rs2000-deploy-host owner_id=1 repo_id=35 deleted=NULL\n"
        "REPAIRABLE active deploy runner rs2000-deploy-host has owner_id=1; expected 0\n"
    ) in ended.out
    assert ended.last_line.startswith(
        "UNHEALTHY: RSD001 active deploy runner rs2000-deploy-host has owner_id=1; expected 0. "
        "Next: `runner-scope-doctor plan --runner 5`"
    )


def test_the_repaired_case_ends_with_0(database: Path) -> None:
    """After the one column is right the same check is healthy."""
    change(database, "UPDATE action_runner SET owner_id = 0 WHERE id = 5")
    ended = doctor("check", "--database", f"sqlite:///{database}")
    assert (ended.code, ended.last_line) == (0, "HEALTHY: no scope of 2 live runners is wrong. Nothing to do.")


def test_null_counts_as_zero_and_zero_as_live(database: Path) -> None:
    """NULL ids are 0 to Forgejo, and deleted 0 is live (xorm's soft delete)."""
    change(database, "UPDATE action_runner SET owner_id = NULL, deleted = 0 WHERE id = 5")
    assert doctor("check", "--database", f"sqlite:///{database}").code == 0
    change(database, "UPDATE action_runner SET owner_id = 1 WHERE id = 5")
    assert doctor("check", "--database", f"sqlite:///{database}").code == 10


def test_several_reports_at_once(database: Path, tmp_path: Path) -> None:
    """Text on standard output and JSON in a file come from one look."""
    report = tmp_path / "report.json"
    ended = doctor("check", "--database", f"sqlite:///{database}", "--format", f"text,json={report}")
    assert ended.out.startswith("Forgejo 15.0.3")
    parsed = json.loads(report.read_text(encoding="utf-8"))
    assert (parsed["verdict"], parsed["findings"][0]["runner"]["id"]) == ("unhealthy", 5)


def test_looking_changes_nothing(database: Path) -> None:
    """After a check the folder holds the same files with the same bytes and times."""

    def state() -> dict[str, tuple[str, int]]:
        return {
            path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
            for path in database.parent.iterdir()
        }

    before = state()
    doctor("check", "--database", f"sqlite:///{database}")
    assert state() == before


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        (("DELETE FROM action_runner",), "holds no live row"),
        (("UPDATE action_runner SET deleted = 1",), "holds no live row"),
        (("DROP TABLE action_runner",), "no such table: action_runner"),
        (("DROP TABLE forgejo_sem_ver",), "none of Forgejo's version tables"),
        (("UPDATE forgejo_sem_ver SET version = '17.0.0+gitea-1.22.0'",), "outside what this tool knows, 7 to 16"),
        (("UPDATE forgejo_sem_ver SET version = '1.21.11-1'",), "version"),
        (
            ("UPDATE action_runner SET owner_id = 0", "ALTER TABLE action_runner DROP COLUMN ephemeral"),
            "no such column",
        ),
        (
            (
                "DROP TABLE forgejo_sem_ver",
                "CREATE TABLE version (id INTEGER, version INTEGER)",
                "INSERT INTO version VALUES (1, 321)",
                "UPDATE action_runner SET owner_id = 0",
            ),
            "This database is Gitea's",
        ),
    ],
)
def test_what_could_not_be_seen_is_never_healthy(database: Path, statements: tuple[str, ...], reason: str) -> None:
    """No runner, no table, another product or an unknown version ends with 4 and says which."""
    change(database, "UPDATE action_runner SET owner_id = 0", *statements)
    ended = doctor("check", "--database", f"sqlite:///{database}")
    assert ended.code == 4
    assert ended.last_line.startswith("INCONCLUSIVE: ")
    assert reason in ended.last_line


def test_a_sick_row_is_told_even_where_the_version_is_unknown(database: Path) -> None:
    """10 wins over 4, and the report has both."""
    change(database, "DROP TABLE forgejo_sem_ver")
    ended = doctor("check", "--database", f"sqlite:///{database}")
    assert ended.code == 10
    assert "not seen: the server's version" in ended.out
    assert "NOT REPAIRABLE" in ended.out


def test_files_that_are_no_database(tmp_path: Path) -> None:
    """A missing file, a folder, an empty file and a file of another kind each end with 4 and their own sentence."""
    (tmp_path / "empty.db").touch()
    (tmp_path / "text.db").write_text("this is text, and long enough to hold a header")
    for name, reason in (
        ("missing.db", "There is no SQLite database"),
        ("", "is a folder"),
        ("empty.db", "is empty"),
        ("text.db", "is not a SQLite database"),
    ):
        ended = doctor("check", "--database", f"sqlite:///{tmp_path / name}")
        assert ended.code == 4
        assert reason in ended.last_line


def test_a_damaged_database_is_a_sentence(database: Path) -> None:
    """A file that is SQLite's by its header only is inconclusive."""
    size = database.stat().st_size
    with database.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * (size - 100))
    ended = doctor("check", "--database", f"sqlite:///{database}")
    assert ended.code == 4
    assert "malformed" in ended.last_line or "not a database" in ended.last_line


def test_a_locked_database_is_waited_for_and_then_told(database: Path) -> None:
    """A lock held longer than --timeout ends with 4; the wait is about as long as was allowed."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        ended = doctor("check", "--database", f"sqlite:///{database}", "--timeout", "0.3")
    assert ended.code == 4
    assert "stayed locked" in ended.last_line


def test_names_that_are_no_text_stop_nothing(database: Path) -> None:
    """SQLite stores any bytes anywhere; the check shows them escaped and still finds the row."""
    change(
        database,
        "UPDATE action_runner SET name = CAST(x'ff3a3a6572726f723a3a0a1b5b33316d' AS TEXT), agent_labels = x'00ff' "
        "WHERE id = 5",
    )
    ended = doctor("check", "--database", f"sqlite:///{database}")
    assert ended.code == 10
    assert "::" not in ended.out
    assert "\x1b" not in ended.out


def test_a_wal_database_in_use_shows_what_is_only_in_the_log(database: Path) -> None:
    """With a server writing in WAL mode, a change that has not reached the main file yet is seen."""
    with closing(sqlite3.connect(database, isolation_level=None)) as server:
        server.execute("PRAGMA journal_mode = WAL")
        server.execute("PRAGMA wal_autocheckpoint = 0")
        server.execute("UPDATE action_runner SET owner_id = 0 WHERE id = 5")
        assert doctor("check", "--database", f"sqlite:///{database}").code == 0


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder every user may enter; pytest's own folders are root's alone."""
    with tempfile.TemporaryDirectory(prefix="rsd-public-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copytree(ACTION / "runner_scope_doctor", folder / "code" / "runner_scope_doctor")
        yield folder


def as_user(number: int, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the system's Python as another user, with the product's code."""
    return subprocess.run(
        ["setpriv", f"--reuid={number}", f"--regid={number}", "--clear-groups", SYSTEM_PYTHON, "-B", *arguments],
        env={"PYTHONPATH": str(folder / "code"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@as_root
@pytest.mark.parametrize("folder_mode", [0o755, 0o777])
def test_a_stranger_does_not_open_a_stopped_wal_database(database: Path, public_folder: Path, folder_mode: int) -> None:
    """Another user's check of a stopped WAL database is inconclusive, leaves no file, and the owner can write on."""
    change(database, "PRAGMA journal_mode = WAL")
    stopped = public_folder / "forgejo.db"
    shutil.copy(database, stopped)
    for path in (public_folder, stopped):
        os.chown(path, OWNER, OWNER)
    public_folder.chmod(folder_mode)
    stopped.chmod(0o644)
    ended = as_user(STRANGER, public_folder, "-m", "runner_scope_doctor", "check", "--database", f"sqlite:///{stopped}")
    assert ended.returncode == 4, ended.stderr
    assert f"sudo -u '#{OWNER}'" in ended.stdout.splitlines()[-1]
    assert sorted(path.name for path in public_folder.iterdir()) == ["code", "forgejo.db"]
    write = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); "
        "c.execute('UPDATE action_runner SET last_online = 1'); c.commit()"
    )
    written = as_user(OWNER, public_folder, "-c", write, str(stopped))
    assert written.returncode == 0, written.stderr


@as_root
def test_a_file_that_may_not_be_read_is_a_sentence(database: Path, public_folder: Path) -> None:
    """Without the right to read, the check names the user it ran as."""
    private = public_folder / "forgejo.db"
    shutil.copy(database, private)
    private.chmod(0o600)
    ended = as_user(STRANGER, public_folder, "-m", "runner_scope_doctor", "check", "--database", f"sqlite:///{private}")
    assert ended.returncode == 4, ended.stderr
    assert f"may not be read by user id {STRANGER}" in ended.stdout.splitlines()[-1]

"""`why` as a user runs it: every engine with the least rights, what it ends with, and what it says when it cannot look."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import DatabaseAddress, SqliteAddress
from runner_scope_doctor.model.server import Engine
from support.access_case import SERVERS, Server
from support.access_page import Kind, login_with, page_grants, without
from support.command import Ended, doctor
from support.connection import FreshDatabase
from support.database_url import url_of
from support.empty_server import EmptyServer
from support.waiting_world import Corner, corner
from support.world import World

WITH_WHY = (Kind.REQUIRED, Kind.OPTIONAL, Kind.WAITING)
SERVER = pytest.mark.parametrize("engine", list(SERVERS), ids=[engine.value for engine in SERVERS])


def why(database: str, *words: str, **variables: str) -> Ended:
    return doctor("why", *words, environment={"RSD_DATABASE_URL": database, **variables})


def url(address: DatabaseAddress) -> str:
    return f"sqlite:///{address.path}" if isinstance(address, SqliteAddress) else url_of(address)


def on_sqlite(database: FreshDatabase, major: int = 15) -> tuple[Corner, str]:
    """A corner of an empty server, and the URL of its database."""
    return corner(World.create(database.connection, Engine.SQLITE, major), "x"), url(database.address)


def test_an_explained_job_ends_with_0(any_engine_world: EmptyServer, over_tcp: DatabaseAddress) -> None:
    """Whatever the engine: the job, each runner beside it on a line of its own, the next step last."""
    at = corner(any_engine_world.create(16), "x")
    busy, other = at.runner(name="busy"), at.runner("gpu", name="other")
    running = at.job()
    at.world.task(running, busy)
    job = at.job()
    ended = why(url(over_tcp), "--job", str(job))
    assert (ended.code, ended.err) == (0, "")
    assert f"\n  runner {busy} busy (repository): busy, runs job {running}\n" in ended.out
    assert f'\n  runner {other} other (repository): label-missing, lacks "x"; has "gpu"\n' in ended.out
    assert ended.last_line.startswith(
        f"EXPLAINED: job {job}: runner-busy. busy would fit, and runs job {running}. Next: "
    )


def test_a_finding_ends_with_10(sqlite_database: FreshDatabase) -> None:
    """A combined scope is told by its code, by repository and run as well as among all that waits."""
    at, database = on_sqlite(sqlite_database)
    at.runner(owner_id=at.owner, repo_id=at.repository)
    at.job()
    for ended in (why(database, "o-x/p-x", "1"), why(database)):
        assert ended.code == 10
        assert ended.last_line.startswith("UNHEALTHY: RSD001 job 1: combined-scope. r-x would fit, ")


def test_nothing_that_waits_ends_with_0(sqlite_database: FreshDatabase) -> None:
    """Jobs that wait for less than a minute are not asked about."""
    at, database = on_sqlite(sqlite_database)
    at.job(waited=5)
    ended = why(database)
    assert (ended.code, ended.last_line) == (0, "EXPLAINED: no job has waited for more than a minute. Nothing to do.")


def test_json_goes_to_a_file_beside_the_text(sqlite_database: FreshDatabase, tmp_path: Path) -> None:
    """Both formats at once tell the same job; the job can be named by a variable as well."""
    at, database = on_sqlite(sqlite_database)
    job, file = at.job(), tmp_path / "why.json"
    ended = why(database, "--format", f"text,json={file}", RSD_JOB=str(job))
    document = json.loads(file.read_text(encoding="utf-8"))
    assert (ended.code, document["jobs"][0]["id"], document["jobs"][0]["reason"]) == (0, job, "no-runner-in-scope")
    assert "no-runner-in-scope" in ended.last_line


@SERVER
def test_the_rights_of_the_page_are_enough_and_each_is_needed(
    engine: Engine, request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase]
) -> None:
    """With the page's grants everything is told; without one column it is said what was not seen, and never guessed."""
    server: Server = request.getfixturevalue(SERVERS[engine])
    database = fresh_database(engine)
    at = corner(World.create(database.connection, engine, 16), "x")
    at.runner(owner_id=at.owner)
    job, empty = at.job(), at.job()
    at.world.execute(f"UPDATE action_run_job SET runs_on = '[]' WHERE id = {empty}")
    grants = page_grants(engine, 16, WITH_WHY)
    for kind, table, column, says in (
        (0, "", "", "EXPLAINED: job {}: fitting-runner-idle"),
        (4, "action_task", "status", "INCONCLUSIVE: job {}: busy-not-seen. "),
        (4, "repo_unit", "type", "INCONCLUSIVE: job {}: actions-not-seen. "),
        (4, "action_run", "workflow_id", "INCONCLUSIVE: "),
        (4, "action_runner", "agent_labels", "INCONCLUSIVE: "),
    ):
        login = login_with(server, database, without(grants, table, column))
        ended = why(url_of(login), "--job", str(job))
        assert ended.code == kind, ended.out + ended.err
        assert ended.last_line.startswith(says.format(job)), ended.last_line
        assert column == "" or table in ended.out + ended.err
    login = login_with(server, database, without(grants, "action_run_job", "workflow_payload"))
    ended = why(url_of(login), "--job", str(empty))
    assert (ended.code, "empty-runs-on" in ended.last_line) == (0, True)
    assert "not seen, optional: whether a job without a runs-on calls another workflow" in ended.out


@pytest.mark.parametrize("problem", ["gitea", "no version", "no jobs", "missing"])
def test_what_could_not_be_looked_at_ends_with_4(sqlite_database: FreshDatabase, tmp_path: Path, problem: str) -> None:
    """Another product, an unknown version, a missing table, no file: one sentence with the next step, never an answer."""
    at, database = on_sqlite(sqlite_database)
    at.job()
    for statement in {
        "gitea": ("DROP TABLE forgejo_sem_ver", "DROP TABLE forgejo_version", "DROP TABLE forgejo_migration"),
        "no version": ("UPDATE forgejo_sem_ver SET version = '99.0.0'",),
        "no jobs": ("DROP TABLE action_run_job",),
        "missing": (),
    }[problem]:
        at.world.execute(statement)
    ended = why(f"sqlite:///{tmp_path}/nothing.db" if problem == "missing" else database)
    assert (ended.code, ended.out) == (4, "")
    assert ended.err.startswith("INCONCLUSIVE: ")
    assert " Next: " in ended.err


def test_a_version_can_be_vouched_for(sqlite_database: FreshDatabase) -> None:
    """A database that does not say its version is judged by the version that a person names."""
    at, database = on_sqlite(sqlite_database, 11)
    job = at.job()
    at.world.execute("UPDATE forgejo_sem_ver SET version = '99.0.0'")
    ended = why(database, "--job", str(job), "--assume-version", "11")
    assert (ended.code, "no-runner-in-scope" in ended.last_line) == (0, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--job", "0"), "--job is no number above 0."),
        (("--job", "1e3"), "--job is no number above 0."),
        (("--job", "9" * 40), "--job is no number above 0."),
        (("--job", "5", "o/r", "1"), "--job and REPOSITORY name two things."),
        (("o/r",), "The number of the run is missing."),
        (("repository", "5"), "REPOSITORY is no owner and name with a slash between."),
        (("o/r/x", "5"), "REPOSITORY is no owner and name with a slash between."),
        (("--format", "sarif"), "--format names a format that `why` does not have."),
        (("--job", "77"), "There is no job 77."),
        (("o-x/p-x", "9"), "o-x/p-x has no run 9, or that run has no job."),
        (("o-x/none", "9"), "There is no repository o-x/none."),
        (("o-x/n\n::error::y", "9"), 'There is no repository "o-x/n\\x0a\\x3a\\x3aerror\\x3a\\x3ay".'),
    ],
)
def test_a_wrong_question_ends_with_2(sqlite_database: FreshDatabase, words: tuple[str, ...], says: str) -> None:
    """What is wrong, and what to give instead."""
    _, database = on_sqlite(sqlite_database)
    ended = why(database, *words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"REFUSED: {says} Next: ")


def test_no_database_is_a_wrong_question() -> None:
    """Without any source nothing is looked at."""
    ended = doctor("why")
    assert (ended.code, ended.err.startswith("REFUSED: No server was named.")) == (2, True)


def test_an_answer_never_replaces_the_database(sqlite_database: FreshDatabase) -> None:
    """A report over the database that is read is refused before anything is looked at."""
    _, database = on_sqlite(sqlite_database)
    file = database.removeprefix("sqlite:///")
    ended = why(database, "--format", f"json={file}")
    assert ended.code == 2
    assert Path(file).read_bytes().startswith(b"SQLite format 3\x00")


def test_the_check_names_the_reason_beside_each_overdue_job(
    any_engine_world: EmptyServer, over_tcp: DatabaseAddress, tmp_path: Path
) -> None:
    """As text and as JSON, on every engine: the same word that `why` has for it."""
    at = corner(any_engine_world.create(15), "x")
    at.runner(name="declared", last_online=at.world.now - 3600)
    first, second = at.job(waited=1200), at.job(waited=1100)
    contract, report = tmp_path / "runner-scope.yml", tmp_path / "report.json"
    contract.write_text(
        "version: 1\nrunners:\n  - name: declared\n    scope: {repository: o-x/p-x}\n    max_wait: 15m\n",
        encoding="utf-8",
    )
    formats = ("--format", f"text,json={report}")
    ended = doctor("check", "--contract", contract, *formats, environment={"RSD_DATABASE_URL": url(over_tcp)})
    assert ended.code == 10
    findings = json.loads(report.read_text(encoding="utf-8"))["findings"]
    (finding,) = (one for one in findings if one["name"] == "job-overdue")
    assert finding["waiting_jobs"] == [
        {"id": first, "reason": "runner-offline"},
        {"id": second, "reason": "runner-offline"},
    ]
    assert ended.out.count(": runner-offline\n") == 2
    alone = why(url(over_tcp), "--job", str(first))
    assert alone.last_line.startswith(f"EXPLAINED: job {first}: runner-offline. declared would fit, ")

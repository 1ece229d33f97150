"""`why` over the API as a user runs it: what it ends with, what it prints last, and that nothing hostile gets out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from runner_scope_doctor.database.address import SqliteAddress
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.report import waiting_json
from support.command import Ended, doctor
from support.connection import FreshDatabase
from support.forgejo_api import SECRET, refused
from support.loopback import Loopback, Reply, Silence
from support.waiting import OWNER, REPOSITORY
from support.waiting_api import ADMIN_RUNNERS, NAME, ListedServer, job_item, run_item, runner, serving
from support.waiting_world import corner
from support.world import World

SCHEMA = json.loads(Path(waiting_json.__file__).with_name("waiting.schema.json").read_text(encoding="utf-8"))
LABEL_OF_NOBODY = runner(4, labels=("other",))
PLAIN = ListedServer(jobs=(job_item(),), runners=(LABEL_OF_NOBODY,), runs=(run_item(),))
JOB = ("--job", "71")


def why(server: Loopback, *words: str, **variables: str) -> Ended:
    return doctor("why", "--api-url", server.url, *words, environment={"RSD_API_TOKEN": SECRET, **variables})


def ended(listed: ListedServer, *words: str, **variables: str) -> Ended:
    with serving(listed) as server:
        return why(server, *words, **variables)


def document(of: Ended) -> Any:  # the document is what is tested
    found = json.loads(of.out)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    return found


def test_a_reason_that_nothing_hidden_can_change_ends_with_0() -> None:
    """The server is named with its version and as an API, the job without an age, the next step last."""
    with serving(PLAIN) as server:
        found = why(server, *JOB)
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith(f"Forgejo 15.0.3+gitea-1.22.0, API {server.url}/\nlooked at ")
    assert f'\njob 71 deploy of {NAME}: waiting, runs-on "docker"\nno-runner-with-label\n' in found.out
    assert "\nnot seen, optional: since when a job waits, concurrency groups, who is busy, deleted runners" in found.out
    assert found.last_line == (
        'EXPLAINED: job 71: no-runner-with-label. No runner of the instance, the owner or the repository has "docker". '
        'Next: Correct the workflow\'s runs-on, or register a runner with "docker".'
    )


def test_a_finding_ends_with_10() -> None:
    """A combined scope is told by its code, of one job and among all, whatever else is not seen."""
    sick = replace(PLAIN, runners=(runner(owner_id=OWNER, repo_id=REPOSITORY), runner(6, status="offline")))
    for words in (JOB, ()):
        found = ended(sick, *words)
        assert found.code == 10
        assert found.last_line.startswith("UNHEALTHY: RSD001 job 71: combined-scope. builder would fit, ")
    assert "Not seen: blocked jobs." in found.last_line


def test_what_is_hidden_ends_with_4() -> None:
    """A fitting runner that is online is no explanation; what to do next is said all the same."""
    found = ended(replace(PLAIN, runners=(runner(),)), *JOB)
    assert found.code == 4
    assert found.last_line.startswith("INCONCLUSIVE: job 71: holder-not-seen. builder fits, is online and idle. ")
    assert "let the command see the database" in found.last_line


@pytest.mark.parametrize("jobs", [None, (job_item(8, status="running", task_id=1),), (job_item(),)])
def test_all_that_waits_never_ends_with_0(jobs: tuple[dict[str, object], ...] | None) -> None:
    """Blocked jobs are not listed, so that neither an empty list nor explained jobs are the whole answer."""
    found = ended(replace(PLAIN, jobs=jobs))
    assert found.code == 4
    if jobs == (job_item(),):
        assert found.last_line.startswith("INCONCLUSIVE: job 71: no-runner-with-label. ")
        assert " Not seen: blocked jobs. Next: Correct the workflow's runs-on" in found.last_line
    else:
        assert found.last_line == (
            "INCONCLUSIVE: no job is listed as waiting, and blocked jobs could not be seen. Next: Let the command see the "
            "database, with --app-ini or --database."
        )


@pytest.mark.parametrize(
    ("run", "code", "line"),
    [
        (
            run_item(need_approval=True, from_fork=True),
            0,
            "EXPLAINED: run 7: fork-needs-approval. Run 7 comes from a fork, ",
        ),
        (run_item(status="success"), 0, "EXPLAINED: run 7: finished. It has ended: success. Next: Nothing to do."),
        (run_item(), 4, "INCONCLUSIVE: run 7: jobs-not-seen. It is waiting as a whole. Which jobs are its own "),
    ],
)
def test_a_run_is_told_by_its_number(run: dict[str, object], code: int, line: str) -> None:
    """Text and JSON say the same of it: approval and end explain it, and what its jobs are does not show on 15."""
    found = ended(replace(PLAIN, runs=(run,)), NAME, "7")
    assert (found.code, found.last_line.startswith(line)) == (code, True), found.last_line
    assert f"\nrun 7 of deploy.yml of {NAME}: {run['status']}\n" in found.out
    told = document(ended(replace(PLAIN, runs=(run,)), NAME, "7", "--format", "json"))["about_run"]
    assert (told["run"]["number"], told["seen"], told["repository"]["id"]) == (7, code == 0, REPOSITORY)


def test_a_finding_beside_a_run_is_told_first() -> None:
    """A job that may be the run's own has a reason that is certain: it is not hidden behind what is open."""
    found = ended(replace(PLAIN, runners=(runner(owner_id=OWNER, repo_id=REPOSITORY),)), NAME, "7")
    assert (found.code, found.last_line.startswith("UNHEALTHY: RSD001 job 71: ")) == (10, True)


def test_json_names_what_was_not_seen() -> None:
    """It keeps to its schema: no age, no run where none is listed, and the gaps with their source."""
    found = ended(PLAIN, "--format", "json")
    whole = document(found)
    (job,) = whole["jobs"]
    assert (found.code, job["waiting_since"], job["run"], job["repository"]["id"]) == (4, None, None, REPOSITORY)
    assert (whole["server"]["engine"], whole["about_run"]) == (None, None)
    assert [(gap["source"], gap["need"]) for gap in whole["unobserved"]] == [("api", "required"), ("api", "optional")]


@pytest.mark.parametrize(
    "instead",
    [
        Reply(status=401, body=refused("access token does not exist"), headers={"Content-Type": "application/json"}),
        Reply(status=403, body=refused("user should be the site admin"), headers={"Content-Type": "application/json"}),
        Reply(status=404, body=b"404 page not found"),
        Reply(body=b"[{", headers={"Content-Type": "application/json"}),
        Silence(),
    ],
    ids=["401", "403", "404", "json", "silence"],
)
@pytest.mark.parametrize("path", [ADMIN_RUNNERS, f"{ADMIN_RUNNERS}/jobs"], ids=["runners", "jobs"])
def test_what_could_not_be_looked_at_ends_with_4(path: str, instead: Reply | Silence) -> None:
    """One sentence with the next step, and never an answer."""
    slow = ("--timeout", "0.05") if isinstance(instead, Silence) else ()
    found = ended(replace(PLAIN, instead={path: instead}), *JOB, *slow)
    assert (found.code, found.out) == (4, "")
    assert found.err.startswith("INCONCLUSIVE: ")
    assert " Next: " in found.err
    assert SECRET not in found.err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--job", "99"), 4, "INCONCLUSIVE: http://127.0.0.1:"),
        ((NAME, "9"), 4, f"INCONCLUSIVE: The API lists no run 9 of {NAME}: "),
        (
            ("o/n\n::error::y", "9"),
            2,
            'REFUSED: "o/n\\x0a\\x3a\\x3aerror\\x3a\\x3ay" is not a name Forgejo would give.',
        ),
        ((NAME, "7", "--api-list", "organization:x"), 4, "INCONCLUSIVE: "),
        (("--job", "0"), 2, "REFUSED: --job is no number above 0."),
    ],
)
def test_a_question_without_an_answer(words: tuple[str, ...], code: int, says: str) -> None:
    """What is not listed is not seen; what contradicts itself or is no name is wrong."""
    found = ended(PLAIN, *words)
    assert (found.code, found.out) == (code, "")
    assert found.err.startswith(says), found.err


def test_hostile_names_stay_text() -> None:
    """Names of jobs, runners, repositories and labels: no line of any format begins a command or holds a control character."""
    evil = "x\n::error::y\x1b[31m\u202e"
    listed = ListedServer(
        jobs=(job_item(name=evil, runs_on=(evil,)),),
        runners=(runner(5, name=evil, labels=(evil.upper(),)), runner(6, name=evil, labels=(evil,), status="active")),
    )
    for words in ((), ("--format", "json")):
        found = ended(listed, *JOB, *words)
        assert found.code == 4
        assert not any(line.lstrip().startswith("::") for line in found.out.splitlines())
        assert not {"\x1b", "\u202e"} & set(found.out)


def test_with_both_the_database_answers(sqlite_database: FreshDatabase) -> None:
    """The API is not even asked: nothing of it could add to what the database shows."""
    at = corner(World.create(sqlite_database.connection, Engine.SQLITE, 15), "x")
    job = at.job()
    with serving(PLAIN) as server:
        assert isinstance(sqlite_database.address, SqliteAddress)
        found = why(server, "--job", str(job), RSD_DATABASE_URL=f"sqlite:///{sqlite_database.address.path}")
        assert server.received == []
    assert (found.code, "no-runner-in-scope" in found.last_line) == (0, True)
    assert "SQLite" in found.out.splitlines()[0]


def test_a_version_can_be_vouched_for() -> None:
    """As with a database: a person names the rules where the server's version is not known."""
    unknown = replace(
        PLAIN,
        instead={
            "/api/forgejo/v1/version": Reply(
                body=b'{"version":"99.0.0+gitea-1.22.0"}', headers={"Content-Type": "application/json"}
            )
        },
    )
    assert ended(unknown, *JOB).code == 4
    assert ended(unknown, *JOB, "--assume-version", "15").code == 0

"""The contract from outside: writing one, examining one, and judging a real database by it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from support.command import ROOT, doctor

CONTRACT = """\
version: 1
runners:
  - name: rs2000-deploy-host
    scope: {repository: platform-team/platform, id: 35}
    labels: [deploy]
    online_within: 10m
    max_wait: 15m
  - name: shared-builder
    scope: instance
    labels: [docker]
undeclared: fail
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The demo's database: the user's case on Forgejo 15."""
    path = tmp_path / "forgejo.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((ROOT / "scripts" / "demo.sql").read_text(encoding="utf-8"))
    return f"sqlite:///{path}"


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "runner-scope.yml"
    path.write_text(CONTRACT)
    return path


def change(url: str, statement: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute(statement)
        connection.commit()


def codes(url: str, contract: Path, *more: str) -> tuple[int, set[str]]:
    ended = doctor("check", "--database", url, "--contract", contract, "--format", "json", *more)
    report = json.loads(ended.out)
    return ended.code, {finding["name"] for finding in report["findings"]}


def test_the_contract_of_the_users_host_is_kept_once_the_row_is_right(url: str, contract: Path) -> None:
    """Sick, the row and the job that waits for it are found; repaired, only the job is still there to be picked."""
    assert codes(url, contract) == (10, {"combined-scope", "job-overdue"})
    change(url, "UPDATE action_runner SET owner_id = 0 WHERE id = 5")
    assert codes(url, contract) == (10, {"job-overdue"})
    change(url, "UPDATE action_run_job SET status = 6, task_id = id")
    assert codes(url, contract) == (0, set())


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE action_runner SET owner_id = 1, repo_id = 0 WHERE id = 5", {"scope-differs"}),
        ("UPDATE action_runner SET repo_id = 0 WHERE id = 5", {"scope-differs"}),
        ("UPDATE action_runner SET repo_id = 36 WHERE id = 5", {"scope-differs", "repository-gone"}),
        ("UPDATE action_runner SET deleted = 1 WHERE id = 5", {"runner-missing"}),
        ("UPDATE action_runner SET name = 'Shared-Builder' WHERE id = 6", {"runner-missing", "runner-undeclared"}),
        (
            "UPDATE action_runner SET name = 'rs2000-deploy-host' WHERE id = 6",
            {"name-ambiguous", "labels-missing", "runner-missing"},
        ),
        ("UPDATE action_runner SET agent_labels = '[\"other\"]' WHERE id = 5", {"labels-missing"}),
        ("UPDATE action_runner SET agent_labels = '[\"\"]' WHERE id = 5", {"never-declared"}),
        ("UPDATE action_runner SET agent_labels = '[\"deploy:host\"]' WHERE id = 5", {"labels-raw"}),
        ("UPDATE action_runner SET last_online = last_online - 700 WHERE id = 5", {"runner-offline"}),
        ("UPDATE repository SET name = 'renamed', lower_name = 'renamed' WHERE id = 35", {"scope-differs"}),
    ],
)
def test_every_way_to_break_the_contract_has_its_finding(
    url: str, contract: Path, statement: str, found: set[str]
) -> None:
    """From a healthy server, one change brings exactly its finding, with the contract's line beside it."""
    change(url, "UPDATE action_runner SET owner_id = 0 WHERE id = 5")
    change(url, "UPDATE action_run_job SET status = 6, task_id = id")
    change(url, statement)
    assert codes(url, contract) == (10, found)


def test_a_finding_names_the_line_of_the_contract(url: str, contract: Path) -> None:
    """Text and JSON say where the broken declaration stands."""
    change(url, "UPDATE action_runner SET owner_id = 0, repo_id = 0 WHERE id = 5")
    ended = doctor("check", "--database", url, "--contract", contract)
    assert f"RSD002 scope-differs (error, declared at {contract}:3)" in ended.out
    report = json.loads(doctor("check", "--database", url, "--contract", contract, "--format", "json").out)
    located = [finding["contract"] for finding in report["findings"] if finding["code"] == "RSD002"]
    assert located == [{"file": str(contract), "line": 3}]


def test_in_a_job_the_log_has_a_line_for_each_finding(url: str, contract: Path) -> None:
    """A group of `file:line: CODE sentence` lines and the error line come before the text, whose last line stays last."""
    change(url, "UPDATE action_runner SET owner_id = 0, repo_id = 0 WHERE id = 5")
    ended = doctor("check", "--database", url, "--contract", contract, environment={"GITHUB_ACTIONS": "true"})
    lines = ended.out.splitlines()
    assert lines[0].startswith("::group::")
    assert f"{contract}:3: RSD002 runner rs2000-deploy-host serves the whole instance" in ended.out
    assert lines[lines.index("::endgroup::") + 1].startswith("::error::UNHEALTHY: ")
    assert lines[-1].startswith("UNHEALTHY: ")


def test_an_upgrade_hazard_is_told_beforehand(url: str, tmp_path: Path) -> None:
    """--target-version 16 names the combined rows that the new version would refuse."""
    ended = doctor("check", "--database", url, "--target-version", "16")
    assert "RSD020 upgrade-hazard (error)" in ended.out
    assert "RSD020" not in doctor("check", "--database", url, "--target-version", "15").out


def test_sampling_shows_a_combined_runner_at_work(tmp_path: Path, url: str) -> None:
    """A counter that climbs between the two readings without a new job is told; one that stands still is not."""
    import threading
    import time

    path = url.removeprefix("sqlite:///")
    change(url, "CREATE INDEX IDX_action_run_job_updated ON action_run_job (updated)")
    assert "RSD015" not in doctor("check", "--database", url, "--sample", "1s").out
    done = threading.Event()

    def poll() -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as server:
            while not done.is_set():
                server.execute("UPDATE action_tasks_version SET version = version + 1")
                time.sleep(0.05)

    polling = threading.Thread(target=poll)
    polling.start()
    try:
        ended = doctor("check", "--database", url, "--sample", "2s")
    finally:
        done.set()
        polling.join()
    assert "RSD015 counter-climbs (warning)" in ended.out, ended


def test_init_writes_a_contract_that_the_server_keeps(url: str, tmp_path: Path) -> None:
    """What `contract init` writes from a healthy server is valid, and the same server keeps it."""
    change(url, "UPDATE action_runner SET owner_id = 0 WHERE id = 5")
    written = doctor("contract", "init", "--database", url)
    assert written.code == 0, written
    path = tmp_path / "new.yml"
    path.write_text(written.out)
    assert doctor("contract", "lint", path).code == 0
    assert codes(url, path) == (0, set())


def test_init_tells_what_the_check_will_hold_against_its_contract(url: str, tmp_path: Path) -> None:
    """Raw labels are written down with a word of warning at the end, and the check then finds just that."""
    change(url, "UPDATE action_runner SET owner_id = 0, agent_labels = '[\"deploy:host\"]' WHERE id = 5")
    written = doctor("contract", "init", "--database", url)
    assert written.code == 0, written
    assert "finds RSD012 against rs2000-deploy-host by this contract until the service" in written.err.splitlines()[-1]
    path = tmp_path / "new.yml"
    path.write_text(written.out)
    assert codes(url, path) == (10, {"labels-raw"})
    change(url, "UPDATE action_runner SET agent_labels = '[\"deploy\"]' WHERE id = 5")
    assert codes(url, path) == (0, set())
    assert doctor("contract", "init", "--database", url).err == ""


def test_init_blesses_no_sick_row(url: str) -> None:
    """With a combined row `contract init` writes nothing, names the row and ends with 10."""
    ended = doctor("contract", "init", "--database", url)
    assert (ended.code, ended.out) == (10, "")
    assert "id=5 rs2000-deploy-host owner_id=1 repo_id=35" in ended.err


def test_lint_needs_no_server(contract: Path) -> None:
    """A valid contract ends with 0, a broken one with 3 and file, line and key."""
    ended = doctor("contract", "lint", contract)
    assert (ended.code, ended.last_line.startswith("VALID: ")) == (0, True)
    contract.write_text(CONTRACT.replace("labels: [deploy]", "lables: [deploy]"))
    broken = doctor("contract", "lint", contract)
    assert broken.code == 3
    assert f"{contract}:5:" in broken.err
    assert "labels" in broken.err


def test_a_broken_contract_stops_the_check_before_any_look(contract: Path) -> None:
    """A contract that cannot be read ends with 3, whatever the server is."""
    contract.write_text("version: 2\nrunners: []\n")
    ended = doctor("check", "--database", "sqlite:////nonexistent.db", "--contract", contract)
    assert (ended.code, ended.out) == (3, "")


def test_the_schema_is_printed(tmp_path: Path) -> None:
    """`contract schema` prints the JSON schema for editors."""
    assert json.loads(doctor("contract", "schema").out)["$id"] == "urn:runner-scope-doctor:contract:1"


def test_a_snapshot_is_judged_elsewhere(url: str, contract: Path, tmp_path: Path) -> None:
    """What one look saved gives the same findings without the server, and holds no whole uuid."""
    saved = tmp_path / "snapshot.json"
    seen = doctor("check", "--database", url, "--contract", contract, "--save-snapshot", saved)
    replayed = doctor("check", "--snapshot", saved, "--contract", contract)
    assert (seen.code, replayed.code) == (10, 10)
    assert replayed.out == seen.out
    assert "37633331-3539-3165-3862-363732323561" not in saved.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (("--snapshot", "x.json", "--database", "sqlite:////x"), {}),
        ((), {"RSD_SNAPSHOT": "x.json", "RSD_DATABASE_URL": "sqlite:////x"}),
        ((), {"RSD_SNAPSHOT": "x.json", "RSD_APP_INI": "app.ini"}),
        (("--database", "sqlite:////x"), {"RSD_SNAPSHOT": "x.json"}),
        ((), {"RSD_APP_INI": "app.ini", "RSD_DATABASE_URL": "sqlite:////x"}),
        (("--app-ini", "app.ini", "--database", "sqlite:////x"), {}),
    ],
)
def test_two_sources_that_contradict_each_other_are_refused(
    arguments: tuple[str, ...], variables: dict[str, str]
) -> None:
    """No source is overlooked silently: what looks healthy must be what was named."""
    ended = doctor("check", *arguments, environment=variables)
    assert ended.code == 2, ended
    assert "Leave one of them out." in ended.err


def test_an_argument_overrules_a_variable(url: str) -> None:
    """What stands on the command line is looked at, whatever the environment names."""
    ended = doctor("check", "--database", url, environment={"RSD_APP_INI": "/nonexistent/app.ini"})
    assert ended.code == 10

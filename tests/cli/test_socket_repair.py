"""Plan and repair as a job has them made: through the socket, by the host's own commands, on a real database."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command import ACTION, Ended, doctor
from support.connection import FreshDatabase
from support.deploy_host import MAKER, digest_in, one_login
from support.empty_server import EmptyServer
from support.gate import Gate, Terms, gate
from support.plan_runs import PLAN_WORKFLOW
from support.socket_service import NEEDS_ACTIVATE, Service, service, wait_for

pytestmark = NEEDS_ACTIVATE


@pytest.fixture
def there(sqlite_database: FreshDatabase, private: Path) -> Gate:
    """The user's sick runner, and a host on which one dispatch of a reviewer approves."""
    empty = EmptyServer(engine=sqlite_database.engine, address=sqlite_database.address, database=sqlite_database)
    return gate(empty, one_login(sqlite_database.address), private, Terms())


@pytest.fixture
def served(there: Gate) -> Iterator[Service]:
    """The host's own service."""
    with service("-m", "runner_scope_doctor", "serve", "--host", there.host.configuration) as made:
        yield made


def asked(served: Service, *arguments: object) -> Ended:
    return doctor("request", *map(str, arguments), "--socket", served.path)


def planned(served: Service, there: Gate) -> str:
    """The digest of the plan that a run of ops-lead got."""
    run_id = there.dispatch("", MAKER, inputs={"operation": "plan"}, workflow=PLAN_WORKFLOW)
    ended = asked(served, "plan", run_id)
    assert ended.code == 0, ended.err
    return digest_in(ended.out)


def test_from_a_sick_row_to_the_receipt(served: Service, there: Gate) -> None:
    """One run gets its plan, another approves it and is told of the repair step by step; asked again, it gets the receipt."""
    digest = planned(served, there)
    run_id = there.dispatch(digest)
    ended = asked(served, "repair", digest, run_id)
    assert ended.code == 0, ended.out + ended.err
    assert ended.last_line.startswith("DONE: runner 5 belongs to repository 35 alone.")
    assert [line.split(":")[0] for line in ended.err.splitlines()] == [
        "approved", "row", "journal", "backup", "changed", "verified", "receipt"
    ]  # fmt: skip
    assert there.scope() == (0, 35)
    again = asked(served, "repair", digest, run_id)
    assert (again.code, again.last_line.split(":")[0]) == (0, "ALREADY DONE")
    assert there.host.journal().count("started") == 1


def test_what_the_host_says_arrives_to_the_letter(served: Service, there: Gate) -> None:
    """The refusal of a run that approves nothing is the one a person reads on the host, with its code."""
    digest = planned(served, there)
    run_id = there.dispatch(digest, "mallory")
    ended = asked(served, "repair", digest, run_id)
    here = there.applied_by(run_id, digest)
    assert (ended.code, ended.out) == (5, "")
    assert ended == here
    assert there.scope() == (1, 35)


def test_a_caller_killed_in_the_middle_of_a_repair_kills_nothing(served: Service, there: Gate) -> None:
    """The row is repaired, the receipt is written, and nothing is left open."""
    digest = planned(served, there)
    run_id = there.dispatch(digest)
    command = [sys.executable, "-m", "runner_scope_doctor", "request", "repair", digest, str(run_id)]
    with subprocess.Popen(
        [*command, "--socket", str(served.path)], env={"PYTHONPATH": str(ACTION)}, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("approved: ")
        process.send_signal(signal.SIGKILL)
    wait_for((there.host.state / "receipts" / f"{digest}.json").exists)
    wait_for(lambda: there.host.doctor("status").last_line == "SETTLED: nothing is open.")
    assert there.scope() == (0, 35)
    assert asked(served, "repair", digest, run_id).last_line.startswith("ALREADY DONE")


def test_two_jobs_at_once_do_it_once(served: Service, there: Gate) -> None:
    """Four requests of the same run at the same moment: one repair, and nobody is told of a failure."""
    digest = planned(served, there)
    run_id = there.dispatch(digest)
    answers = []
    with served.connected() as one, served.connected() as two, served.connected() as three, served.connected() as four:
        for connection in (one, two, three, four):
            connection.sendall(f"repair {digest} {run_id}\n".encode())
        for connection in (one, two, three, four):
            content = b""
            while piece := connection.recv(65536):
                content += piece
            answers.append(content.decode())
    assert there.scope() == (0, 35)
    assert there.host.journal().count("started") == 1
    ends = sorted(re.findall(r"^exit (\d+)$", "\n".join(answers), re.MULTILINE))
    assert len(ends) == 4
    assert set(ends) <= {"0", "5"}, answers
    assert sum("out DONE: " in answer for answer in answers) == 1

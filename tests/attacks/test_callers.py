"""Attacks by jobs on the host's service: a caller's death, limits, words and surroundings are its own matter."""

from __future__ import annotations

import fcntl
import json
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from types import MappingProxyType

import pytest

from support.command import ACTION
from support.deploy_host import REVIEWER
from support.gate import Gate
from support.socket_service import NEEDS_ACTIVATE, Service, service, wait_for

pytestmark = NEEDS_ACTIVATE
CHECKPOINTS = ("approved", "row", "journal", "backup", "changed", "verified", "receipt")
"""What a caller is told of, in this order."""
_ENVIRONMENT = {"PYTHONPATH": str(ACTION), "PATH": "/usr/bin:/bin"}
_SIGNALS: MappingProxyType[str, signal.Signals] = MappingProxyType({
    "stopped": signal.SIGSTOP,
    "killed": signal.SIGKILL,
    "interrupted": signal.SIGINT,
})  # fmt: skip


@pytest.fixture
def there(make: Callable[..., Gate]) -> Gate:
    return make()


@pytest.fixture
def served(there: Gate) -> Iterator[Service]:
    """The host's own service."""
    with service("-m", "runner_scope_doctor", "serve", "--host", there.host.configuration) as made:
        yield made


def request(served: Service, digest: str, run_id: int) -> list[str]:
    """The command of a job that asks for the repair."""
    asked = ("request", "repair", digest, str(run_id), "--socket", str(served.path))
    return [sys.executable, "-m", "runner_scope_doctor", *asked]


def sick_again(there: Gate) -> None:
    there.world.execute("UPDATE action_runner SET owner_id = 1 WHERE id = 5")


def comes_to_its_end(there: Gate, digest: str) -> None:
    """The repair is done, once, and nothing is left open."""
    wait_for((there.host.state / "receipts" / f"{digest}.json").exists)
    wait_for(lambda: there.host.doctor("status").last_line == "SETTLED: nothing is open.")
    assert there.scope() == (0, 35)


@pytest.mark.parametrize("how", [*_SIGNALS, "hung up"])
def test_a_client_that_ends_at_any_checkpoint(served: Service, there: Gate, how: str) -> None:
    """Stopped, killed, interrupted or hung up when it is told of each step: the repair comes to its end, once."""
    for step in CHECKPOINTS:
        sick_again(there)
        digest = there.host.planned()
        command = request(served, digest, there.dispatch(digest))
        with subprocess.Popen(command, env=_ENVIRONMENT, stderr=subprocess.PIPE, text=True) as client:
            assert client.stderr is not None
            while not (line := client.stderr.readline()).startswith(f"{step}: "):
                assert line, f"never told of {step}"
            if how == "hung up":
                client.stderr.close()
            else:
                client.send_signal(_SIGNALS[how])
            comes_to_its_end(there, digest)
            client.kill()
    assert there.host.journal().count("committed") == len(CHECKPOINTS)


@pytest.mark.parametrize("limits", ["ulimit -f 0", "ulimit -t 1", "ulimit -u 1", "trap '' HUP INT TERM PIPE"])
def test_a_client_with_limits(served: Service, there: Gate, limits: str) -> None:
    """What a job takes from its own processes the service does not miss."""
    digest = there.host.planned()
    command = shlex.join(request(served, digest, there.dispatch(digest)))
    subprocess.run(["bash", "-c", f"{limits}; exec {command}"], env=_ENVIRONMENT, capture_output=True, check=False)
    comes_to_its_end(there, digest)


def test_a_job_that_forges_its_surroundings(served: Service, there: Gate, tmp_path: Path) -> None:
    """Variables of every runner, a PATH, a library and modules of the workspace: the service has none of them."""
    for module in ("json", "sqlite3", "sitecustomize", "runner_scope_doctor_extra"):
        (tmp_path / f"{module}.py").write_text(
            f"open({str(tmp_path / 'seen')!r}, 'a').write('{module}')\nraise SystemExit(0)\n"
        )
    names = ("ACTOR", "ACTOR_ID", "TRIGGERING_ACTOR", "REPOSITORY", "REPOSITORY_ID", "REF", "RUN_ID", "RUN_ATTEMPT")
    forged = {f"{host}_{name}": REVIEWER for host in ("FORGEJO", "GITHUB", "GITEA") for name in names}
    forged |= {"PATH": str(tmp_path), "LD_PRELOAD": str(tmp_path / "evil.so"), "RSD_HOST": str(tmp_path / "host.yml")}
    forged |= {"RSD_RUN": "1", "RSD_BREAK_GLASS": "because I can", "SUDO_UID": "0", "LOGNAME": "root"}
    digest = there.host.planned()
    run_id = there.dispatch(digest, "mallory")
    command = request(served, digest, run_id)
    honest = subprocess.run(
        [sys.executable, "-P", *command[1:]],
        env=forged | _ENVIRONMENT,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert honest.returncode == 5, honest.stderr
    assert "was started by mallory (Forgejo id 99)" in honest.stderr.splitlines()[-1]
    poisoned = forged | {"PYTHONPATH": f"{tmp_path}:{ACTION}"}
    subprocess.run(command, env=poisoned, cwd=tmp_path, capture_output=True, check=False)
    assert (tmp_path / "seen").read_text()  # the client is the job's to spoil, and nobody else's
    (tmp_path / "seen").unlink()
    answer = served.answer(f"repair {digest} {run_id}\n".encode())
    assert answer[-1] == "exit 5"
    assert not (tmp_path / "seen").exists()
    assert (there.scope(), there.host.journal()) == ((1, 35), [])


def test_naming_anothers_run_over_the_socket(served: Service, there: Gate) -> None:
    """Harmless: whoever asks gets what that run approved, once, and the receipt names its starter."""
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    assert served.answer(f"repair {digest} {run_id}\n".encode())[-1] == "exit 0"
    receipt = json.loads((there.host.state / "receipts" / f"{digest}.json").read_text())
    assert [one["login"] for one in receipt["approvals"]] == [REVIEWER]
    sick_again(there)
    assert served.answer(f"repair {digest} {run_id}\n".encode())[-1] == "exit 0"
    assert there.scope() == (1, 35)
    assert there.host.journal().count("started") == 1


@pytest.mark.parametrize(
    "line",
    [
        "repair {digest} 0{run}",
        "repair {digest} +{run}",
        "repair {digest} {run} ",
        "repair {upper} {run}",
        "repair {digest} {run}\nrepair {digest} {run}",
        "repair ../{digest} {run}",
        "repair {digest} {run} --break-glass=because-I-can",
        "apply {digest} --break-glass because-I-can",
        "repair {digest} {endless}",
    ],
)
def test_a_line_that_is_no_request(served: Service, there: Gate, line: str) -> None:
    """Refused with 2 before anything is looked at, whatever stands in it."""
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    words = line.format(digest=digest, upper=digest.upper(), run=run_id, endless="9" * 1_000_000)
    with served.connected() as connection, suppress(OSError):  # it had enough before the end
        connection.sendall(f"{words}\n".encode())
    answer = served.answer(f"{words}\n".encode()) if len(words) < 1000 else ["exit 2"]
    assert answer[-1] == "exit 2"
    time.sleep(0.5)
    assert (there.scope(), there.host.journal()) == ((1, 35), [])


def test_who_may_read_the_journal_cannot_stop_a_repair(served: Service, there: Gate) -> None:
    """Everyone on the host may read the journal, and so take a lock of it, for ever: no repair waits for that."""
    assert there.applied_by(there.dispatch(digest := there.host.planned()), digest).code == 0
    sick_again(there)
    digest = there.host.planned()
    journal = there.host.state / "journal.jsonl"
    with journal.open("rb") as hostile:
        fcntl.flock(hostile, fcntl.LOCK_EX)
        answer = served.answer(f"repair {digest} {there.dispatch(digest)}\n".encode())
    assert answer[-1] == "exit 0", answer
    assert there.scope() == (0, 35)


def test_asking_in_vain_holds_nothing(served: Service, there: Gate) -> None:
    """Whoever brings no approval, and whoever asks again for what is done, is answered without the lock of repairs: however
    many of them there are, an approved repair finds it free."""
    digest = there.host.planned()
    done = there.dispatch(digest)
    assert there.applied_by(done, digest).code == 0
    sick_again(there)
    other = there.host.planned()
    strange = there.dispatch(other, "mallory")
    with (there.host.state / "repair.lock").open("rb") as another:
        fcntl.flock(another, fcntl.LOCK_EX)
        for request_, code, words in (
            (f"repair {digest} {done}", 0, "ALREADY DONE"),
            (f"repair {digest} {strange}", 5, "on other evidence"),
            (f"repair {other} {strange}", 5, "was started by mallory"),
            (f"repair {other} {there.dispatch(other)}", 5, "Another repair is in progress"),
        ):
            *said, last = served.answer(f"{request_}\n".encode())
            assert (last, words in said[-1]) == (f"exit {code}", True), (request_, said)


def test_a_configuration_that_its_group_may_write(served: Service, there: Gate) -> None:
    """The service believes nothing in it, not even who may call: 5, with the reason."""
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    there.host.configuration.chmod(0o660)
    for request_ in (f"repair {digest} {run_id}", f"plan {run_id}"):
        *said, last = served.answer(f"{request_}\n".encode())
        assert last == "exit 5"
        assert "it may be written by its group (mode 0660)" in said[-1]
    assert (there.scope(), there.host.journal()) == ((1, 35), [])


def test_a_hundred_connections_at_once(served: Service, there: Gate) -> None:
    """A hundred callers hold their connections, most without a word, some in the middle of one; an approved repair goes
    through beside them."""
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    with ExitStack() as held:
        hundred = [held.enter_context(served.connected()) for _ in range(100)]
        for connection in hundred[::4]:
            connection.sendall(f"repair {digest} ".encode())
        assert served.answer(f"repair {digest} {run_id}\n".encode())[-1] == "exit 0"
    assert there.scope() == (0, 35)
    assert there.host.journal().count("started") == 1

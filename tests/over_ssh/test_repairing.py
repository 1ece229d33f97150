"""A repair over ssh meets the host's gate like any other, and is not cut off by a lost connection."""

from __future__ import annotations

import os
import pwd
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from runner_scope_doctor.model.server import Engine
from support.deploy_host import REVIEWER, one_login
from support.empty_server import EmptyServer
from support.gate import Gate, Terms, gate
from support.socket_service import wait_for
from support.sqlite_file import fresh_sqlite
from support.stand_in_ssh import NEEDS_ANOTHER_HOST, PYTHON, FarHost

pytestmark = NEEDS_ANOTHER_HOST


@pytest.fixture
def database(far: FarHost) -> Path:
    """In a folder of the server's, which is not that of the configuration."""
    (far.folder / "data").mkdir()
    return far.folder / "data" / "forgejo.db"


@pytest.fixture
def there(database: Path, folder: Path) -> Iterator[Gate]:
    """The user's sick runner and a deploy host with an approval environment, all still root's."""
    with fresh_sqlite(database) as found:
        server = EmptyServer(engine=Engine.SQLITE, address=found.address, database=found)
        yield gate(server, one_login(found.address), folder, Terms())


def given_away(far: FarHost, there: Gate) -> None:
    """From here on everything is the host's user's, as if it had made the plan."""
    far.give_away(there.host.folder, far.folder / "data")


def test_nothing_is_applied_without_an_approval(far: FarHost, there: Gate, database: Path) -> None:
    """5, and the row and the journal are as before; with the run of a reviewer 0; the check is then healthy."""
    digest = there.host.planned()
    given_away(far, there)
    host = ("--host", there.host.configuration)
    refused = far.run("--apply", digest, *host)
    assert refused.code == 5, refused.err
    assert refused.last_line.startswith("REFUSED: The plan is not approved.")
    assert there.scope() == (1, 35)
    assert there.host.journal() == []
    ended = far.run("--apply", digest, "--run", str(there.dispatch(digest)), *host)
    assert ended.code == 0, ended.out + ended.err
    assert ended.last_line.startswith("DONE: runner 5 belongs to repository 35 alone.")
    assert there.scope() == (0, 35)
    assert far.run("--check", "--database", f"sqlite:///{database}").code == 0


def test_a_signature_of_this_machine_approves(far: FarHost, there: Gate, tmp_path: Path) -> None:
    """It is sent along, and the host judges it; one of another plan's is refused there."""
    digest = there.host.planned()
    other = there.host.planned("--with-counter-fence")
    signature, wrong = tmp_path / "plan.sig", tmp_path / "other.sig"
    signature.write_bytes(there.host.signed(digest, REVIEWER).read_bytes())
    wrong.write_bytes(there.host.signed(other, REVIEWER).read_bytes())
    given_away(far, there)
    host = ("--host", there.host.configuration)
    refused = far.run("--apply", digest, "--signature", wrong, *host)
    assert refused.code == 5
    assert "does not fit this plan" in refused.last_line
    ended = far.run("--apply", digest, "--signature", signature, *host)
    assert ended.code == 0, ended.out + ended.err
    assert there.scope() == (0, 35)


def test_root_over_there_goes_on_as_the_owner(far: FarHost, there: Gate, database: Path) -> None:
    """With --sudo the host's root becomes whom the state directory belongs to, who can still read the application."""
    digest = there.host.planned()
    sudo = far.here / "sudo"
    sudo.write_text('#!/bin/sh\nshift 2\nexec "$@"\n')
    sudo.chmod(0o755)
    owner = pwd.getpwnam("nobody").pw_uid
    own = (there.host.state, database.parent, *there.host.folder.glob("*.url"))
    for one in (*own, *(file for folder in own for file in folder.rglob("*"))):
        os.chown(one, owner, -1)
    (far.here / "ssh").write_text(
        f'#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift 2\ncd /\nexec env -i PATH={far.here}:/usr/bin:/bin sh -c "$1"\n'
    )
    run_id = there.dispatch(digest)
    ended = far.run("--sudo", "--apply", digest, "--run", str(run_id), "--host", there.host.configuration)
    assert ended.code == 0, ended.out + ended.err
    assert there.scope() == (0, 35)
    assert {file.stat().st_uid for file in there.host.state.rglob("*")} == {owner}


@contextmanager
def held(database: Path) -> Iterator[None]:
    """The server writes, so that a repair waits in the middle."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_a_repair_goes_on_when_the_connection_is_lost(far: FarHost, there: Gate, database: Path) -> None:
    """We are killed and the host's side is hung up on in the middle: it goes on to its end, and says so to who asks again."""
    digest = there.host.planned()
    run_id = str(there.dispatch(digest))
    given_away(far, there)
    arguments = ("--apply", digest, "--run", run_id, "--host", there.host.configuration)
    with held(database):
        process = far.start(*arguments)
        wait_for(lambda: "updating" in there.host.journal())
        (repair,) = far.processes()
        process.kill()
        process.communicate(timeout=60)
        os.kill(repair, signal.SIGHUP)
    assert far.left() == []
    assert there.scope() == (0, 35)
    assert there.host.journal()[-1] == "done"
    again = far.run(*arguments)
    assert again.code == 0
    assert again.last_line.startswith("ALREADY DONE: ")


def test_a_repair_that_was_not_heard_of_again_is_uncertain(far: FarHost, there: Gate, database: Path) -> None:
    """The host's side is killed with ssh in the middle: 7 with the same command as the way to find out; no file is left."""
    digest = there.host.planned()
    run_id = str(there.dispatch(digest))
    given_away(far, there)
    with held(database):
        process = far.start("--apply", digest, "--run", run_id, "--host", there.host.configuration)
        wait_for(lambda: "updating" in there.host.journal())
        os.kill(far.processes()[0], signal.SIGKILL)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 7
    assert err.splitlines()[-1].startswith(
        "UNCERTAIN: The repair was begun on far.example.org, and how it ended was not heard"
    )
    assert far.left() == []


@pytest.mark.parametrize(
    ("reading", "command", "code", "said"),
    [
        (
            "timeout 0.5 cat",
            "--apply",
            7,
            "UNCERTAIN: The repair was sent to far.example.org, and whether it was begun",
        ),
        ("head -c 1000", "--apply", 4, "INCONCLUSIVE: Nothing was run on far.example.org"),
        ("timeout 0.5 cat", "--check", 4, "INCONCLUSIVE: Nothing was run on far.example.org"),
    ],
)
def test_a_line_that_dies_before_the_hosts_first_word(
    far: FarHost, reading: str, command: str, code: int, said: str
) -> None:
    """Once all of a repair was sent nobody knows whether it began; before that it cannot have."""
    (far.here / "ssh").write_text(f"#!/bin/sh\n{reading} > /dev/null\nexit 255\n")
    ended = far.run(command, *(("0" * 64,) if command == "--apply" else ()))
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.splitlines()[-1].startswith(said)


def test_whoever_interrupts_twice_is_told_that_a_repair_was_begun(far: FarHost) -> None:
    """The second Ctrl-C, while ssh still ends, does not make it a repair that nobody ran."""
    (far.here / "ssh").write_text(f"#!{PYTHON}\n{_SLOW_TO_LEAVE}")
    process = far.start("--apply", "0" * 64)
    for number in (1, 2):
        wait_for((far.here / str(number)).exists)
        os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 7
    assert err.splitlines()[-1].startswith("UNCERTAIN: The repair was begun on far.example.org")


_SLOW_TO_LEAVE = """\
import json, os, pathlib, re, signal, sys, time
def leaving(*_):
    here.joinpath("2").touch()
    time.sleep(0.5)
    os._exit(255)
here = pathlib.Path(__file__).parent
sys.stdin.buffer.read(int(re.search(r"read\\(([0-9]+)\\)", sys.argv[-1])[1]))
print(json.loads(sys.stdin.buffer.readline())["word"], file=sys.stderr, flush=True)
signal.signal(signal.SIGTERM, leaving)
here.joinpath("1").touch()
while sys.stdin.buffer.read1():
    pass
time.sleep(60)
"""
"""A stand-in that says the host's first word, and takes its time when it is told to end."""

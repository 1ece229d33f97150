"""What `apply` ends with when all is done and the telling goes wrong: a changed row is never called an unchanged one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner_scope_doctor.cli.broken_off import broken_off, untold
from runner_scope_doctor.model.errors import RepairFailed, RepairUncertain
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.repair.apply import JustDone
from runner_scope_doctor.repair.checkpoints import Checkpoint
from runner_scope_doctor.repair.noted import NotedForLater
from support.command import ACTION
from support.connection import FreshDatabase
from support.deploy_host import DeployHost, deploy_host, one_login
from support.receipts import receipt
from support.world import World, users_case

PLANTED = """\
import time
sleep = time.sleep
def broken(seconds):
    if seconds == 1.0:  # between two looks of the watch, and nowhere else
        raise KeyError("planted")
    sleep(seconds)
time.sleep = broken
"""
NEEDS_FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full to write to on this system")


@pytest.fixture
def world(sqlite_database: FreshDatabase) -> World:
    """The user's case; what is told is the same on each engine."""
    found = World.create(sqlite_database.connection, Engine.SQLITE, 15)
    users_case(found)
    return found


@pytest.fixture
def host(world: World, sqlite_database: FreshDatabase, private: Path) -> DeployHost:
    return deploy_host(private, one_login(sqlite_database.address))


def owner_of_5(world: World) -> int:
    return int(world.rows("SELECT owner_id FROM action_runner WHERE id = 5")[0][0])


@pytest.mark.parametrize("command", ["apply", "apply-approved"])
@pytest.mark.parametrize("error", ["MemoryError", "KeyboardInterrupt"])
def test_a_repair_that_cannot_be_loaded_has_failed(host: DeployHost, world: World, command: str, error: str) -> None:
    """Too little memory, or Ctrl-C, while the command's own modules are loaded: 6 and one line, as for all that ends a repair
    before its commit, and never the 4 of a look."""
    digest = host.planned()
    words = [command, *((digest,) if command == "apply" else ())]
    program = (
        "import builtins, sys\n"
        "from runner_scope_doctor.cli.main import main\n"
        "load = builtins.__import__\n"
        "def short(name, *rest):\n"
        f"    if name == 'runner_scope_doctor.cli.applying': raise {error}\n"
        "    return load(name, *rest)\n"
        "builtins.__import__ = short\n"
        f"sys.exit(main({words}))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ACTION), "RSD_HOST": str(host.configuration)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (6, "")
    assert ended.stderr.startswith(
        f"FAILED: The repair could not be loaded ({error}), so nothing was begun and nothing "
    )
    assert ended.stderr.count("\n") == 1
    assert (owner_of_5(world), host.journal()) == (1, [])


def shell(host: DeployHost, command: str) -> subprocess.CompletedProcess[str]:
    """Runs `doctor COMMAND` in a shell, with its redirections."""
    return subprocess.run(
        ["bash", "-c", f'doctor() {{ "{sys.executable}" -m runner_scope_doctor "$@"; }}\ndoctor {command}'],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ACTION), "RSD_HOST": str(host.configuration)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_an_error_of_ours_while_watching_is_not_called_unchanged(
    host: DeployHost, world: World, tmp_path: Path
) -> None:
    """The row is changed and the receipt written: 7, which says just that, and a traceback only where one was asked for."""
    (tmp_path / "sitecustomize.py").write_text(PLANTED)
    digest = host.planned()
    command = ("apply", digest, "--signature", str(host.signed(digest)), "--watch", "5s")
    debug = tmp_path / "debug.txt"
    ended = host.doctor(*command, "--debug", debug, environment={"PYTHONPATH": f"{ACTION}:{tmp_path}"})
    assert ended.code == 7, ended.err
    last = ended.err.splitlines()[-1]
    assert last.startswith("UNCERTAIN: Runner 5 was changed to owner_id=0 and verified, and the receipt is written;")
    assert "an unexpected error of this tool (KeyError)" in last
    assert f"Next: Read it: runner-scope-doctor receipts show {digest}." in last
    assert "KeyError: 'planted'" in debug.read_text()
    assert (owner_of_5(world), host.journal()[-1]) == (0, "done")
    assert host.doctor("receipts", "show", digest).code == 0


@NEEDS_FULL
@pytest.mark.parametrize("redirection", ["| head -0; exit ${PIPESTATUS[0]}", "> /dev/full", "> /dev/full 2>&1"])
def test_a_reader_that_goes_away_after_the_change(host: DeployHost, world: World, redirection: str) -> None:
    """Nobody could be told of a change that was made: 7, and where standard error can be read, what is true."""
    digest = host.planned()
    ended = shell(host, f"apply {digest} --signature {host.signed(digest)} {redirection}")
    assert ended.returncode == 7, ended.stderr
    assert "nothing was changed" not in ended.stderr
    assert "Traceback" not in ended.stderr
    if "2>&1" not in redirection:
        assert ended.stderr.splitlines()[-1].startswith("UNCERTAIN: Runner 5 was changed to owner_id=0 and verified")
    assert (owner_of_5(world), host.journal()[-1]) == (0, "done")


@NEEDS_FULL
def test_lost_progress_takes_nothing_back(host: DeployHost, world: World) -> None:
    """Standard error cannot be written, the receipt on standard output can: done is done."""
    digest = host.planned()
    ended = shell(host, f"apply {digest} --signature {host.signed(digest)} 2> /dev/full")
    assert ended.returncode == 0
    assert ended.stdout.splitlines()[-1].startswith("DONE: ")
    assert owner_of_5(world) == 0


@NEEDS_FULL
def test_a_refusal_that_nobody_reads_stays_one(host: DeployHost) -> None:
    """The code alone still tells that nothing was touched."""
    digest = host.planned()
    assert shell(host, f"apply {digest} 2> /dev/full").returncode == 5
    assert host.journal() == []


@pytest.mark.parametrize(
    ("reached", "kind", "said"),
    [
        ((), RepairFailed, "before anything was noted; nothing was changed"),
        ((Checkpoint.APPROVED, Checkpoint.ROW_SEEN), RepairFailed, "before anything was noted; nothing was changed"),
        ((Checkpoint.APPROVED, Checkpoint.STARTED), RepairFailed, "before the update; nothing was changed"),
        ((Checkpoint.STARTED, Checkpoint.UPDATING), RepairUncertain, "the row was changed, or may have been"),
        ((Checkpoint.UPDATING, Checkpoint.COMMITTED), RepairUncertain, "the row was changed, or may have been"),
        ((Checkpoint.COMMIT_NOTED,), RepairUncertain, "the row was changed, or may have been"),
    ],
)
def test_how_far_it_came_decides(
    reached: tuple[Checkpoint, ...], kind: type[RepairFailed | RepairUncertain], said: str
) -> None:
    """An error that nobody expected is 6 only where no update was begun."""
    error = broken_off(KeyError("x"), reached)
    assert type(error) is kind
    assert said in error.problem


def test_what_was_left_to_tell() -> None:
    """A noted approval changed nothing; a repair did, and an operator of 16 learns that the runner must be started."""
    noted = untold(KeyboardInterrupt(), NotedForLater(people=1, required=2, reasons=(), way_out="Ask."))
    assert isinstance(noted, RepairFailed)
    assert noted.problem.startswith(
        "The approval is noted in the journal and nothing was changed; then an interruption"
    )
    done = untold(OSError(28, "No space left on device"), JustDone(receipt=receipt(major=16)))
    assert isinstance(done, RepairUncertain)
    assert "(No space left on device)" in done.problem
    assert "Start the runner's service on its host" in done.next_step

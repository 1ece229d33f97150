"""`apply --watch`: whether the repaired runner picks up is told as it was seen, and never taken for granted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from runner_scope_doctor.cli.watch import Watch, watched
from runner_scope_doctor.database.address import DatabaseAddress, SqliteAddress
from runner_scope_doctor.database.reader import Patience
from runner_scope_doctor.model.effect import EffectNotLooked
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.observe.effect import EffectRequest
from support.command import ACTION, Ended
from support.connection import FreshDatabase
from support.deploy_host import DeployHost, deploy_host, digest_in, one_login
from support.empty_server import EmptyServer
from support.polling_runner import polling
from support.world import World, users_case

SICK, REPOSITORY = 5, 35


def sick_world(empty: EmptyServer, major: int) -> World:
    """The user's case, whose runner was last heard of an hour ago."""
    found = empty.create(major)
    users_case(found)
    found.counter(0, REPOSITORY, 7)
    found.execute(f"UPDATE action_runner SET last_online = {found.now - 3600} WHERE id = {SICK}")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A sick server, and a host whose every login may do everything there."""

    database: FreshDatabase
    world: World
    host: DeployHost


@pytest.fixture(params=[15, 16])
def scene(
    any_engine_world: EmptyServer, request: pytest.FixtureRequest, over_tcp: DatabaseAddress, private: Path
) -> Scene:
    """On each engine, the last version that ignores combined rows and the first that refuses them."""
    world = sick_world(any_engine_world, request.param)
    return Scene(database=any_engine_world.database, world=world, host=deploy_host(private, one_login(over_tcp)))


@pytest.fixture
def small_scene(sqlite_database: FreshDatabase, private: Path) -> Callable[[int], Scene]:
    """The same on SQLite alone, on the version that the test wants."""

    def make(major: int) -> Scene:
        empty = EmptyServer(engine=Engine.SQLITE, address=sqlite_database.address, database=sqlite_database)
        host = deploy_host(private, one_login(sqlite_database.address))
        return Scene(database=sqlite_database, world=sick_world(empty, major), host=host)

    return make


def applied(host: DeployHost, *arguments: str) -> Ended:
    """An approved plan carried out and watched, which ends with 0 whatever was seen."""
    digest = host.planned()
    ended = host.doctor("apply", digest, "--signature", host.signed(digest), *arguments)
    assert ended.code == 0, ended.out + ended.err
    assert f"receipt of plan {digest}" in ended.out
    return ended


def test_a_waiting_job_is_seen_to_be_taken(scene: Scene) -> None:
    """The runner of a stuck job polls on: the watch ends as soon as the job has its task, and names both."""
    world = scene.world
    job = world.job(REPOSITORY, runs_on=("deploy",), updated=world.now - 600)
    with polling(scene.database, world, SICK):
        ended = applied(scene.host, "--watch", "30s")
    assert ended.last_line.startswith(f"DONE: row right, effect seen: job {job} deploy was given to runner 5")
    assert world.rows("SELECT job_id, runner_id FROM action_task") == ((job, SICK),)


def test_without_work_the_polls_are_seen_and_no_more_is_claimed(scene: Scene) -> None:
    """Nothing waits: its polls leave the counter alone, on 16 it is online again, and that no job was given is said."""
    with polling(scene.database, scene.world, SICK):
        ended = applied(scene.host, "--watch", "30s")
    assert "runner 5 polls, and the counter of repository 35 stood at" in ended.last_line
    assert ("runner 5 is online again" in ended.last_line) == (scene.world.major == 16)
    assert ended.last_line.endswith("no job waited for it, so none was seen to be given.")


@pytest.mark.parametrize("major", [15, 16])
def test_a_runner_that_holds_the_counter_is_told_to_be_stuck(small_scene: Callable[[int], Scene], major: int) -> None:
    """The one way to stay stuck after a right repair (facts 2.6): named as such, with what ends it."""
    scene = small_scene(major)
    job = scene.world.job(REPOSITORY, runs_on=("deploy",), updated=scene.world.now - 600)
    with polling(scene.database, scene.world, SICK) as runner:

        def hold(own: World) -> None:
            runner.held = own.rows("SELECT version FROM action_tasks_version WHERE repo_id = 35")[0][0]

        runner.after_repair = hold
        ended = applied(scene.host, "--watch", "5s")
        held = runner.held
        scene.world.execute("UPDATE action_tasks_version SET version = version + 1 WHERE repo_id = 35")
        deadline = time.monotonic() + 10
        while not scene.world.rows("SELECT id FROM action_task") and time.monotonic() < deadline:
            time.sleep(0.1)
    assert ended.last_line.startswith(
        f"DONE: row right, effect not seen: job {job} deploy waits for it, and it polls: most likely it holds the number ({held})"
    )
    assert "Next: Start any job of repository 35, which raises the counter." in ended.last_line
    assert "(never Forgejo)" in ended.last_line
    assert scene.world.rows("SELECT job_id FROM action_task") == ((job,),)  # the raised counter was the cure


@pytest.mark.parametrize("major", [15, 16])
def test_a_runner_that_is_down_is_told(small_scene: Callable[[int], Scene], major: int) -> None:
    """Nobody polls: not seen; from 16 on, where the row made it exit, the next step is to start its service."""
    scene = small_scene(major)
    scene.world.job(REPOSITORY, runs_on=("deploy",), updated=scene.world.now - 600)
    ended = applied(scene.host, "--watch", "6s")
    assert ended.last_line.startswith("DONE: row right, effect not seen: the server noted no contact of runner 5")
    assert ("Next: Start the runner's service on its host" in ended.last_line) == (major == 16)


def test_labels_stored_raw_are_told(small_scene: Callable[[int], Scene]) -> None:
    """It polls and is right, and its labels fit no job: the reason and the restart of its service, not a success."""
    scene = small_scene(15)
    scene.world.execute(f"UPDATE action_runner SET agent_labels = '[\"deploy:host\"]' WHERE id = {SICK}")
    scene.world.job(REPOSITORY, runs_on=("deploy",), updated=scene.world.now - 600)
    with polling(scene.database, scene.world, SICK):
        ended = applied(scene.host, "--watch", "30s")
    assert ended.last_line.startswith(
        'DONE: row right, effect not seen: its labels are stored as "deploy:host", with a part that no job asks for. '
        "Next: Restart the runner's service"
    )


def test_a_row_written_back_at_once_is_told(small_scene: Callable[[int], Scene]) -> None:
    """Provisioning registers the runner again while it is watched: the last line does not call the row right."""
    scene = small_scene(15)

    def register_again(own: World) -> None:
        while scene.host.journal()[-1] != "done":
            time.sleep(0.05)
        own.execute("UPDATE action_runner SET owner_id = 1 WHERE id = 5")

    with polling(scene.database, scene.world, SICK, after_repair=register_again):
        ended = applied(scene.host, "--watch", "30s")
    assert ended.last_line.startswith(
        "DONE, AND UNDONE BY OTHERS: runner 5 was repaired, and now has owner_id=1 repo_id=35"
    )


def test_where_nobody_watches_it_is_said_that_nobody_did(small_scene: Callable[[int], Scene]) -> None:
    """Without a terminal the default is off."""
    ended = applied(small_scene(15).host)
    assert "effect: not watched" in ended.out
    assert ended.last_line.startswith("DONE: runner 5 belongs to repository 35 alone.")


def test_a_server_that_goes_away_is_not_taken_for_a_silent_runner(small_scene: Callable[[int], Scene]) -> None:
    """The first looks see the row, the last ones nothing at all: that is told, and no fault of the runner is made up."""
    scene = small_scene(15)
    assert isinstance(scene.database.address, SqliteAddress)
    file = Path(scene.database.address.path)

    def go_away() -> None:
        deadline = time.monotonic() + 30
        while (scene.host.journal() or [""])[-1] != "done" and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1.5)
        file.rename(file.with_suffix(".gone"))

    going = threading.Thread(target=go_away)
    going.start()
    ended = applied(scene.host, "--watch", "5s")
    going.join()
    assert ended.last_line.startswith("DONE: row right, effect not looked at: There is no SQLite database at ")
    assert "Look at the runner's service" not in ended.out


def test_an_undo_is_not_watched(small_scene: Callable[[int], Scene]) -> None:
    """The row is meant to be sick afterwards: there is no effect to wait for, however long the span."""
    host = small_scene(15).host
    repaired = host.planned()
    assert host.doctor("apply", repaired, "--signature", host.signed(repaired), "--watch", "0s").code == 0
    digest = digest_in(host.doctor("undo", repaired).out)
    ended = host.doctor("apply", digest, "--signature", host.signed(digest), "--watch", "1h")
    assert ended.code == 0
    assert "effect" not in ended.out
    assert "and with it the combined scope" in ended.last_line


def test_a_span_that_is_none_is_refused_before_anything_is_touched(small_scene: Callable[[int], Scene]) -> None:
    """Usage, and no word in the journal."""
    host = small_scene(15).host
    digest = host.planned()
    signature = host.signed(digest)
    for span in ("soon", "-1s", "2h", "1.5s", "60 s"):
        ended = host.doctor("apply", digest, "--signature", signature, f"--watch={span}")
        assert ended.code == 2, span
    assert host.journal() == []


def test_ending_the_watch_leaves_the_repair_done(small_scene: Callable[[int], Scene]) -> None:
    """Ctrl-C while watching: 0, the receipt was printed before, and the last line claims no effect."""
    host = small_scene(15).host
    digest = host.planned()
    command = [sys.executable, "-m", "runner_scope_doctor", "apply", digest, "--signature", str(host.signed(digest))]
    process = subprocess.Popen(
        [*command, "--watch", "60s"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ACTION), "RSD_HOST": str(host.configuration)},
    )  # fmt: skip
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    while not lines[-1].startswith("  verified "):
        lines.append(process.stdout.readline())
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert lines[0] == f"receipt of plan {digest}\n"
    assert out.splitlines()[-1].startswith("DONE: row right, effect not seen: ")
    assert "the watch was interrupted; the row stays repaired" in err


def test_a_person_at_a_terminal_is_kept_company(small_scene: Callable[[int], Scene]) -> None:
    """On a terminal it is watched without being asked for, and the wait is told on standard error while it lasts."""
    scene = small_scene(15)
    digest = scene.host.planned()
    command = [
        sys.executable,
        "-m",
        "runner_scope_doctor",
        "apply",
        digest,
        "--signature",
        str(scene.host.signed(digest)),
    ]
    ours, theirs = os.openpty()
    with polling(scene.database, scene.world, SICK):
        ended = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=theirs, text=True, check=True, timeout=60,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ACTION), "RSD_HOST": str(scene.host.configuration)},
        )  # fmt: skip
    os.close(theirs)
    told = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert "watching whether runner 5 now picks up … 1 s" in told
    assert ended.stdout.splitlines()[-1].startswith("DONE: row right, effect seen: ")


def test_a_watch_that_could_not_look_says_so(tmp_path: Path) -> None:
    """Every look fails: that is an outcome of its own, with the database's own reason."""
    watch = Watch(
        seconds=1,
        address=SqliteAddress(path=tmp_path / "gone.db"),
        patience=Patience(1),
        request=EffectRequest(runner_id=SICK, repo_id=REPOSITORY, major=15),
    )
    effect = watched(watch, None)
    assert isinstance(effect, EffectNotLooked)
    assert "There is no SQLite database at" in effect.reason

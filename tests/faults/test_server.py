"""A database that is locked, lost, restarted or undoes the repair for another's sake: the outcome is looked up."""

from __future__ import annotations

import pytest

from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.repair.checkpoints import Checkpoint
from support.faults.restart import restarted_at
from support.faults.scene import Scene
from support.faults.server_stories import LINES, LOCKED, SLOW_LINE, broken, question_lost
from support.faults.stages import Stage
from support.faults.story import Story, tell
from support.processes import ServerUnavailable

SERVERS = (Engine.POSTGRES, Engine.MYSQL)


def test_a_row_that_is_locked_for_longer_than_the_limit(scene: Scene) -> None:
    """6 after the limit, nothing changed; once it is free, the same plan works."""
    tell(scene, LOCKED)


@pytest.mark.parametrize("scene", SERVERS, ids=[engine.value for engine in SERVERS], indirect=True)
@pytest.mark.parametrize("story", LINES, ids=[story.what for story in LINES])
def test_a_line_that_breaks(scene: Scene, story: Story) -> None:
    """Before the server has the commit: 6, nothing changed. Once it has it: found on a fresh connection, or 7 until it can be."""
    tell(scene, story)


@pytest.mark.parametrize("scene", SERVERS, ids=[engine.value for engine in SERVERS], indirect=True)
@pytest.mark.parametrize(("checkpoint", "kept"), [(Checkpoint.UPDATED, 0), (Checkpoint.COMMITTING, 1)])
def test_a_backup_stays_once_the_commit_was_sent(scene: Scene, checkpoint: Checkpoint, kept: int) -> None:
    """The line breaks and nothing is changed either way: an attempt that may have sent COMMIT keeps its backup all the same,
    and one that did not takes it away."""
    scene.reset()
    with broken(checkpoint, question_lost)(scene) as told:
        assert told.ended.code == 6, told.ended
        assert len(list(scene.state.backups.iterdir())) == kept


@pytest.mark.parametrize("scene", [Engine.MYSQL], ids=["mysql"], indirect=True)  # looks for the server for five seconds
def test_a_commit_that_nobody_can_look_up(scene: Scene) -> None:
    """The answer is lost and so is every way to the server: 7; when it is back, the same apply finds the change."""
    tell(scene, SLOW_LINE)


@pytest.mark.parametrize(("checkpoint", "code"), [(Checkpoint.COMMITTING, 6), (Checkpoint.COMMITTED, 0)])
@pytest.mark.parametrize("engine", SERVERS, ids=[engine.value for engine in SERVERS])
def test_a_server_that_is_restarted(stage: Stage, engine: Engine, checkpoint: Checkpoint, code: int) -> None:
    """Before the commit: 6, nothing changed, the same plan works. After it: 0, as if nothing had been."""
    try:
        assert restarted_at(stage, engine, checkpoint).code == code
    except ServerUnavailable as error:
        pytest.skip(f"no server of its own: {error}")

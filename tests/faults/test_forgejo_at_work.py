"""Applies beside a server that writes all the time: it loses nothing, waits for nothing, and the plan stays usable."""

from __future__ import annotations

import pytest

from runner_scope_doctor.model.server import Engine
from support.faults.forgejo import PATIENCE, applied_beside, journal_mode
from support.faults.scene import Scene

APPLIES = 4


@pytest.mark.alone
@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
@pytest.mark.parametrize("scene", [Engine.SQLITE], ids=["sqlite"], indirect=True)
def test_on_sqlite(scene: Scene, mode: str) -> None:
    """In both journal modes a server with half a second of patience never runs out of it."""
    with journal_mode(scene, mode):
        worked = applied_beside(scene, APPLIES)
    assert worked.writes > 10
    assert worked.longest < PATIENCE


@pytest.mark.alone
@pytest.mark.parametrize(
    "scene", [Engine.POSTGRES, Engine.MYSQL], ids=[Engine.POSTGRES.value, Engine.MYSQL.value], indirect=True
)
def test_on_a_server(scene: Scene) -> None:
    """Where rows are locked one by one, too."""
    worked = applied_beside(scene, APPLIES)
    assert worked.writes > 10
    assert worked.longest < PATIENCE

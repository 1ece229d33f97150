"""A percent sign in a statement reaches every engine as one."""

from __future__ import annotations

from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.database.statement import Statement
from support.empty_server import EmptyServer


def test_a_percent_sign_stays_one(any_engine_world: EmptyServer) -> None:
    """Drivers that mark parameters with it see it doubled; the engine sees it once, with parameters and without."""
    any_engine_world.create(16)
    with opened_for_reading(any_engine_world.address, Patience(10)) as reader:
        assert reader.read(Statement("SELECT '5%'")) == [("5%",)]
        assert reader.read(Statement("SELECT '5%' WHERE 1 = :one"), one=1) == [("5%",)]

"""A fresh database that a test has yet to make a Forgejo server's."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.model.server import Engine
from support.connection import FreshDatabase
from support.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyServer:
    """A fresh database of one engine. `create` makes it a Forgejo's of that major; it may be called once."""

    engine: Engine
    address: DatabaseAddress
    database: FreshDatabase

    def create(self, major: int, *, now: int | None = None) -> World:
        """The tables and the version rows. `now` is UTC in Unix seconds, the present when None."""
        return World.create(self.database.connection, self.engine, major, now=now)

"""A sick server, and a folder for its backups."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner_scope_doctor.model.server import Engine
from support.backups import private_backups
from support.connection import FreshDatabase
from support.world import World


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty private folder."""
    return private_backups(tmp_path)


@pytest.fixture
def server(sqlite_database: FreshDatabase) -> FreshDatabase:
    """A SQLite server with three runners, one of them combined, a token and a counter."""
    world = World.create(sqlite_database.connection, Engine.SQLITE, 15)
    owner = world.user("owner")
    repository = world.repository(owner, "deploy")
    world.runner("builder", id=1)
    world.runner("tester", id=2, repo_id=repository)
    world.runner("deploy-host", id=3, owner_id=owner, repo_id=repository)
    world.insert("action_runner_token", id=1, token="registers", owner_id=owner)
    world.counter(0, repository, 5)
    return sqlite_database

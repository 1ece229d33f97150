"""A gate that can be attacked, with one or two approvals wanted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support.connection import FreshDatabase
from support.deploy_host import one_login
from support.empty_server import EmptyServer
from support.gate import Gate, Terms, gate


@pytest.fixture
def make(sqlite_database: FreshDatabase, private: Path) -> Callable[..., Gate]:
    """Makes the gate of these terms on SQLite. The honest ways run on every engine elsewhere."""
    server = EmptyServer(engine=sqlite_database.engine, address=sqlite_database.address, database=sqlite_database)
    return lambda **terms: gate(server, one_login(sqlite_database.address), private, Terms(**terms))

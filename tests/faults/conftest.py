"""One scene per engine for all tests of this room; each test begins by setting it back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runner_scope_doctor.model.server import Engine
from support.faults.driver import Driver, driver
from support.faults.scene import Scene
from support.faults.stages import Server, Stage
from support.host_files import folder_of_the_operator


@pytest.fixture(scope="session")
def forking() -> Iterator[Driver]:
    """The process that forks all runs."""
    with driver() as found:
        yield found


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory, forking: Driver) -> Stage:
    """A folder whose path is trusted, skipped loudly where the temporary folder's is not."""
    return Stage(folder_of_the_operator(tmp_path_factory.mktemp("faults")), forking)


def server_of(request: pytest.FixtureRequest, engine: Engine) -> Server:
    """The session's server of that engine."""
    match engine:
        case Engine.SQLITE:
            return None
        case Engine.POSTGRES:
            postgres: Server = request.getfixturevalue("postgres_server")
            return postgres
        case Engine.MYSQL:
            mariadb: Server = request.getfixturevalue("mariadb_server")
            return mariadb


@pytest.fixture(scope="session", params=list(Engine), ids=[engine.value for engine in Engine])
def scene(request: pytest.FixtureRequest, stage: Stage) -> Iterator[Scene]:
    """The user's case with two approved plans, on each engine."""
    with stage.scene(server_of(request, request.param)) as found:
        yield found

"""Real databases and a real browser for every test that wants one, and a loud word at the end when one could not be had."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from runner_scope_doctor.database.address import DatabaseAddress, MysqlAddress, PostgresAddress
from runner_scope_doctor.model.server import Engine
from support.browser import Browser, started_browser
from support.connection import FreshDatabase
from support.empty_server import EmptyServer
from support.host_files import folder_of_the_operator
from support.processes import ServerUnavailable
from support.sqlite_file import fresh_sqlite

if TYPE_CHECKING:
    from support.mariadb_server import MariadbServer
    from support.postgres_server import PostgresServer

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in its background so, and every process of a test would inherit it: none could be interrupted.
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("brief", max_examples=10)  # where every property was tried at length before

MISSING_ENGINES = pytest.StashKey[dict[str, str]]()


def _skip_engine(request: pytest.FixtureRequest, engine: str, error: ServerUnavailable) -> None:
    request.config.stash.setdefault(MISSING_ENGINES, {})[engine] = str(error)
    pytest.skip(f"no {engine}: {error}")


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """One real PostgreSQL for the session, skipped loudly where it cannot be had."""
    try:
        from support.postgres_server import start_postgres  # needs a driver; SQLite tests do without

        server = start_postgres()
    except ServerUnavailable as error:
        _skip_engine(request, "PostgreSQL", error)
    except ImportError as error:
        _skip_engine(request, "PostgreSQL", ServerUnavailable(str(error)))
    else:
        yield server
        server.process.stop()


@pytest.fixture(scope="session")
def mariadb_server(request: pytest.FixtureRequest) -> Iterator[MariadbServer]:
    """One real MariaDB for the session, skipped loudly where it cannot be had."""
    try:
        from support.mariadb_server import start_mariadb  # needs a driver; SQLite tests do without

        server = start_mariadb()
    except ServerUnavailable as error:
        _skip_engine(request, "MariaDB", error)
    except ImportError as error:
        _skip_engine(request, "MariaDB", ServerUnavailable(str(error)))
    else:
        yield server
        server.process.stop()


@pytest.fixture(scope="session")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """One real Chromium for the session, skipped loudly where it cannot be had."""
    with ExitStack() as stack:
        try:
            started = stack.enter_context(started_browser())
        except ServerUnavailable as error:
            _skip_engine(request, "Chromium", error)
        yield started


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[FreshDatabase]:
    """An empty SQLite file of the test's own."""
    with fresh_sqlite(tmp_path / "forgejo.db") as database:
        yield database


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> Iterator[FreshDatabase]:
    """An empty PostgreSQL database of the test's own; `address` is a `PostgresAddress`."""
    with postgres_server.fresh_database() as database:
        assert isinstance(database.address, PostgresAddress)
        yield database


@pytest.fixture
def mariadb_database(mariadb_server: MariadbServer) -> Iterator[FreshDatabase]:
    """An empty MariaDB database of the test's own; `address` is a `MysqlAddress`."""
    with mariadb_server.fresh_database() as database:
        assert isinstance(database.address, MysqlAddress)
        yield database


@pytest.fixture
def fresh_database(request: pytest.FixtureRequest) -> Iterator[Callable[[Engine], FreshDatabase]]:
    """Makes empty databases of any engine, as many as the test wants."""
    with ExitStack() as stack:

        def make(engine: Engine) -> FreshDatabase:
            match engine:
                case Engine.SQLITE:
                    folder: Path = request.getfixturevalue("tmp_path_factory").mktemp("sqlite")
                    return stack.enter_context(fresh_sqlite(folder / "forgejo.db"))
                case Engine.POSTGRES:
                    postgres: PostgresServer = request.getfixturevalue("postgres_server")
                    return stack.enter_context(postgres.fresh_database())
                case Engine.MYSQL:
                    mariadb: MariadbServer = request.getfixturevalue("mariadb_server")
                    return stack.enter_context(mariadb.fresh_database())

        yield make


@pytest.fixture(params=list(Engine), ids=[engine.value for engine in Engine])
def any_engine_world(request: pytest.FixtureRequest, fresh_database: Callable[[Engine], FreshDatabase]) -> EmptyServer:
    """The test once per engine, each with an empty database and a way to make it a Forgejo's."""
    engine: Engine = request.param
    database = fresh_database(engine)
    return EmptyServer(engine=engine, address=database.address, database=database)


@pytest.fixture
def over_tcp(request: pytest.FixtureRequest, any_engine_world: EmptyServer) -> DatabaseAddress:
    """The test's database by an address that a URL can hold, as who may do everything there."""
    match any_engine_world.address:
        case PostgresAddress(name=name):
            postgres: PostgresServer = request.getfixturevalue("postgres_server")
            return postgres.tcp_address(name)
        case MysqlAddress(name=name):
            mariadb: MariadbServer = request.getfixturevalue("mariadb_server")
            return mariadb.tcp_address(name)
        case address:
            return address


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """An empty folder of mode 0755 whose path is trusted, skipped loudly where the temporary folder's is not."""
    return folder_of_the_operator(tmp_path)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Says at the very end which engines nothing was tested on."""
    for engine, reason in config.stash.get(MISSING_ENGINES, {}).items():
        terminalreporter.section(f"NOTHING WAS TESTED ON {engine}", sep="!", red=True, bold=True)
        terminalreporter.line(reason)
        if _is_ci():
            terminalreporter.line("CI=true: a missing engine fails the whole run.")
    skipped = (str(report.longrepr) for report in terminalreporter.stats.get("skipped", ()))
    for reason in sorted({one for one in skipped if "NEEDS " in one}):
        terminalreporter.section("NOT EVERYTHING WAS TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(reason)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a run without one of the engines is a failed run. One of several processes tells the first one."""
    missing = session.config.stash.get(MISSING_ENGINES, {})
    # pytest-xdist sets it in its workers
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["missing engines"] = missing
    elif _is_ci() and missing and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """What a process of pytest-xdist could not have."""
    output: dict[str, dict[str, str]] = getattr(node, "workeroutput", {})
    config: pytest.Config = node.config  # type: ignore[attr-defined]  # pytest-xdist is untyped
    config.stash.setdefault(MISSING_ENGINES, {}).update(output.get("missing engines", {}))


def _is_ci() -> bool:
    return os.environ.get("CI") == "true"

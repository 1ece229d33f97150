"""Every single column that docs/access.md asks for is needed."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.model.snapshot import Coverage
from runner_scope_doctor.observe.database import observe_database
from runner_scope_doctor.observe.request import LookRequest, Sampling
from support.access_case import SERVERS, Server, checked, contract_in, seen, sick
from support.access_page import Kind, login_with, page_grants, without
from support.connection import FreshDatabase

REQUIRED_COLUMNS, OPTIONAL_COLUMNS = (
    [
        pytest.param(engine, grant.table, column, id=f"{engine.value}-{grant.table}.{column}")
        for engine in SERVERS
        for grant in page_grants(engine, 16)
        if grant.kind is kind
        for column in grant.columns
    ]
    for kind in (Kind.REQUIRED, Kind.OPTIONAL)
)


@pytest.fixture(scope="module")
def sick_databases(request: pytest.FixtureRequest) -> Iterator[Callable[[Engine], FreshDatabase]]:
    """One database of Forgejo 16 per engine with the sick case, for tests that only look at it."""
    made: dict[Engine, FreshDatabase] = {}
    with ExitStack() as stack:

        def database(engine: Engine) -> FreshDatabase:
            if engine not in made:
                server: Server = request.getfixturevalue(SERVERS[engine])
                made[engine] = stack.enter_context(server.fresh_database())
                sick(made[engine], engine, 16)
            return made[engine]

        yield database


@pytest.mark.parametrize(("engine", "table", "column"), REQUIRED_COLUMNS)
def test_no_required_column_can_be_spared(
    engine: Engine,
    table: str,
    column: str,
    sick_databases: Callable[[Engine], FreshDatabase],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    """Each column the page asks for is needed: without it the check ends 4, or 10 with a gap, and says what to grant."""
    server: Server = request.getfixturevalue(SERVERS[engine])
    reader = login_with(server, sick_databases(engine), without(page_grants(engine, 16), table, column))
    ended = checked(reader, contract_in(tmp_path), tmp_path / "report.json")
    report = seen(tmp_path / "report.json")
    required = [gap for gap in report["unobserved"] if gap["need"] == "required"]
    assert (ended.code, bool(required)) in ((4, True), (10, True))
    assert re.search(rf"\b{table}\b", required[0]["reason"]), required[0]["reason"]
    if engine is Engine.MYSQL and "column" in required[0]["reason"]:
        assert column in required[0]["reason"]
    assert "docs/access.md" in required[0]["next_step"]
    assert reader.password is not None
    assert reader.password.secret not in ended.out + ended.err + json.dumps(report)


@pytest.mark.parametrize(("engine", "table", "column"), OPTIONAL_COLUMNS)
def test_the_page_offers_no_column_that_nothing_reads(
    engine: Engine,
    table: str,
    column: str,
    sick_databases: Callable[[Engine], FreshDatabase],
    request: pytest.FixtureRequest,
) -> None:
    """Each optional column is read too: without it something is not seen, and the sentence names its table."""
    server: Server = request.getfixturevalue(SERVERS[engine])
    reader = login_with(server, sick_databases(engine), without(page_grants(engine, 16), table, column))
    now = int(time.time())
    everything = LookRequest(
        address="", instance=None, now=now, coverage=Coverage.CANDIDATES, overdue_before=now - 900,
        sampling=Sampling(seconds=1, pause=lambda seconds: None),
    )  # fmt: skip
    with opened_for_reading(reader, Patience(10)) as look:
        gaps = observe_database(look, everything).unobserved
    assert gaps
    assert all(re.search(rf"\b{table}\b", gap.reason) for gap in gaps), gaps

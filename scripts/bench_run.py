"""The bench: whole processes in turn with what they are compared to, medians, and one table for docs/performance.md."""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bench_statements import compared_statements
from bench_waiting import compared_answers
from bench_witnesses import PAGES, SESSION_LOOP, api_with_many_runners

from runner_scope_doctor.database.address import DatabaseAddress, MysqlAddress, PostgresAddress, SqliteAddress
from runner_scope_doctor.model.server import Engine
from support.connection import FreshDatabase
from support.mariadb_server import start_mariadb
from support.postgres_server import start_postgres
from support.scale import many_jobs, many_runners
from support.sqlite_file import fresh_sqlite
from support.world import World

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
BASE = "import argparse, dataclasses, json, sqlite3, yaml"
RUNNERS, COMBINED, JOBS, WAITING = 100_000, 100, 1_000_000, 100
API_RUNNERS = 10_000
NAMES = {Engine.SQLITE: "SQLite", Engine.POSTGRES: "PostgreSQL", Engine.MYSQL: "MariaDB"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One finished process: seconds from start to end, and its peak memory in KiB, 0 when it did not say."""

    seconds: float
    memory: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. `limit` is the ratio the issue allows."""

    what: str
    ours: float
    against: float
    limit: float
    note: str

    @property
    def ratio(self) -> float:
        """How many times as long we take."""
        return self.ours / self.against


def main() -> int:
    """0 when every ratio is within its limit, 1 when one is not; the table is written either way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="counted runs of each command")
    runs = parser.parse_args().runs
    rows = []
    with tempfile.TemporaryDirectory(prefix="rsd-bench-") as name:
        rows.append(_start_up(Path(name), runs))
        for engine in Engine:
            rows += _at_scale(engine, Path(name), runs)
        rows.append(_two_witnesses(Path(name), max(runs // 3, 3)))
    _write(rows)
    for row in rows:
        sys.stdout.write(f"{row.what}: {row.ratio:.2f} times, at most {row.limit} ({row.note})\n")
    return 0 if all(row.ratio <= row.limit for row in rows) else 1


def _start_up(folder: Path, runs: int) -> Row:
    with fresh_sqlite(folder / "start.db") as database:
        _fill(database, runners=4, combined=1, jobs=0)
        ours, base = _in_turn([_check(database.address), [sys.executable, "-I", "-c", BASE]], runs, {})
    return Row(
        what="(a) whole check of a small SQLite database, against importing what it stands on",
        ours=_median(ours), against=_median(base), limit=2.5, note=f"{_most(ours)} MiB",
    )  # fmt: skip


def _at_scale(engine: Engine, folder: Path, runs: int) -> list[Row]:
    with _server(engine, folder) as make:
        small, large = make(), make()
        _fill(small, runners=100, combined=COMBINED, jobs=1000)
        _fill(large, runners=RUNNERS, combined=COMBINED, jobs=JOBS)
        on_large, on_small = _in_turn([_check(large.address), _check(small.address)], runs, {})
        ours, bare = compared_statements(large.address, runs)
        answers = compared_answers(large.address, JOBS, runs)
    return [
        Row(
            what=f"(b) {NAMES[engine]}: whole check at {RUNNERS:,} runners and {JOBS:,} jobs, against 100 and 1,000",
            ours=_median(on_large), against=_median(on_small), limit=2.0, note=f"{_most(on_large)} MiB",
        ),
        Row(
            what=f"(b) {NAMES[engine]}: the statements at that size, against the bare driver running them",
            ours=ours, against=bare, limit=1.3, note="",
        ),
        *(
            Row(
                what=f"(d) {NAMES[engine]}: one answer of why {about} at that size, against the statements it needs",
                ours=answer, against=statements, limit=2.0, note="",
            )
            for about, (answer, statements) in zip(("about one job", f"about all {WAITING} that wait"), answers, strict=True)
        ),
    ]  # fmt: skip


def _two_witnesses(folder: Path, runs: int) -> Row:
    with fresh_sqlite(folder / "witness.db") as database:
        _fill(database, runners=API_RUNNERS, combined=0, jobs=0)
        with api_with_many_runners(database) as (url, token):
            settings = {"RSD_API_TOKEN": token, "RSD_API_URL": url}
            loop = [sys.executable, "-I", "-c", SESSION_LOOP, url, token]
            ours, plain = _in_turn([_check(database.address), loop], runs, settings)
    return Row(
        what=f"(c) two witnesses, {API_RUNNERS:,} runners in {PAGES} pages at 5 ms an answer, against a plain Session loop",
        ours=_median(ours), against=_median(plain), limit=1.1, note=f"{_most(ours)} MiB",
    )  # fmt: skip


@contextmanager
def _server(engine: Engine, folder: Path) -> Iterator[Callable[[], FreshDatabase]]:
    """A real server of the engine, and a way to make databases in it."""
    with ExitStack() as stack:
        match engine:
            case Engine.SQLITE:
                numbers = itertools.count()
                yield lambda: stack.enter_context(fresh_sqlite(folder / f"scale-{next(numbers)}.db"))
            case Engine.POSTGRES:
                postgres = start_postgres()
                stack.callback(postgres.process.stop)
                yield lambda: stack.enter_context(postgres.fresh_database())
            case Engine.MYSQL:
                mariadb = start_mariadb()
                stack.callback(mariadb.process.stop)
                yield lambda: stack.enter_context(mariadb.fresh_database())


def _fill(database: FreshDatabase, *, runners: int, combined: int, jobs: int) -> None:
    world = World.create(database.connection, database.engine, 15)
    world.user("owner", id=1)
    world.repository(1, "repository", id=1)
    many_runners(world, runners, combined=combined)
    if jobs:
        many_jobs(world, jobs, waiting=WAITING)


def _check(address: DatabaseAddress) -> list[str]:
    return [
        sys.executable,
        "-I",
        "-c",
        _START,
        str(ROOT / "action"),
        "check",
        "--database",
        _url(address),
        "--timeout",
        "60",
    ]


_START = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from runner_scope_doctor.cli.main import main
code = main()
with open("/proc/self/status") as status:
    sys.stderr.write(next(line for line in status if line.startswith("VmHWM")))
sys.exit(code)
"""
"""The command, and at its end the peak memory of its own: what the system accounts to it holds the bench's as well."""


def _url(address: DatabaseAddress) -> str:
    match address:
        case SqliteAddress(path=path):
            return f"sqlite:///{path}"
        case PostgresAddress(host=host, port=port, name=name, user=user):
            return f"postgres://{user}@:{port}/{name}?host={quote(host)}"
        case MysqlAddress(socket=socket, name=name, user=user):
            return f"mysql://{user}@localhost/{name}?socket={quote(str(socket))}"


def _in_turn(commands: Sequence[list[str]], runs: int, settings: dict[str, str]) -> list[list[Run]]:
    """Each command `runs` times, one after the other in turn, after one run of each that does not count."""
    done: list[list[Run]] = [[] for _ in commands]
    for number in range(runs + 1):
        for command, results in zip(commands, done, strict=True):
            result = _one(command, settings)
            if number:
                results.append(result)
    return done


def _one(command: list[str], settings: dict[str, str]) -> Run:
    environment = {"PATH": os.environ["PATH"], **settings}
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None  # noqa: S101 - asked for above
    said = process.stderr.read().decode()
    process.wait()
    seconds = time.perf_counter() - started
    process.stderr.close()
    if process.returncode not in (0, 10):
        raise SystemExit(f"{command} ended with {process.returncode}: {said}")
    peak = re.search(r"^VmHWM:\s*(\d+) kB", said, re.MULTILINE)
    return Run(seconds=seconds, memory=int(peak[1]) if peak else 0)


def _median(runs: Sequence[Run]) -> float:
    return statistics.median(run.seconds for run in runs)


def _most(runs: Sequence[Run]) -> str:
    return f"{max(run.memory for run in runs) / 1024:.0f}"


def _write(rows: Sequence[Row]) -> None:
    machine = f"{os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}"
    lines = [
        BEGIN,
        "",
        f"Measured on {machine}. Medians; ours and theirs ran in turn.",
        "",
        "| what | ours | theirs | ratio | at most | peak memory |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {row.what} | {row.ours * 1000:.0f} ms | {row.against * 1000:.0f} ms "
            f"| {row.ratio:.2f} | {row.limit} | {row.note} |"
            for row in rows
        ),
        "",
        END,
    ]
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text(before + "\n".join(lines) + after, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

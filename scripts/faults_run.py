"""The fault harness in full counts, and the tables for docs/faults.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faults_counts import Counts, Measured, measured
from faults_tables import lines

from runner_scope_doctor.model.server import Engine
from support.faults.driver import driver
from support.faults.stages import NAMES, Server, Stage
from support.mariadb_server import start_mariadb
from support.postgres_server import start_postgres

PAGE = Path(__file__).resolve().parent.parent / "docs" / "faults.md"
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"


def main() -> int:
    """0 when every promise held, and then the tables are written; ends with the first one that did not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261124, help="repeats a run")
    parser.add_argument("--moments", type=int, default=500, help="random moments an engine")
    parser.add_argument("--races", type=int, default=100, help="races of each kind an engine")
    parser.add_argument("--engine", choices=[engine.value for engine in Engine], help="this one alone; writes nothing")
    chosen = parser.parse_args()
    counts = Counts(seed=chosen.seed, moments=chosen.moments, races=chosen.races)
    engines = [engine for engine in Engine if chosen.engine in (None, engine.value)]
    found = [_on(engine, counts) for engine in engines]
    text = "\n".join(lines(found, counts))
    sys.stdout.write(f"{text}\n")
    if chosen.engine is None:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(f"{page.split(BEGIN)[0]}{BEGIN}\n\n{text}\n{END}{page.split(END)[1]}", encoding="utf-8")
    return 0


def _on(engine: Engine, counts: Counts) -> Measured:
    with tempfile.TemporaryDirectory(prefix="rsd-faults-") as name, _server(engine) as server, driver() as forking:
        folder = Path(name)
        folder.chmod(0o755)
        stage = Stage(folder, forking)
        with stage.scene(server) as scene:
            found = measured(scene, stage, counts)
    sys.stderr.write(f"{NAMES[engine]}: done in {found.seconds:.0f} seconds\n")
    return found


@contextmanager
def _server(engine: Engine) -> Iterator[Server]:
    match engine:
        case Engine.SQLITE:
            yield None
        case Engine.POSTGRES:
            postgres = start_postgres()
            try:
                yield postgres
            finally:
                postgres.process.stop()
        case Engine.MYSQL:
            mariadb = start_mariadb()
            try:
                yield mariadb
            finally:
                mariadb.process.stop()


if __name__ == "__main__":
    sys.exit(main())

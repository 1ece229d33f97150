"""A small Forgejo server's rows, in any engine and version, written as Forgejo writes them."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from runner_scope_doctor.model.server import Engine
from support.connection import Connection, Cursor, Value, inserted, placeholder, run
from support.defaults import row_defaults
from support.definitions import FIRST_MAJOR_WITH_MIGRATION_TABLE, columns, quoted, statements
from support.releases import LEGACY_COUNTERS, MIGRATIONS, RELEASES, SCHEMA_NUMBERS

ACTIONS_UNIT = 10
"""`repo_unit.type` of Actions (`models/unit/unit.go`)."""
INDIVIDUAL, ORGANISATION = 0, 1
"""`user.type` (`models/user/user.go`)."""


class Status(IntEnum):
    """Status of runs, jobs and tasks (`models/actions/status.go`), all versions."""

    UNKNOWN = 0
    SUCCESS = 1
    FAILURE = 2
    CANCELLED = 3
    SKIPPED = 4
    WAITING = 5
    RUNNING = 6
    BLOCKED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A database that a Forgejo of `major` has set up. `now` is UTC in Unix seconds; rows are made a little before it.

    Every method inserts one row at once and returns its id. Each takes any further column of its table by name and
    writes the value as given, None and odd ones included; a column the version lacks is an error.
    """

    connection: Connection
    engine: Engine
    major: int
    now: int
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def create(cls, connection: Connection, engine: Engine, major: int, *, now: int | None = None) -> World:
        """Creates the tables in an empty database and says in them what a server of this version says."""
        world = cls(connection=connection, engine=engine, major=major, now=int(time.time()) if now is None else now)
        if engine is Engine.POSTGRES:
            run(connection, ";".join(statements(engine, major)))
        else:
            for statement in statements(engine, major):
                run(connection, statement)
        world.insert("version", id=1, version=SCHEMA_NUMBERS[major])
        world.insert("forgejo_version", id=1, version=LEGACY_COUNTERS[major])
        world.insert("forgejo_sem_ver", version=RELEASES[major])
        if major >= FIRST_MAJOR_WITH_MIGRATION_TABLE:
            known = [name for since, name in MIGRATIONS if since <= major]
            world.insert_many(
                "forgejo_migration", ("id", "created_unix"), [(name, world.now - 86400) for name in known]
            )
        return world

    def user(self, name: str, *, id: int | None = None, kind: Value = INDIVIDUAL, **more: Value) -> int:
        """A person, or whatever `kind`, the column `type`, says."""
        return self._row(
            "user", id, name=name, lower_name=name.lower(), email=f"{name}@localhost.invalid", type=kind, **more
        )

    def organization(self, name: str, *, id: int | None = None, **more: Value) -> int:
        """An organisation."""
        return self.user(name, id=id, kind=ORGANISATION, **more)

    def repository(
        self, owner_id: int, name: str, *, id: int | None = None, units: Iterable[int] = (ACTIONS_UNIT,), **more: Value
    ) -> int:
        """A repository with these units switched on; the owner's name comes from its row where there is one."""
        user = quoted(self.engine, "user")
        owner = self.rows(f"SELECT name FROM {user} WHERE id = {placeholder(self.engine)}", (owner_id,))
        values: dict[str, Value] = {"owner_name": owner[0][0] if owner else "", **more}
        repository = self._row("repository", id, owner_id=owner_id, name=name, lower_name=name.lower(), **values)
        for unit in units:
            self._row("repo_unit", None, repo_id=repository, type=unit)
        return repository

    def runner(
        self,
        name: str,
        *,
        id: int | None = None,
        owner_id: Value = 0,
        repo_id: Value = 0,
        labels: Sequence[str] | None = ("docker",),
        **more: Value,
    ) -> int:
        """A registered runner, live and just seen. `labels` None is JSON null: made, never declared.

        `agent_labels` gives the stored text itself instead.
        """
        number = next(self.numbers)
        values: dict[str, Value] = {
            "uuid": f"7d3c0c5e-1f4a-4b6e-9a51-{number:012x}",
            "token_hash": f"{number:064x}",
            "version": "v12.3.0",
            "agent_labels": json.dumps(labels, separators=(",", ":")),
            "last_online": self.now - 1,
            "created": self.now - 3600,
            "updated": self.now - 1,
            **more,
        }
        return self._row("action_runner", id, name=name, owner_id=owner_id, repo_id=repo_id, **values)

    def workflow_run(
        self, repo_id: int, *, id: int | None = None, status: Value = Status.WAITING, **more: Value
    ) -> int:
        """A run of a workflow, started by hand. Its owner is the repository's, where there is one."""
        index, run_table = quoted(self.engine, "index"), f"action_run WHERE repo_id = {placeholder(self.engine)}"
        highest = self.rows(f"SELECT COALESCE(MAX({index}), 0) FROM {run_table}", (repo_id,))[0][0]
        values: dict[str, Value] = {
            "owner_id": self._owner_of(repo_id),
            "title": "deploy",
            "workflow_id": "deploy.yml",
            "index": highest + 1,
            "ref": "refs/heads/main",
            "event": "workflow_dispatch",
            "trigger_event": "workflow_dispatch",
            "version": 1,
            **more,
        }
        if "concurrency_group" in columns("action_run", self.major):
            values.setdefault("concurrency_group", "refs/heads/main_deploy.yml_workflow_dispatch__auto")
        return self._row("action_run", id, repo_id=repo_id, status=status, **values)

    def job(
        self,
        repo_id: int,
        *,
        id: int | None = None,
        run_id: int | None = None,
        status: Value = Status.WAITING,
        runs_on: Sequence[str] | None = ("docker",),
        needs: Sequence[str] | None = None,
        **more: Value,
    ) -> int:
        """A job, waiting and never picked unless told otherwise. Without `run_id` it gets a run of its own.

        `created` and `updated` are `now` by default; `updated` of a waiting job is when it became waiting.
        """
        run_id = self.workflow_run(repo_id, status=status) if run_id is None else run_id
        values: dict[str, Value] = {"owner_id": self._owner_of(repo_id), "name": "deploy", "job_id": "deploy", **more}
        if "handle" in columns("action_run_job", self.major):  # from 15 on, which also counts attempts from 1
            values.setdefault("handle", f"5b1f7a90-6c2d-4e8b-8f03-{next(self.numbers):012x}")
            values.setdefault("attempt", 1)
        for name, words in (("runs_on", runs_on), ("needs", needs)):
            values[name] = json.dumps(words, separators=(",", ":"))
        return self._row("action_run_job", id, run_id=run_id, repo_id=repo_id, status=status, **values)

    def task(
        self, job_id: int, runner_id: int, *, id: int | None = None, status: Value = Status.RUNNING, **more: Value
    ) -> int:
        """A job picked by a runner: the task's row, and the job's `task_id`, `status` and `started` with it."""
        sign = placeholder(self.engine)
        job = self.rows(f"SELECT repo_id, owner_id FROM action_run_job WHERE id = {sign}", (job_id,))[0]
        values: dict[str, Value] = {"repo_id": job[0], "owner_id": job[1], "token_hash": f"{next(self.numbers):064x}"}
        values |= {"attempt": 1, "started": self.now, "token_last_eight": "00000000", **more}
        task = self._row("action_task", id, job_id=job_id, runner_id=runner_id, status=status, **values)
        update = f"UPDATE action_run_job SET task_id = {sign}, status = {sign}, started = {sign} WHERE id = {sign}"
        self.execute(update, (task, status, values["started"], job_id))
        return task

    def counter(self, owner_id: Value, repo_id: Value, version: int, *, id: int | None = None, **more: Value) -> int:
        """A row of `action_tasks_version`, which Forgejo raises when a runner of that scope should ask for jobs."""
        return self._row("action_tasks_version", id, owner_id=owner_id, repo_id=repo_id, version=version, **more)

    def secret(
        self, name: str, *, id: int | None = None, owner_id: Value = 0, repo_id: Value = 0, **more: Value
    ) -> int:
        """A secret; its data is not readable by anybody."""
        return self._row("secret", id, name=name, owner_id=owner_id, repo_id=repo_id, **more)

    def variable(
        self, name: str, *, id: int | None = None, owner_id: Value = 0, repo_id: Value = 0, **more: Value
    ) -> int:
        """A variable."""
        return self._row("action_variable", id, name=name, owner_id=owner_id, repo_id=repo_id, **more)

    def branch_rule(self, repo_id: int, name: str, *, id: int | None = None, **more: Value) -> int:
        """A protection rule for branches. As Forgejo makes it: nobody pushes, every writer merges."""
        lists = dict.fromkeys(
            ("whitelist_user_i_ds", "whitelist_team_i_ds", "merge_whitelist_user_i_ds", "merge_whitelist_team_i_ds"),
            "null",
        )
        return self._row("protected_branch", id, repo_id=repo_id, branch_name=name, **{**lists, **more})

    def insert(self, table: str, **values: Value) -> None:
        """One row of any table, with exactly these columns."""
        self.insert_many(table, tuple(values), [tuple(values.values())])

    def insert_many(self, table: str, names: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """Rows of any table, in one transaction. For hundreds of thousands `scale.py` is faster."""
        places = ", ".join([placeholder(self.engine)] * len(names))
        target = f"{quoted(self.engine, table)} ({', '.join(quoted(self.engine, name) for name in names)})"
        self.execute("BEGIN")
        cursor: Cursor = self.connection.cursor()
        try:
            cursor.executemany(f"INSERT INTO {target} VALUES ({places})", rows)
        except BaseException:
            self.execute("ROLLBACK")
            raise
        finally:
            cursor.close()
        self.execute("COMMIT")

    def execute(self, statement: str, parameters: Sequence[Value] = ()) -> None:
        """Any statement in the engine's own writing."""
        run(self.connection, statement, parameters)

    def rows(self, statement: str, parameters: Sequence[Value] = ()) -> tuple[tuple[Any, ...], ...]:
        """The rows of any statement in the engine's own writing."""
        return run(self.connection, statement, parameters)

    def _owner_of(self, repo_id: int) -> int:
        found = self.rows(f"SELECT owner_id FROM repository WHERE id = {placeholder(self.engine)}", (repo_id,))
        return int(found[0][0]) if found else 0

    def _row(self, table: str, id: int | None, **values: Value) -> int:
        full = {**row_defaults(table, self.major, self.now), **values}
        if id is not None:
            full["id"] = id
        unknown = full.keys() - set(columns(table, self.major))
        if unknown:
            raise ValueError(f"Forgejo {self.major} has no column {', '.join(sorted(unknown))} in {table}")
        return inserted(self.connection, self.engine, table, full)


def users_case(world: World) -> None:
    """The case this product was made for: the runner of one repository, registered again with both ids."""
    team = world.organization("platform-team", id=1)
    platform = world.repository(team, "platform", id=35)
    name, labels = "rs2000-deploy-host", ("deploy",)
    world.runner(name, id=4, repo_id=platform, labels=labels, last_online=1778752100, deleted=1778752131)
    world.runner(name, id=5, owner_id=team, repo_id=platform, labels=labels)

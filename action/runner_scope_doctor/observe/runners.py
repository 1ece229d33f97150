"""Reads runner rows: all live ones, or every one that any rule could find fault with. Never judges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from runner_scope_doctor.database.engines.runner_rows import RunnerContext, runner_with_context
from runner_scope_doctor.database.reader import Reader
from runner_scope_doctor.database.sql import check as sql
from runner_scope_doctor.database.statement import Scalar, Statement
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.runner import (
    Absent,
    ObservedOwner,
    ObservedRepository,
    ObservedRunner,
    is_combined,
    is_live,
)
from runner_scope_doctor.model.snapshot import Coverage
from runner_scope_doctor.observe.request import LookRequest

_Value = TypeVar("_Value", int, float, str)
_BATCH = 500
"""Values in one IN list: below SQLite's limit of 999 parameters in builds before 3.32, with room for others."""
_PAGE = 2000
"""Rows in one statement when all are read: in SQLite's DELETE mode a server cannot write meanwhile."""
_SHOWN_DELETED = 20
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerCounts:
    """How many rows the table has, and how many of the live ones no index could have found."""

    live: int
    deleted: int
    combined: int
    with_doubtful_labels: int


class RunnerRows:
    """Runner rows gathered so far, each once, with what their ids point at."""

    def __init__(self, reader: Reader, major: int) -> None:
        self._reader = reader
        self._major = major
        self.counts = RunnerCounts(live=0, deleted=0, combined=0, with_doubtful_labels=0)
        self._by_id: dict[int, RunnerContext] = {}

    def gather(self, request: LookRequest) -> None:
        """All rows the request asks for. Raises SourceUnavailable when they never agree with the table's own counts."""
        for _ in range(_TRIES):
            self.counts = _counts(self._reader)
            self._by_id.clear()
            match request.coverage:
                case Coverage.ALL:
                    self._add_all()
                case Coverage.CANDIDATES | Coverage.LISTED:
                    self._add_candidates(request)
            if self._agrees(request.coverage):
                self._add_deleted(request)
                return
        raise SourceUnavailable(
            f"The runner rows that were read never agreed with their own count in {_TRIES} tries.",
            next_step="Try again when fewer runners come and go; if it stays so, look at what hides rows from this login.",
        )

    def _agrees(self, coverage: Coverage) -> bool:
        """Whether as many rows are in hand as the table counted a moment before; rows can come and go between."""
        live = [runner for runner in self.runners if is_live(runner)]
        if coverage is Coverage.ALL and len(live) != self.counts.live:
            return False
        return sum(is_combined(runner) for runner in live) >= self.counts.combined

    def add_in_scope(self, repositories: Sequence[ObservedRepository]) -> None:
        """Every live runner that could be given a job of these repositories."""
        repo_ids = sorted({repository.id for repository in repositories})
        owner_ids = tuple(sorted({repository.owner_id for repository in repositories}))
        for some_ids in batches(repo_ids):
            self._add(sql.select_live_runners_in_scope(self._major), repo_ids=some_ids, owner_ids=owner_ids)

    @property
    def runners(self) -> tuple[ObservedRunner, ...]:
        """Ordered by id."""
        return tuple(self._by_id[number][0] for number in sorted(self._by_id))

    @property
    def repositories(self) -> tuple[ObservedRepository | Absent, ...]:
        """What the rows' repo_ids point at, ordered by id."""
        found = {repository.id: repository for _, repository, _ in self._by_id.values() if repository is not None}
        return tuple(found[number] for number in sorted(found))

    @property
    def owners(self) -> tuple[ObservedOwner | Absent, ...]:
        """What the rows' owner_ids point at, ordered by id."""
        found = {owner.id: owner for _, _, owner in self._by_id.values() if owner is not None}
        return tuple(found[number] for number in sorted(found))

    def _add(self, statement: Statement, **parameters: Scalar | tuple[Scalar, ...]) -> int | None:
        """Adds what the statement selects and returns the last row's id, None when there was no row."""
        found: dict[int, RunnerContext] = {}
        for row in self._reader.read(statement, **parameters):
            context = runner_with_context(row)
            if context[0].id in found:
                raise _repeated(context[0].id)
            found[context[0].id] = context
        self._by_id |= found
        return next(reversed(found), None)

    def _add_all(self) -> None:
        last = self._add(sql.select_first_live_runners(self._major), page=_PAGE)
        while last is not None:
            last = self._add(sql.select_live_runners_after(self._major), after=last, page=_PAGE)

    def _add_candidates(self, request: LookRequest) -> None:
        if self.counts.combined:
            self._add(sql.select_combined_runners(self._major))
        if self.counts.with_doubtful_labels:
            self._add(sql.select_runners_with_doubtful_labels(self._major))
        # No row has the id 0: where nothing is sick this still proves that every column is there and may be read.
        self._add(sql.select_runners_by_id(self._major), ids=(0,))
        self._add_pointing_at(sql.select_impossible_ids(self._reader.engine), sql.select_runners_by_id(self._major))
        self._add_pointing_at(sql.SELECT_MISSING_REPOSITORIES, sql.select_runners_of_repositories(self._major))
        self._add_pointing_at(sql.SELECT_MISSING_OWNERS, sql.select_runners_of_owners(self._major))
        for names in batches(request.names):
            self._add(sql.select_live_runners_named(self._major), names=names)
        if request.undeclared_examples and request.names:
            others = sql.select_live_runners_not_named(self._major, self._reader.engine)
            self._add(others, names=request.names, limit=request.undeclared_examples)

    def _add_pointing_at(self, missing: Statement, holders: Statement) -> None:
        ids = [value for (value,) in self._reader.read(missing) if isinstance(value, int | float)]
        for some_ids in batches(ids):
            self._add(holders, ids=some_ids)

    def _add_deleted(self, request: LookRequest) -> None:
        if not self.counts.deleted:
            return
        for names in batches(request.names):
            self._add(sql.select_deleted_runners_named(self._major), names=names, limit=_SHOWN_DELETED)
        combined = [runner for runner in self.runners if is_combined(runner)]
        repo_ids = sorted({runner.repo_id for runner in combined if isinstance(runner.repo_id, int)})
        names_of_combined = sorted({runner.name for runner in combined})
        for names in batches(names_of_combined):
            for some_ids in batches(repo_ids):
                self._add(sql.select_deleted_twins(self._major), repo_ids=some_ids, names=names)


def _repeated(number: int) -> SourceUnavailable:
    return SourceUnavailable(
        f"action_runner shows the row {number} twice: this is not Forgejo's own table.",
        next_step="Look at what stands in place of that table, such as a view.",
    )


def _counts(reader: Reader) -> RunnerCounts:
    rows, live, combined, doubtful = (
        value if isinstance(value, int) else 0 for value in reader.read(sql.COUNT_RUNNERS)[0]
    )
    return RunnerCounts(live=live, deleted=rows - live, combined=combined, with_doubtful_labels=doubtful)


def batches(values: Sequence[_Value]) -> Iterable[tuple[_Value, ...]]:
    """The values in tuples short enough for one IN list."""
    return (tuple(values[start : start + _BATCH]) for start in range(0, len(values), _BATCH))

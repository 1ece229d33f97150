"""The tables of docs/faults.md from what was measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence

from faults_counts import Counts, Measured

from runner_scope_doctor.repair.checkpoints import Checkpoint
from support.faults.aftermath import Ending
from support.faults.scene import Row
from support.faults.stages import NAMES


def lines(measured: Sequence[Measured], counts: Counts) -> Iterator[str]:
    """Markdown, one line each."""
    machine = f"{os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}"
    took = ", ".join(f"{NAMES[one.engine]} {one.seconds / 60:.0f} min" for one in measured)
    yield from (f"Measured on {machine}, seed {counts.seed}: {took}. Every promise held in every run.", "")
    yield from _kills(measured)
    yield from _last(measured, counts)
    yield from _races(measured)
    yield from _stories(measured)
    yield from _beside(measured)


def _kills(measured: Sequence[Measured]) -> Iterator[str]:
    yield from _head(
        ["fault", "engine", "runs", "row old", "row new", "ended by the same apply", "by a new plan"], left=2
    )
    for one in measured:
        for kind, found in one.kills.items():
            cells = [
                len(found),
                *(sum(each.row is row for each in found) for row in Row),
                *(sum(each.ending is ending for each in found) for ending in Ending),
            ]
            yield _line(kind, NAMES[one.engine], *cells)
    yield ""


def _last(measured: Sequence[Measured], counts: Counts) -> Iterator[str]:
    lengths = ", ".join(
        f"{NAMES[one.engine]} {one.lengths.whole * 1000:.0f} ms ({one.lengths.since_noted * 1000:.0f} from there on)"
        for one in measured
    )
    yield f"Where the {counts.moments} random moments struck: every other one anywhere in a run, the rest only from the"
    yield from (f"journal's first note on. A run took {lengths}.", "")
    yield from _head(["last checkpoint passed", *(NAMES[one.engine] for one in measured)], left=1)
    for checkpoint in (None, *Checkpoint):
        name = "none yet" if checkpoint is None else checkpoint.value
        yield _line(name, *(one.last[checkpoint] for one in measured))
    yield ""


def _races(measured: Sequence[Measured]) -> Iterator[str]:
    yield from _head(
        ["race", "engine", "races", "one winner", "loser refused, 5", "loser shown the receipt, 0"], left=2
    )
    for one in measured:
        for kind, losers in one.races.items():
            number = losers.total()
            yield _line(kind, NAMES[one.engine], number, number, losers["refused, 5"], losers["shown the receipt, 0"])
    yield ""


def _stories(measured: Sequence[Measured]) -> Iterator[str]:
    yield from _head(["fault", *(f"{NAMES[one.engine]}: exit code" for one in measured)], left=1)
    for what in dict.fromkeys(what for one in measured for what in one.stories):
        yield _line(what, *(_code(one.stories.get(what, "-")) for one in measured))
    yield ""


def _beside(measured: Sequence[Measured]) -> Iterator[str]:
    yield from _head(["beside a server at work", "applies, all 0", "its writes, none lost", "longest of them"], left=1)
    for one in measured:
        for mode, worked in one.beside.items():
            name = f"{NAMES[one.engine]} {mode}".strip()
            yield _line(name, worked.applies, worked.writes, f"{worked.longest * 1000:.0f} ms")
    yield ""


def _code(code: int | str | None) -> str:
    return "not tried" if code is None else str(code)


def _head(names: Sequence[str], *, left: int) -> Iterator[str]:
    yield _line(*names)
    yield _line(*("---" if number < left else "---:" for number in range(len(names))))


def _line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"

"""What goes wrong inside one process that applies a plan, as the harness tells it to."""

from __future__ import annotations

import json
from dataclasses import dataclass

from runner_scope_doctor.repair.checkpoints import Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Without anything set the process just does its work.

    `die_at` and `halt_at` are checkpoints where it kills itself or waits to be told; `held` lets it wait before it begins.
    `most_bytes` is the size no file may pass, from that checkpoint on or from the start (None). `cut_write` is a note or
    backup, counted from 1, and the share of it that is written before the process dies. `clock_back` is where the clock
    jumps, and how many seconds back.
    """

    die_at: Checkpoint | None = None
    halt_at: Checkpoint | None = None
    held: bool = False
    most_bytes: int | None = None
    most_bytes_from: Checkpoint | None = None
    cut_write: tuple[int, float] | None = None
    clock_back: tuple[Checkpoint, int] | None = None

    def to_text(self) -> str:
        """One line of JSON."""
        return json.dumps(
            {
                "die_at": self.die_at and self.die_at.name,
                "halt_at": self.halt_at and self.halt_at.name,
                "held": self.held,
                "most_bytes": self.most_bytes,
                "most_bytes_from": self.most_bytes_from and self.most_bytes_from.name,
                "cut_write": self.cut_write,
                "clock_back": self.clock_back and (self.clock_back[0].name, self.clock_back[1]),
            }
        )


def orders_from_text(text: str) -> Orders:
    """What `to_text` wrote."""
    found = json.loads(text)
    cut, clock = found["cut_write"], found["clock_back"]
    return Orders(
        die_at=_checkpoint(found["die_at"]),
        halt_at=_checkpoint(found["halt_at"]),
        held=found["held"],
        most_bytes=found["most_bytes"],
        most_bytes_from=_checkpoint(found.get("most_bytes_from")),
        cut_write=None if cut is None else (cut[0], cut[1]),
        clock_back=None if clock is None else (Checkpoint[clock[0]], clock[1]),
    )


def _checkpoint(name: str | None) -> Checkpoint | None:
    return None if name is None else Checkpoint[name]

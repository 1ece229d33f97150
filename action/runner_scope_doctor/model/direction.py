"""The two ways a plan can go. A module of its own: a snapshot tells it too, and a check loads no plans."""

from __future__ import annotations

from enum import Enum


class Direction(Enum):
    """Whether a plan repairs a row or takes a repair back."""

    REPAIR = "repair"
    UNDO = "undo"

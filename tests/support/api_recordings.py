"""Recorded API answers of running servers, read where they are: nothing of them is part of this project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

_RECORDINGS = Path(__file__).parents[2].parent / "shared" / "forgejo-data"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAnswer:
    """One answer. `path` is what was asked, query included; header names are lower case."""

    folder: str
    name: str
    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes


def recorded_answers() -> tuple[RecordedAnswer, ...]:
    """All of them; empty where the recordings are not at hand."""
    return tuple(_read(file) for file in sorted(_RECORDINGS.glob("*/api/*.headers")))


def _read(file: Path) -> RecordedAnswer:
    request, status, *lines = file.read_text().splitlines()
    _, method, path, *_ = request.split(" ")
    return RecordedAnswer(
        folder=file.parent.parent.name,
        name=file.stem,
        method=method,
        path=path,
        status=int(status.split(" ")[1]),
        headers={name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)},
        body=file.with_suffix(".json").read_bytes(),
    )


RECORDED = recorded_answers()
needs_recordings = pytest.mark.skipif(
    not RECORDED, reason="the recordings of running servers (../shared/forgejo-data) are not beside this checkout"
)

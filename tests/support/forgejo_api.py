"""The client under test, and bodies as Forgejo writes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from runner_scope_doctor.forgejo.address import api_address, token_from_text
from runner_scope_doctor.forgejo.client import ApiClient, opened
from runner_scope_doctor.forgejo.clock import Clock

SECRET = "5ad0b8c1e3f24d679a0b1c2d3e4f5a6b7c8d9e0f"
TOKEN = token_from_text(SECRET, source="the test")
NEVER_SLOW = 20.0
"""Seconds no test comes near unless something hangs."""


@dataclass(slots=True)
class TestClock:
    """A clock that only moves when someone sleeps; `pauses` are the seconds of each sleep."""

    __test__ = False
    now: float = 1_795_459_000.0
    pauses: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Takes no time and is remembered."""
        self.pauses.append(seconds)
        self.now += seconds

    def as_clock(self) -> Clock:
        """This clock as the client wants it."""
        return Clock(monotonic=lambda: self.now, wall=lambda: self.now, sleep=self.sleep)


@contextmanager
def client_of(
    url: str,
    *,
    clock: TestClock | None = None,
    read_seconds: float = NEVER_SLOW,
    total_seconds: float = NEVER_SLOW,
) -> Iterator[ApiClient]:
    """A client of that URL; with a TestClock its pauses cost no time."""
    address = api_address(url, token=TOKEN, read_seconds=read_seconds, total_seconds=total_seconds)
    with opened(address, (clock or TestClock()).as_clock()) as client:
        yield client


def runner_item(number: int, *, owner_id: int = 0, repo_id: int = 0) -> dict[str, object]:
    """One item of Forgejo 15's runner list."""
    return {
        "id": number,
        "uuid": f"8f0f6a3c-41b6-4a84-9c53-{number:012d}",
        "owner_id": owner_id,
        "repo_id": repo_id,
        "name": f"runner-{number}",
        "status": "idle",
        "version": "v12.3.0",
        "labels": ["deploy"],
        "description": "",
        "ephemeral": False,
    }


def refused(message: str) -> bytes:
    """An error body of Forgejo's."""
    return json.dumps({"message": message, "url": "https://git.example.org/api/swagger"}).encode()

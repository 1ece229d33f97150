"""What the installed configuration names, as the service itself reads it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from host.accounts import Account
from host.becoming import run_as
from host.places import HOST_YML, INTERPRETER
from host.surroundings import Network

_PROGRAM = Path(__file__).with_name("named_files.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """`secrets` nobody but the service may read; `trusted` nobody but root may write; `databases` are SQLite files.
    `network` is what the configuration needs of it at least, `check_network` what the check by the timer needs."""

    state: Path
    secrets: tuple[Path, ...]
    databases: tuple[Path, ...]
    trusted: tuple[Path, ...]
    network: Network
    check_network: Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """The service cannot read its own configuration, or a file that it names."""

    reason: str


def configured(service: Account) -> Configured | Unusable:
    """Asks the installed copy, as the service's user."""
    said = run_as(service, [INTERPRETER, "-I", "-c", _PROGRAM.read_text(encoding="utf-8"), HOST_YML])
    lines = said.text.strip().splitlines() or ["it said nothing"]
    if said.code != 0:
        return Unusable(reason=lines[-1])
    try:
        found = json.loads(lines[-1])
        return Configured(
            state=Path(found["state"]),
            secrets=_paths(found["secrets"]),
            databases=_paths(found["databases"]),
            trusted=_paths(found["trusted"]),
            network=Network.OPEN if found["api"] or not found["databases"] else Network.SHUT,
            check_network=Network.OPEN if found["telling"] or not found["databases"] else Network.SHUT,
        )
    except (ValueError, KeyError, TypeError) as error:
        return Unusable(reason=f"the installed copy answered something else ({type(error).__name__}): {lines[-1]}")


def _paths(found: list[str]) -> tuple[Path, ...]:
    return tuple(Path(each) for each in found)

"""What an installation was made with: the file by which a second run, --check and --undo need no options.

It holds no secret and is written by root alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from host.arguments import Source, SourceKind, Starter
from host.places import RECORD, below
from host.problems import Refused

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """`made_account` is the user that was made, None when none was. `skeleton` is the SHA-256 of host.yml as it was
    written, so that an edited one is known."""

    runner_user: str
    service_user: str
    source: Source
    instance: str
    starter: Starter
    made_account: str | None
    skeleton: str


def read_record(root: Path) -> Record | None:
    """The record of what is installed below that root; None when nothing is. Raises Refused for one that is not ours."""
    file = below(root, RECORD)
    try:
        found = json.loads(file.read_bytes())
        if found["version"] != _VERSION:
            raise ValueError("another version")
        made = found["made_account"]
        return Record(
            runner_user=str(found["runner_user"]),
            service_user=str(found["service_user"]),
            source=Source(kind=SourceKind(found["source"]["kind"]), path=Path(found["source"]["path"])),
            instance=str(found["instance"]),
            starter=Starter(found["starter"]),
            made_account=None if made is None else str(made),
            skeleton=str(found["skeleton"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(
            f"{file}: this is no record of an installation that this version can read ({type(error).__name__}).",
            next_step="Look at it, move it away, then run this again with all options.",
        ) from error


def record_text(record: Record) -> str:
    """The record's file."""
    content = {
        "version": _VERSION,
        "runner_user": record.runner_user,
        "service_user": record.service_user,
        "source": {"kind": record.source.kind.value, "path": str(record.source.path)},
        "instance": record.instance,
        "starter": record.starter.value,
        "made_account": record.made_account,
        "skeleton": record.skeleton,
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"

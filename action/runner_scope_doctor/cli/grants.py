"""`grants`: the exact statements that a login needs, for an administrator to read and run. Looks at no server."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterable, Mapping
from enum import Enum

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.database.sql.grants import DEFAULT_DATABASE, GrantNames, creating, grant_names, granting
from runner_scope_doctor.model.errors import UsageError
from runner_scope_doctor.model.grants import Part
from runner_scope_doctor.model.host import ConnectionPurpose
from runner_scope_doctor.model.server import NEWEST_KNOWN_MAJOR, OLDEST_KNOWN_MAJOR, Engine, is_known_major
from runner_scope_doctor.report.escape import escaped


class GrantPurpose(Enum):
    """What a login is to do. The value is the word of `--for`."""

    CHECK = "check"
    APPROVAL = "approval"
    BACKUP = "backup"
    REPAIR = "repair"
    FENCE = "fence"


PARTS: Mapping[GrantPurpose, tuple[Part, ...]] = {
    GrantPurpose.CHECK: (Part.REQUIRED, Part.OPTIONAL),
    GrantPurpose.APPROVAL: (Part.APPROVAL,),
    GrantPurpose.BACKUP: (Part.BACKUP,),
    GrantPurpose.REPAIR: (Part.REPAIR,),
    GrantPurpose.FENCE: (Part.FENCE,),
}
"""What is printed without being asked for."""
ALSO: Mapping[str, tuple[GrantPurpose, Part]] = {
    "waiting-jobs": (GrantPurpose.CHECK, Part.WAITING),
    "site-admins": (GrantPurpose.APPROVAL, Part.ADMINS),
    "all-actions": (GrantPurpose.BACKUP, Part.ALL_ACTIONS),
    "run-approval": (GrantPurpose.REPAIR, Part.LIVE_RUN),
}
"""The words of `--also`."""
LOGINS: Mapping[GrantPurpose, ConnectionPurpose] = {
    GrantPurpose.CHECK: ConnectionPurpose.CHECK,
    GrantPurpose.APPROVAL: ConnectionPurpose.APPROVAL,
    GrantPurpose.BACKUP: ConnectionPurpose.BACKUP,
    GrantPurpose.REPAIR: ConnectionPurpose.REPAIR,
    GrantPurpose.FENCE: ConnectionPurpose.REPAIR,
}
"""Whose rights they are."""
_ON_SQLITE: Mapping[GrantPurpose, str] = {
    GrantPurpose.CHECK: "Run the check as that user, outside of jobs, or let a job judge what it saved with --save-snapshot.",
    GrantPurpose.APPROVAL: "Nothing more than the check has.",
    GrantPurpose.BACKUP: "Nothing more than the check has.",
    GrantPurpose.REPAIR: "Run apply as that user, or as root; as anybody else it refuses.",
    GrantPurpose.FENCE: "Nothing more than the repair has.",
}


def run(chosen: Namespace) -> ExitCode:
    """Prints them. Raises UsageError for what there are no statements for."""
    given = Given(chosen, os.environ)
    engine = _engine(given.text("engine", ""))
    purpose = _purpose(given.text("for", ""))
    also = tuple(_also(word, purpose) for word in given.several("also"))
    lines = _on_sqlite(given, purpose) if engine is Engine.SQLITE else _statements(given, engine, purpose, also)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return ExitCode.HEALTHY


def _statements(given: Given, engine: Engine, purpose: GrantPurpose, also: tuple[Part, ...]) -> Iterable[str]:
    names, major = _names(given, engine, purpose), _major(given.text("major", ""))
    if purpose is GrantPurpose.FENCE:
        yield "-- Only while a plan made with --with-counter-fence is open: take it away again afterwards."
    else:
        yield "-- Put a password of your own there before you run this."
        yield creating(names, LOGINS[purpose])
    for part in (*PARTS[purpose], *also):
        yield from ("", f"-- {part.value}")
        for block in granting(names, part, major):
            yield from block.text.splitlines()
    for word, (of, part) in ALSO.items():
        if of is purpose and part not in also:
            yield from ("", f"-- {part.value}: not printed without --also {word}")


def _on_sqlite(given: Given, purpose: GrantPurpose) -> Iterable[str]:
    if given.argument("database") or any(given.text(name, "") for name in ("role", "backup_role", "schema")):
        raise UsageError("SQLite has no logins and no schemas.", next_step="Leave --role, --database and --schema out.")
    yield "There are no grants in a SQLite file: who may read it reads all of it, hashes and secrets included."
    yield "What holds there instead is who owns the file: the user the Forgejo server runs as."
    yield _ON_SQLITE[purpose]


def _engine(word: str) -> Engine:
    if word not in {engine.value for engine in Engine}:
        raise UsageError("--engine names none of the known engines.", next_step="Use postgres, mysql or sqlite.")
    return Engine(word)


def _purpose(word: str) -> GrantPurpose:
    if word not in {purpose.value for purpose in GrantPurpose}:
        raise UsageError(
            "--for names none of the known purposes.", next_step="Use check, approval, backup, repair or fence."
        )
    return GrantPurpose(word)


def _also(word: str, purpose: GrantPurpose) -> Part:
    of, part = ALSO.get(word, (None, None))
    if part is None or of is not purpose:
        fitting = ", ".join(name for name, (of, _) in ALSO.items() if of is purpose)
        raise UsageError(
            f"--also {escaped(word)} is nothing that {purpose.value} has.",
            next_step=f"Use {fitting}." if fitting else "Leave it out.",
        )
    return part


def _major(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 4 and is_known_major(int(text))):
        raise UsageError(
            f"--major names no Forgejo version from {OLDEST_KNOWN_MAJOR} to {NEWEST_KNOWN_MAJOR}.",
            next_step="Give the major version alone, such as 16.",
        )
    return int(text)


def _names(given: Given, engine: Engine, purpose: GrantPurpose) -> GrantNames:
    schema = given.text("schema", "") or None
    if schema is not None and engine is Engine.MYSQL:
        raise UsageError("MySQL and MariaDB have no schema beside the database.", next_step="Leave --schema out.")
    chosen = {LOGINS[purpose]: given.text("role", ""), ConnectionPurpose.BACKUP: given.text("backup_role", "")}
    if purpose is GrantPurpose.BACKUP:
        chosen = {ConnectionPurpose.BACKUP: given.text("role", "")}
    return grant_names(
        engine,
        database=given.argument("database") or DEFAULT_DATABASE,
        schema=schema,
        logins={login: name for login, name in chosen.items() if name},
    )

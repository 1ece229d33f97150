"""Arguments and environment joined into one value. Nothing later reads the environment."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runner_scope_doctor.cli.formats import Output, Place, parsed_outputs
from runner_scope_doctor.cli.sources import ApiSource, DatabaseSource, api_source, database_source
from runner_scope_doctor.cli.targets import NamedFile, database_files, refuse_to_overwrite
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.database.address import SqliteAddress
from runner_scope_doctor.database.reader import Patience
from runner_scope_doctor.model.errors import UsageError
from runner_scope_doctor.model.finding import Severity
from runner_scope_doctor.model.server import NEWEST_KNOWN_MAJOR, OLDEST_KNOWN_MAJOR
from runner_scope_doctor.model.snapshot import Need, Source

_DURATION = re.compile(r"(\d{1,5})([smh]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
_LONGEST_SPAN = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Which server to look at, and how patiently."""

    database: DatabaseSource | None
    api: ApiSource | None
    patience: Patience


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSettings:
    """Everything `check` was asked for. `snapshot` or `socket` set means that no server is looked at."""

    look: Look
    snapshot: Path | None
    socket: Path | None
    journal: Path | None
    contract: Path | None
    needs: Mapping[Source, Need]
    sample_seconds: int | None
    target_major: int | None
    assumed_major: int | None
    outputs: tuple[Output, ...]
    save_snapshot: Path | None
    fail_on: Severity
    place: Place


def look_settings(given: Given) -> Look:
    """The sources a command was given. Raises UsageError when there is none, SettingsInvalid when one is unusable."""
    patience = patience_of(given)
    look = Look(database=database_source(given), api=api_source(given, patience), patience=patience)
    if look.database is None and look.api is None:
        raise UsageError(
            "No server was named.",
            next_step="Give --app-ini FILE, --database URL or --api-url URL, "
            "for example --database sqlite:////var/lib/forgejo/data/forgejo.db",
        )
    return look


def check_outputs(given: Given) -> tuple[Output, ...]:
    """Where the reports go, none of them over a file that is read. Raises UsageError, and SettingsInvalid for one that cannot
    be written."""
    outputs = parsed_outputs(given.text("format", "text"))
    refuse_to_overwrite(report_targets(given, outputs), _inputs(given))
    return outputs


def check_settings(given: Given, outputs: tuple[Output, ...], environment: Mapping[str, str]) -> CheckSettings:
    """Raises UsageError for arguments that contradict each other and SettingsInvalid for values that cannot be used."""
    snapshot, socket = given.path("snapshot"), given.path("socket")
    if snapshot is not None:
        _refuse_beside(given, "snapshot", "a snapshot is judged without a server", ("socket", "save_snapshot"))
    elif socket is not None:
        _refuse_beside(given, "socket", "the host's service looks at its own server", ("snapshot",))
    look = look_settings(given) if snapshot is None and socket is None else _no_look(given)
    refuse_to_overwrite(report_targets(given, outputs), files_of_database(look))
    return CheckSettings(
        look=look,
        snapshot=snapshot,
        socket=socket,
        journal=given.path("journal"),
        contract=given.path("contract"),
        needs=_needs(given.several("optional"), look),
        sample_seconds=_sample(given.text("sample", "")),
        target_major=_major(given.text("target_version", ""), "--target-version", newest=99),
        assumed_major=known_major(given.text("assume_version", ""), "--assume-version"),
        outputs=outputs,
        save_snapshot=given.path("save_snapshot"),
        fail_on=least_severity(given.text("fail_on", "error")),
        place=place_of(environment),
    )


def place_of(environment: Mapping[str, str]) -> Place:
    """Forgejo's runner sets both names (older ones only GITHUB_ACTIONS) to `true` in every job."""
    inside = "true" in (environment.get("FORGEJO_ACTIONS"), environment.get("GITHUB_ACTIONS"))
    return Place.JOB if inside else Place.ELSEWHERE


def report_targets(given: Given, outputs: tuple[Output, ...]) -> list[NamedFile]:
    """Every file that is written to."""
    reports = [NamedFile(option="--format", path=output.file) for output in outputs if output.file is not None]
    others = (("save_snapshot", given.path("save_snapshot")), ("debug", given.path("debug")))
    return reports + [NamedFile(option=f"--{name.replace('_', '-')}", path=path) for name, path in others if path]


def _inputs(given: Given) -> list[NamedFile]:
    names = ("contract", "snapshot", "journal", "app_ini", "api_token_file", "database_url_file", "api_ca_file")
    return [NamedFile(option=f"--{name.replace('_', '-')}", path=path) for name in names if (path := given.path(name))]


def files_of_database(look: Look) -> tuple[NamedFile, ...]:
    """The files of a SQLite database, which no report may replace; none for a server's."""
    if look.database is None or not isinstance(look.database.address, SqliteAddress):
        return ()
    return database_files(look.database.address.path, "the database")


def _no_look(given: Given) -> Look:
    return Look(database=None, api=None, patience=patience_of(given))


def _refuse_beside(given: Given, name: str, because: str, others: tuple[str, ...]) -> None:
    """An argument overrules variables; two sources of one kind contradict each other, and none is taken silently."""
    names = ("database", "app_ini", "api_url", "journal", "sample", *others)
    found = [f"--{other.replace('_', '-')}" for other in names if given.argument(other)]
    if not given.argument(name):
        variables = ("database_url", "database_url_file", *names[1:])
        found += [f"RSD_{other.upper()}" for other in variables if given.variable(other)]
    if found:
        raise UsageError(
            f"A {name} and {found[0]} contradict each other: {because}.", next_step="Leave one of them out."
        )


def _needs(optional: tuple[str, ...], look: Look) -> Mapping[Source, Need]:
    named = {Source.DATABASE: look.database is not None, Source.API: look.api is not None}
    needs = dict.fromkeys(Source, Need.REQUIRED)
    for word in optional:
        if word not in ("database", "api"):
            raise UsageError(f"--optional {word}: there is no such source.", next_step="Use database or api.")
        if not named[Source(word)]:
            raise UsageError(f"--optional {word}: no {word} was named.", next_step="Name one, or leave the option out.")
        needs[Source(word)] = Need.OPTIONAL
    return needs


def patience_of(given: Given) -> Patience:
    """The value of --timeout, 10 seconds without it. Raises UsageError."""
    text = given.text("timeout", "10")
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= 3600:
        raise UsageError(
            f"--timeout {text} is not a number of seconds between 0 and 3600.", next_step="Give one, such as 10."
        )
    return Patience(seconds)


def _sample(text: str) -> int | None:
    return span(text, "--sample", least=1) if text else None


def span(text: str, option: str, *, least: int) -> int:
    """A span such as 10s, 2m or 1h in seconds, from `least` to an hour. Raises UsageError."""
    match = _DURATION.fullmatch(text)
    seconds = int(match[1]) * _SECONDS[match[2]] if match else -1
    if not least <= seconds <= _LONGEST_SPAN:
        raise UsageError(f"{option} {text} is no span from {least}s to 1h.", next_step="Give one, such as 10s.")
    return seconds


def known_major(text: str, option: str) -> int | None:
    """A Forgejo major whose rules are known; None for an empty text. Raises UsageError."""
    return _major(text, option, newest=NEWEST_KNOWN_MAJOR)


def _major(text: str, option: str, *, newest: int) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 4 and OLDEST_KNOWN_MAJOR <= int(text) <= newest):
        raise UsageError(
            f"{option} {text} is no Forgejo version from {OLDEST_KNOWN_MAJOR} to {newest}.",
            next_step="Give the major version alone, such as 16.",
        )
    return int(text)


def least_severity(text: str) -> Severity:
    """The value of --fail-on. Raises UsageError."""
    if text not in {severity.value for severity in Severity}:
        raise UsageError(f"--fail-on {text} is neither error nor warning.", next_step="Use one of the two.")
    return Severity(text)

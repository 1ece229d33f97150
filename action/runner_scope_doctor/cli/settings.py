"""Arguments and environment joined into one value. Nothing later reads the environment."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runner_scope_doctor.cli.formats import Output, parsed_outputs
from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.database.reader import Patience
from runner_scope_doctor.database.url import address_from_url, holds_password
from runner_scope_doctor.model.errors import SettingsInvalid, UsageError
from runner_scope_doctor.model.finding import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSettings:
    """Everything `check` was asked for."""

    database: DatabaseAddress
    outputs: tuple[Output, ...]
    fail_on: Severity
    patience: Patience


def check_settings(chosen: Namespace, environment: Mapping[str, str]) -> CheckSettings:
    """Raises UsageError for arguments that contradict each other and SettingsInvalid for values that cannot be used."""
    return CheckSettings(
        database=_database(chosen, environment),
        outputs=parsed_outputs(chosen.format),
        fail_on=Severity(chosen.fail_on),
        patience=_patience(chosen.timeout),
    )


def _database(chosen: Namespace, environment: Mapping[str, str]) -> DatabaseAddress:
    if chosen.database is not None:
        if holds_password(chosen.database):
            raise UsageError(
                "The URL given with --database holds a password, which every user of this machine can read there.",
                next_step="Put the URL into RSD_DATABASE_URL, or into a file named by RSD_DATABASE_URL_FILE.",
            )
        return address_from_url(chosen.database, origin="--database")
    if url := environment.get("RSD_DATABASE_URL"):
        return address_from_url(url, origin="RSD_DATABASE_URL")
    if file := environment.get("RSD_DATABASE_URL_FILE"):
        return address_from_url(_first_line(Path(file), "RSD_DATABASE_URL_FILE"), origin="RSD_DATABASE_URL_FILE")
    raise UsageError(
        "No server was named.",
        next_step="Give --database URL, for example --database sqlite:////var/lib/forgejo/data/forgejo.db",
    )


def _first_line(file: Path, origin: str) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsInvalid(
            f"The file named by {origin} could not be read: {reason}.", next_step="Look at that file and its rights."
        ) from error


def _patience(text: str) -> Patience:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= 3600:
        raise UsageError(
            f"--timeout {text} is not a number of seconds between 0 and 3600.", next_step="Give one, such as 10."
        )
    return Patience(seconds)

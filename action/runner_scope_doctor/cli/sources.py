"""Which database and which API were named."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.database.reader import Patience
from runner_scope_doctor.model.errors import SourceUnavailable, UsageError

if TYPE_CHECKING:
    from runner_scope_doctor.forgejo.address import ApiAddress
    from runner_scope_doctor.forgejo.target import ListTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSource:
    """A database to look at. `hint` is to be added when it cannot be reached; `instance` is ROOT_URL of app.ini.

    `failure` is set instead of `address` when app.ini itself could not be read.
    """

    address: DatabaseAddress | None
    failure: SourceUnavailable | None
    hint: str
    instance: str | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSource:
    """An API to look at, and whose list."""

    address: ApiAddress
    target: ListTarget


def database_source(given: Given) -> DatabaseSource | None:
    """None when no database was named. Raises UsageError when two were."""
    url, app_ini = given.argument("database"), given.argument("app_ini")
    if given.variable("database"):
        raise UsageError("RSD_DATABASE is not read.", next_step="Call it RSD_DATABASE_URL.")
    if url and app_ini:
        raise UsageError("--database and --app-ini name two databases.", next_step="Leave one of them out.")
    if url:
        return _from_url(url, "--database", given)
    if app_ini:
        return _from_app_ini(Path(app_ini), given)
    secret, app_ini = given.secret("database_url"), given.variable("app_ini")
    if secret and app_ini:
        raise UsageError(f"{secret[1]} and RSD_APP_INI name two databases.", next_step="Leave one of them out.")
    if secret:
        return _from_url(*secret, given)
    if app_ini:
        return _from_app_ini(Path(app_ini), given)
    _refuse(given, ("path_map", "database_host", "instance"), "without a database")
    return None


def api_source(given: Given, patience: Patience) -> ApiSource | None:
    """None when no API was named. Raises UsageError without a token, SettingsInvalid for a URL that cannot be used."""
    url = given.text("api_url", "")
    if not url:
        _refuse(given, ("api_list", "api_token_file", "api_ca_file"), "without --api-url")
        return None
    from runner_scope_doctor.forgejo.address import PlainHttp, api_address, token_from_text

    secret = given.secret("api_token")
    if secret is None:
        raise UsageError(
            "An API was named without a token.", next_step="Put it into RSD_API_TOKEN, or a file and --api-token-file."
        )
    seconds = patience.seconds
    return ApiSource(
        address=api_address(
            url,
            token=token_from_text(secret[0], source=secret[1]),
            ca_file=given.path("api_ca_file"),
            plain_http=PlainHttp.ALLOWED if given.flag("api_plain_http") else PlainHttp.LOOPBACK_ONLY,
            connect_seconds=seconds,
            read_seconds=seconds,
            total_seconds=12 * seconds,
        ),
        target=_target(given.text("api_list", "admin")),
    )


def _refuse(given: Given, names: tuple[str, ...], circumstance: str) -> None:
    """An option that can have no effect is a mistake; a variable may stand there for other commands."""
    for name in names:
        if given.argument(name) or (name == "path_map" and given.several(name) and not given.variable(name)):
            option = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"{option} has no effect {circumstance}.", next_step="Leave it out, or name what it is for."
            )


def _from_url(url: str, origin: str, given: Given) -> DatabaseSource:
    from runner_scope_doctor.database.address import described
    from runner_scope_doctor.database.addresses.url import address_from_url, holds_password

    if origin == "--database" and holds_password(url):
        raise UsageError(
            "The URL given with --database holds a password, which every user of this machine can read there.",
            next_step="Put the URL into RSD_DATABASE_URL, or into a file named by RSD_DATABASE_URL_FILE.",
        )
    _refuse(given, ("path_map", "database_host"), "beside a database URL")
    address = address_from_url(url, origin=origin)
    instance = given.text("instance", "") or None
    return DatabaseSource(address=address, failure=None, hint="", instance=instance, name=described(address))


def _from_app_ini(file: Path, given: Given) -> DatabaseSource:
    from runner_scope_doctor.database.address import described
    from runner_scope_doctor.database.app_ini.read import (
        AppIniOptions,
        container_hint,
        path_mapping_from_text,
        read_app_ini,
    )

    options = AppIniOptions(
        path_map=tuple(path_mapping_from_text(text) for text in given.several("path_map")),
        database_host=given.text("database_host", "") or None,
    )
    try:
        app_ini = read_app_ini(file, options)
    except SourceUnavailable as failure:
        # Not seen is a result of the check, not an error of its settings.
        return DatabaseSource(address=None, failure=failure, hint="", instance=None, name=f"database of {file}")
    return DatabaseSource(
        address=app_ini.address,
        failure=None,
        hint=container_hint(app_ini),
        instance=app_ini.root_url or given.text("instance", "") or None,
        name=described(app_ini.address),
    )


def _target(text: str) -> ListTarget:
    from runner_scope_doctor.forgejo.target import AdminList, UserList, organization_list, repository_list

    kind, _, name = text.partition(":")
    match kind:
        case "admin" if not name:
            return AdminList()
        case "user" if not name:
            return UserList()
        case "repository":
            return repository_list(name)
        case "organization":
            return organization_list(name)
        case _:
            raise UsageError(
                f"--api-list {text} is no list.",
                next_step="Use admin, repository:owner/name, organization:name or user.",
            )

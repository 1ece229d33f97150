"""What the installation must fit: whose the database is, who runs the runner, what the configuration needs."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from host.accounts import group_name, primary_group, user_id, user_name
from host.arguments import Accounts, Source, SourceKind, Starter, Wish
from host.places import HOST_YML, SERVICE_ACCOUNT, SETTINGS, below
from host.problems import Refused
from host.record import Record
from runner_scope_doctor.database.address import DatabaseAddress, SqliteAddress
from runner_scope_doctor.database.addresses.url import address_from_url
from runner_scope_doctor.database.app_ini.read import AppIniOptions, read_app_ini
from runner_scope_doctor.model.errors import DoctorError

_HOMES = ("/home", "/root", "/run/user")
_NAMES_API = re.compile(r"^api[ \t]*:", re.MULTILINE)
_NAMES_TELLING = re.compile(r"^(?:ping|issues)[ \t]*:", re.MULTILINE)


class Network(Enum):
    """Whether the service may reach anything beyond this machine's own sockets."""

    OPEN = "open"
    SHUT = "shut"


class Homes(Enum):
    """Whether the service sees people's home directories."""

    HIDDEN = "hidden"
    READABLE = "readable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`database_folder` is that of a SQLite file, None for a server. `wanted_account` is the user to be made, None when
    the service runs as one that is there. `network` is for those who answer and repair, `check_network` for the check."""

    root: Path
    runner_user: str
    runner_group: str
    service_user: str
    service_group: str
    wanted_account: str | None
    source: Source
    instance: str
    database_folder: Path | None
    network: Network
    check_network: Network
    homes: Homes
    starter: Starter


def surroundings(wish: Wish, record: Record | None) -> Surroundings:
    """What was said, what an earlier run was told, and what this machine says. Raises Refused for what does not fit."""
    runner = wish.runner_user or (None if record is None else record.runner_user)
    source = wish.source or (None if record is None else record.source)
    if runner is None or source is None:
        missing = "--runner-user" if runner is None else "--app-ini or --database-url-file"
        raise Refused(f"It was not said with {missing} what to install for.", next_step="scripts/install-host --help")
    runner_group = _runner_group(wish.root, runner)
    address, told = _database(wish.root, source)
    instance = wish.instance or (None if record is None else record.instance) or told
    if instance is None:
        raise Refused(f"{source.path} does not name the server's public URL.", next_step="Give it with --instance URL.")
    database = address.path if isinstance(address, SqliteAddress) else None
    service_user, service_group = (
        (SERVICE_ACCOUNT, SERVICE_ACCOUNT) if database is None else _owner(wish.root, database)
    )
    if user_id(wish.root, service_user) is not None and user_id(wish.root, service_user) == user_id(wish.root, runner):
        raise Refused(
            f"The runner's user {runner} owns the database {database}, so nothing can be kept from its jobs.",
            next_step="Let the runner run as another user, then run this again.",
        )
    missing_account = database is None and user_id(wish.root, service_user) is None
    return Surroundings(
        root=wish.root,
        runner_user=runner,
        runner_group=runner_group,
        service_user=service_user,
        service_group=service_group,
        wanted_account=service_user if missing_account and wish.accounts is Accounts.MADE else None,
        source=source,
        instance=instance,
        database_folder=None if database is None else database.parent,
        network=Network.OPEN if database is None or _names(_NAMES_API, wish.root) else Network.SHUT,
        check_network=Network.OPEN if database is None or _names(_NAMES_TELLING, wish.root) else Network.SHUT,
        homes=_homes((source.path, *([] if database is None else [database]))),
        starter=wish.starter or (Starter.SYSTEMD if record is None else record.starter),
    )


def database_files(source: Source) -> tuple[Path, ...]:
    """The SQLite file that the source names on this machine; none for a server, or when it cannot be told."""
    try:
        address, _ = _database(Path("/"), source)
    except Refused:
        return ()
    return (address.path,) if isinstance(address, SqliteAddress) else ()


def _runner_group(root: Path, runner: str) -> str:
    if user_id(root, runner) == 0:
        raise Refused(
            "The runner's user is root, from whom nothing can be kept.",
            next_step="Let the runner run as a user of its own, then run this again.",
        )
    group = primary_group(root, runner)
    if group is None:
        raise Refused(
            f"There is no user {runner}.",
            next_step="Give the user whom the runner's service runs as, with --runner-user.",
        )
    return group


def _database(root: Path, source: Source) -> tuple[DatabaseAddress, str | None]:
    """Where the database is, and the server's public URL where the source says it."""
    file = below(root, source.path)
    try:
        if source.kind is SourceKind.APP_INI:
            app_ini = read_app_ini(file, AppIniOptions(path_map=(), database_host=None))
            return app_ini.address, app_ini.root_url
        url = file.read_text(encoding="utf-8").strip()
        return address_from_url(url, origin=str(file)), None
    except DoctorError as error:
        raise Refused(error.problem, next_step=error.next_step) from error
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise Refused(f"{file}: it cannot be read: {why}.", next_step="Give the right file.") from error


def _owner(root: Path, database: Path) -> tuple[str, str]:
    """User and group of the SQLite file."""
    try:
        found = os.stat(below(root, database))
    except OSError as error:
        raise Refused(
            f"{database}: the SQLite database cannot be looked at: {error.strerror}.",
            next_step="Name the server's own file as this machine sees it, with --database-url-file where app.ini does not.",
        ) from error
    user = user_name(root, found.st_uid)
    return user, primary_group(root, user) or group_name(found.st_gid)


def _names(keys: re.Pattern[str], root: Path) -> bool:
    """Whether host.yml, as it is now, has one of the keys."""
    try:
        return keys.search(below(root, HOST_YML).read_text(encoding="utf-8", errors="replace")) is not None
    except OSError:
        return False


def _homes(files: tuple[Path, ...]) -> Homes:
    real = [Path(os.path.realpath(file)) for file in (*files, SETTINGS)]
    inside = any(file.is_relative_to(home) for file in real for home in _HOMES)
    return Homes.READABLE if inside else Homes.HIDDEN

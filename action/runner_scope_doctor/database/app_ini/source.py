"""An app.ini together with what the command line says about reading it from outside the server's container."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from runner_scope_doctor.database.app_ini.syntax import TOP, IniFile, parsed_ini, place_of, value_of
from runner_scope_doctor.files.beginning import beginning_of
from runner_scope_doctor.model.errors import SettingsInvalid, SourceUnavailable, UsageError

_LARGEST_FILE = 1 << 20
"""Bytes. Forgejo's own example with every setting explained is a tenth of that."""
_NOT_UTF8 = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PathMapping:
    """Where a folder of the server's container is on this machine. Both are absolute."""

    server: Path
    local: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AppIniOptions:
    """`--path-map` and `--database-host`. `database_host` is `HOST`, `HOST:PORT` or an absolute socket path; None
    leaves the host of the app.ini."""

    path_map: tuple[PathMapping, ...]
    database_host: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppIniSource:
    """A parsed app.ini and how to read it."""

    ini: IniFile
    options: AppIniOptions


def path_mapping_from_text(text: str) -> PathMapping:
    """A `--path-map` value, `/in/the/container=/on/this/machine`. Raises UsageError."""
    server, _, local = text.partition("=")
    if not (server.startswith("/") and local.startswith("/")):
        raise UsageError(
            f"--path-map {text} does not have the form /in/the/container=/on/this/machine.",
            next_step="Give two absolute paths, such as --path-map /data=/srv/forgejo.",
        )
    return PathMapping(server=Path(_normal(server)), local=Path(local))


def app_ini_source(file: Path, options: AppIniOptions) -> AppIniSource:
    """Reads and parses the file. Raises SourceUnavailable, SettingsInvalid, and UsageError for unclear `options`."""
    folders = [mapping.server for mapping in options.path_map]
    if len(set(folders)) < len(folders):
        raise UsageError("--path-map gives one folder of the server twice.", next_step="Leave one of them out.")
    return AppIniSource(ini=parsed_ini(_content(file), name=str(file)), options=options)


def setting(source: AppIniSource, section: str, key: str) -> str:
    """The value as Forgejo gets it; empty when absent. Raises SettingsInvalid when it cannot be had as text."""
    value = value_of(source.ini, section, key)
    if _NOT_UTF8.search(value):
        raise SettingsInvalid(
            f"{place_of(source.ini, section, key)} is not UTF-8 text.", next_step="Save the file in UTF-8."
        )
    return value


def place(source: AppIniSource, section: str, key: str) -> str:
    """Where the key stands, for messages: `app.ini:12: [database] HOST`."""
    return place_of(source.ini, section, key)


def local_path(source: AppIniSource, path: Path) -> Path:
    """Where an absolute path of the server is on this machine. The longest mapped folder that holds it decides."""
    normal = Path(_normal(str(path)))
    mappings = [mapping for mapping in source.options.path_map if normal.is_relative_to(mapping.server)]
    if not mappings:
        return path
    longest = max(mappings, key=lambda mapping: len(mapping.server.parts))
    return longest.local / normal.relative_to(longest.server)


def app_data_path(source: AppIniSource, *, needed_by: str) -> Path:
    """Forgejo's `AppDataPath`, as the server sees it: `[server] APP_DATA_PATH`, else `data` below the work path.

    Raises SettingsInvalid when that takes a work path the file does not name; `needed_by` says what asked for it.
    """
    written = setting(source, "server", "APP_DATA_PATH") or "data"
    return Path(written) if written.startswith("/") else work_path(source, needed_by=needed_by) / written


def work_path(source: AppIniSource, *, needed_by: str) -> Path:
    """Forgejo's `AppWorkPath` as far as the file names it: a server may have it from its environment instead.

    Raises SettingsInvalid when the file does not say, or says a relative one, with which Forgejo does not start.
    """
    written = setting(source, TOP, "WORK_PATH")
    if written.startswith("/"):
        return Path(written)
    if written:
        raise SettingsInvalid(
            f"{place(source, TOP, 'WORK_PATH')} is not an absolute path.",
            next_step="Correct it; Forgejo does not start with a relative one either.",
        )
    raise SettingsInvalid(
        f"{needed_by} is relative to Forgejo's work path, which the file does not name (no WORK_PATH at its top).",
        next_step="Give the database itself: --database sqlite:////absolute/path/forgejo.db, or its server's URL in "
        "RSD_DATABASE_URL. The server's work path is in FORGEJO_WORK_DIR or GITEA_WORK_DIR of its service or "
        "container, or is the folder of its program.",
    )


def _normal(path: str) -> str:
    # normpath keeps two leading slashes; Forgejo's filepath.Clean does not.
    return "/" + os.path.normpath(path).lstrip("/")


def _content(file: Path) -> bytes:
    try:
        content = beginning_of(file, _LARGEST_FILE + 1)
    except FileNotFoundError as error:
        raise SourceUnavailable(
            f"There is no app.ini at {file}.",
            next_step="Forgejo's own is often /etc/forgejo/app.ini, and in a container /data/gitea/conf/app.ini or "
            "/var/lib/gitea/custom/conf/app.ini.",
        ) from error
    except PermissionError as error:
        raise SourceUnavailable(
            f"{file} may not be read by user id {os.geteuid()}.",
            next_step="An app.ini is usually for root and Forgejo's group only (mode 0640, root:git): run the check "
            "as the user the Forgejo server runs as, or as a member of that group.",
        ) from error
    except OSError as error:
        raise SourceUnavailable(
            f"{file} could not be read: {error.strerror}.", next_step="Name Forgejo's own app.ini."
        ) from error
    if len(content) > _LARGEST_FILE:
        raise SettingsInvalid(
            f"{file} is larger than 1 MiB, which no app.ini is.", next_step="Name Forgejo's own app.ini."
        )
    return content

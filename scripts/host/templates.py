"""The units and the configuration's skeleton, filled in."""

from __future__ import annotations

import re
from pathlib import Path

from host.arguments import SourceKind
from host.places import CHECK_UNIT, COMMAND, HOST_YML, SETTINGS, SOCKET, STATE, TEMPLATES, UNITS
from host.problems import Refused
from host.surroundings import Homes, Network, Surroundings

_PLACE = re.compile(r"@([A-Z_]+)@")
_NEEDED_FOR_REVIEWS = "reviews, which are read over the server's API (`api`)"
_NEEDED_FOR_TELLING = "telling others (`ping`, `issues`)"
_UNQUOTED = re.compile(r"[\w/.,+~@:%-]+")


def unit_text(name: str, found: Surroundings) -> str:
    """The unit's file. Raises Refused for a path or name that a unit cannot hold."""
    values = {
        "UNITS": str(UNITS),
        "SOCKET": str(SOCKET),
        "COMMAND": str(COMMAND),
        "HOST_YML": str(HOST_YML),
        "STATE": str(STATE),
        "RUNNER_GROUP": _word(found.runner_group),
        "SERVICE_USER": _word(found.service_user),
        "SERVICE_GROUP": _word(found.service_group),
        "WRITTEN_TOO": _written_too(found.database_folder),
        "PROTECT_HOME": "yes" if found.homes is Homes.HIDDEN else "read-only",
        "NEEDED_FOR": _NEEDED_FOR_TELLING if name == CHECK_UNIT else _NEEDED_FOR_REVIEWS,
    }
    network = found.check_network if name == CHECK_UNIT else found.network
    conf = "network-open.conf" if network is Network.OPEN else "network-shut.conf"
    values["NETWORK"] = _filled(_template(conf), values).strip()
    values["HARDENING"] = _filled(_template("hardening.conf"), values).strip()
    return _filled(_template(name), values)


def skeleton(found: Surroundings) -> str:
    """`host.yml` as it is before anybody wrote into it: it can be read, and nobody can approve anything yet."""
    login = f"{{{found.source.kind.value}: {_yaml(str(found.source.path))}}}"
    return _filled(
        _template("host.yml"),
        {
            "INSTANCE": _yaml(found.instance),
            "STATE": str(STATE),
            "SETTINGS": str(SETTINGS),
            "CONNECTIONS": _on_sqlite(login) if found.database_folder is not None else _on_server(login, found),
            "RUNNER_USER": _yaml(found.runner_user),
        },
    )


def cron_lines(found: Surroundings) -> tuple[str, ...]:
    """What does the timers' work where there is no systemd, for a file in /etc/cron.d."""
    return (
        f"* * * * * {found.service_user} {COMMAND} apply-approved",
        f"17 * * * * {found.service_user} {COMMAND} host check",
    )


def _written_too(database_folder: Path | None) -> str:
    if database_folder is None:
        return "# The database is on a server, so there is no file of it to write."
    return (
        f"# The folder of the SQLite file, in which SQLite makes its journal.\nReadWritePaths={_path(database_folder)}"
    )


def _on_sqlite(login: str) -> str:
    return "  # One file, so one login for everything; the service runs as the file's owner.\n" + "\n".join(
        f"  {purpose}: {login}" for purpose in ("check", "approval", "backup", "repair")
    )


def _on_server(login: str, found: Surroundings) -> str:
    first = [f"  check: {login}"]
    if found.source.kind is SourceKind.APP_INI:
        first.insert(
            0,
            "  # The server's own login may do anything. docs/access.md has one that only reads; better name that one.",
        )
    others = [
        f"  # {purpose}: {{database_url_file: {SETTINGS}/{purpose}.url}}"
        for purpose in ("approval", "backup", "repair")
    ]
    return "\n".join(
        [*first, "  # A repair needs these, each a login of its own with the grants of docs/access-repair.md:", *others]
    )


def _yaml(text: str) -> str:
    """The text as one YAML value that stays the text it is."""
    if re.fullmatch(r"[A-Za-z/][\w/.:+-]*[\w/]", text) and text.lower() not in (
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "null",
    ):
        return text
    if not text.isprintable():
        raise Refused(f"{text!r} holds characters that no configuration should have.", next_step="Give another name.")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _word(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_][\w.-]*\$?", text):
        raise Refused(f"{text!r} is no name that a unit of systemd takes.", next_step="Give the user another name.")
    return text


def _path(path: Path) -> str:
    """The path as a unit has it, where % begins a specifier."""
    text = str(path)
    if not text.isprintable() or '"' in text or "\\" in text:
        raise Refused(f"{text!r} is no path that a unit of systemd takes.", next_step="Give the folder another name.")
    text = text.replace("%", "%%")
    return text if _UNQUOTED.fullmatch(text) else f'"{text}"'


def _template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _filled(template: str, values: dict[str, str]) -> str:
    return _PLACE.sub(lambda found: values[found[1]], template)

"""The password of an app.ini, as `loadSecret` of Forgejo's `modules/setting/security.go` gets it."""

from __future__ import annotations

from pathlib import Path

from runner_scope_doctor.database.address import Password
from runner_scope_doctor.database.app_ini.source import AppIniSource, app_data_path, local_path, place, setting
from runner_scope_doctor.database.app_ini.syntax import WHITESPACE
from runner_scope_doctor.model.errors import SettingsInvalid, SourceUnavailable

_LARGEST_FILE = 1 << 16


def password(source: AppIniSource) -> Password | None:
    """`PASSWD`, or since Forgejo 14 what the file of `PASSWD_URI` holds; None for an empty `PASSWD`.

    Raises SettingsInvalid, also when both are set, and SourceUnavailable when that file cannot be read.
    """
    uri = setting(source, "database", "PASSWD_URI")
    secret = setting(source, "database", "PASSWD")
    where = place(source, "database", "PASSWD_URI")
    if uri and secret:
        raise SettingsInvalid(
            f"{where} and PASSWD are both set.",
            next_step="Remove one of them; Forgejo 14 and later do not start with both.",
        )
    if uri:
        secret = _content(_file(source, uri, where), where)
    return Password(secret=secret) if secret else None


def _file(source: AppIniSource, uri: str, where: str) -> Path:
    scheme, _, rest = uri.partition(":")
    # Not quoted in the message: a password may have been written here by mistake.
    if scheme.lower() != "file" or not rest:
        raise SettingsInvalid(
            f"{where} is not a file: URI.", next_step="Write file:/absolute/path, the only kind Forgejo reads."
        )
    if rest.startswith("//"):
        rest = "/" + rest[2:].partition("/")[2]
    # Forgejo takes the path as it stands, without percent-decoding.
    path = Path(rest.partition("#")[0])
    return local_path(source, path if path.is_absolute() else app_data_path(source, needed_by=where) / path)


def _content(file: Path, where: str) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise SourceUnavailable(
            f"{where}: the password file {file} could not be read: {error.strerror}.",
            next_step="Run the check as the user the Forgejo server runs as; when that file is in the server's "
            "container, say where its folder is on this machine: --path-map /run/secrets=/srv/forgejo/secrets.",
        ) from error
    text = content.decode("utf-8", "surrogateescape").strip(WHITESPACE)
    # isprintable would refuse what a password may hold; only what no driver can send is refused.
    unusable = any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in text)
    if not text or unusable or len(content) > _LARGEST_FILE:
        raise SettingsInvalid(
            f"{where}: the password file {file} is empty, larger than 64 KiB or not UTF-8 text.",
            next_step="Name the file that holds the database password and nothing else.",
        )
    return text

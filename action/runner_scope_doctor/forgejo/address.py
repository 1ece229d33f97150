"""Where a Forgejo API is and what opens it, as values. Reads no environment, imports no HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.wording import named

_API_PATH = "/api/v1"
_LONGEST_TOKEN = 8192
_TOKEN = re.compile(r"[!-~]+")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")


class PlainHttp(Enum):
    """Whether `http://` may carry the token. Loopback never leaves the machine."""

    LOOPBACK_ONLY = "loopback-only"
    ALLOWED = "allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A Forgejo API token. It has no text form, so that no message, log or traceback can hold it."""

    secret: str = field(repr=False)

    def __str__(self) -> str:
        return "(token)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAddress:
    """A Forgejo server's HTTP API; build it with `api_address`.

    `base_url` has neither a trailing slash nor `/api/v1`: `https://git.example.org/sub`. `ca_file` None means the
    authorities `requests` trusts. All times are seconds; `total_seconds` bounds everything one opened client does,
    waiting and retries included.
    """

    base_url: str
    token: Token
    ca_file: Path | None = None
    plain_http: PlainHttp = PlainHttp.LOOPBACK_ONLY
    connect_seconds: float = 10
    read_seconds: float = 30
    total_seconds: float = 120


def token_from_text(text: str, *, source: str) -> Token:
    """The token as an environment variable or a file holds it, with or without a line end around it.

    `source` names that place for messages. Raises SettingsInvalid for anything that cannot be a token.
    """
    secret = text.strip("\r\n\t ")
    if not secret:
        raise SettingsInvalid(
            f"The API token in {source} is empty.",
            next_step="Put a Forgejo access token there (user settings, Applications); a job whose workflow comes from "
            "a fork gets no secrets.",
        )
    if len(secret) > _LONGEST_TOKEN or _TOKEN.fullmatch(secret) is None:
        raise SettingsInvalid(
            f"The API token in {source} is no token: it has blanks, control characters or other unusual characters, "
            "or is far too long.",
            next_step='Put only the token there, without "token" or "Bearer" before it.',
        )
    return Token(secret=secret)


def api_address(
    url: str,
    *,
    token: Token,
    ca_file: Path | None = None,
    plain_http: PlainHttp = PlainHttp.LOOPBACK_ONLY,
    connect_seconds: float = 10,
    read_seconds: float = 30,
    total_seconds: float = 120,
) -> ApiAddress:
    """The address people write, checked: `https://git.example.org/`, with or without a path or `/api/v1`.

    Raises SettingsInvalid for another scheme, a user or password in it, plain http that `plain_http` does not allow, or
    a CA file that is not there.
    """
    if ca_file is not None and not ca_file.is_file():
        raise SettingsInvalid(
            f"The CA file {ca_file} is not a file this user can see.",
            next_step="Give --api-ca-file a file with the authority's certificate in PEM form.",
        )
    return ApiAddress(
        base_url=_base_url(url, plain_http),
        token=token,
        ca_file=ca_file,
        plain_http=plain_http,
        connect_seconds=connect_seconds,
        read_seconds=read_seconds,
        total_seconds=total_seconds,
    )


def is_loopback(host: str) -> bool:
    """Whether the name or address means this very machine: `localhost`, 127.0.0.0/8 or ::1."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _base_url(url: str, plain_http: PlainHttp) -> str:
    parts, port = _split(url.strip())
    host = parts.hostname or ""
    if parts.scheme == "http" and plain_http is PlainHttp.LOOPBACK_ONLY and not is_loopback(host):
        raise SettingsInvalid(
            f"The API URL begins with http://, so the token would cross the network to {host} readable by anyone.",
            next_step="Use https://, or allow it with --api-plain-http on a network you trust.",
        )
    path = parts.path.rstrip("/").removesuffix(_API_PATH).rstrip("/")
    if _PATH.fullmatch(path) is None or any(step in {".", ".."} for step in path.split("/")):
        raise _unusable("has a path that is none of a Forgejo server")
    shown_host = f"[{host}]" if ":" in host else host
    shown_port = "" if port is None else f":{port}"
    return f"{parts.scheme}://{shown_host}{shown_port}{path}"


def _split(url: str) -> tuple[SplitResult, int | None]:
    """Cuts the URL up. No message repeats the whole URL: it may hold a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _unusable("cannot be read as a URL") from None
    if "@" in parts.netloc:
        raise _unusable("holds a user or password, which would end up in logs")
    if parts.scheme not in {"http", "https"}:
        scheme = f"has the scheme {named(parts.scheme)}" if parts.scheme else "has no scheme"
        raise _unusable(f"{scheme}; only https and http are known")
    if _HOST.fullmatch(parts.hostname or "") is None:
        raise _unusable("has no usable host name (write international names in their xn-- form)")
    if parts.query or parts.fragment:
        raise _unusable("has a query or fragment (? or #)")
    return parts, port


def _unusable(reason: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"The API URL {reason}.",
        next_step="Give the address people open in a browser, such as https://git.example.org/, and the token through "
        "the environment or a file.",
    )

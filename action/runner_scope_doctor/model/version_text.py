"""Reads a Forgejo version as the server writes it. Pure text, shared by the database and the API side."""

from __future__ import annotations

import re

from runner_scope_doctor.model.server import OLDEST_KNOWN_MAJOR, ServerVersion

_VERSION = re.compile(r"v?(?P<major>[0-9]{1,4})(\.[0-9]{1,6}){0,3}([+~-][0-9A-Za-z.+~-]*)?")
_LONGEST_VERSION = 200


def parse_server_version(text: str, *, source: str) -> ServerVersion | None:
    """A version such as `15.0.3+gitea-1.22.0`, `16.0.0-dev-123-abc+gitea-1.22.0`, `v14.0.5` or `9`.

    `source` names the table or endpoint the text came from. None when the text is no version, or when its major is
    below 7: Gitea counts 1.x, and so did Forgejo before 7, so such a text says nothing about the rules that hold.
    """
    text = text.strip()
    match = _VERSION.fullmatch(text) if len(text) <= _LONGEST_VERSION else None
    if match is None or int(match["major"]) < OLDEST_KNOWN_MAJOR:
        return None
    return ServerVersion(major=int(match["major"]), text=text.removeprefix("v"), source=source)

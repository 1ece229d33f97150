"""Opens the server's API with the host's own token, which and whose authority only root and the operator can have written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from urllib.parse import urlsplit

from runner_scope_doctor.forgejo.address import ApiAddress, Token, api_address, is_loopback, token_from_text
from runner_scope_doctor.forgejo.client import ApiClient, opened
from runner_scope_doctor.host.trust import trusted_bytes
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.host import HostConfiguration
from runner_scope_doctor.model.wording import named

_LARGEST_TOKEN_FILE = 16_384
_LARGEST_CA_FILE = 10_000_000
"""Bytes; a system's whole bundle has some hundred thousand."""
_TOTAL = 12
"""All answers together may take so many times the patience for one, as a check over the API may."""


@contextmanager
def review_client(
    configuration: HostConfiguration, *, operator: int, patience_seconds: float = 10
) -> Iterator[ApiClient]:
    """A client of `instance` for `with`, which connects to nothing yet.

    `operator` is the user id that beside root may own the files, `patience_seconds` how long one answer may take. Raises
    SettingsInvalid when the configuration has no `api`, when a file is missing or loose, when everyone may read the token, and
    when the token would cross a network unencrypted.
    """
    with opened(_address(configuration, operator, patience_seconds)) as client:
        yield client


def _address(configuration: HostConfiguration, operator: int, seconds: float) -> ApiAddress:
    api = configuration.api
    if api is None:
        raise SettingsInvalid(
            f"{named(configuration.file)}: api: this key is missing, and reviews are read by it.",
            next_step="Add it with the path of a token's file; docs/host.md says which token.",
        )
    parts = urlsplit(configuration.instance)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise SettingsInvalid(
            f"{named(configuration.file)}: instance: it begins with http://, so the token of `api` would cross the network "
            "readable by anyone.",
            next_step="Give the address with https://, or take review out of the evidence.",
        )
    if api.ca_file is not None:
        trusted_bytes(api.ca_file, operator=operator, most_bytes=_LARGEST_CA_FILE)
    return api_address(
        configuration.instance,
        token=_token(api.token_file, operator),
        ca_file=api.ca_file,
        connect_seconds=seconds,
        read_seconds=seconds,
        total_seconds=_TOTAL * seconds,
    )


def _token(file: Path, operator: int) -> Token:
    content = trusted_bytes(file, operator=operator, most_bytes=_LARGEST_TOKEN_FILE)
    if os.stat(file).st_mode & stat.S_IROTH:
        raise SettingsInvalid(
            f"{file}: everyone may read the token in it.",
            next_step=f"Run `chmod o-r {quote(str(file))}`, and replace the token: somebody may have read it.",
        )
    try:
        return token_from_text(content.decode(), source=str(file))
    except UnicodeDecodeError as error:
        raise SettingsInvalid(f"{file}: this is not UTF-8 text.", next_step="Put only the token there.") from error

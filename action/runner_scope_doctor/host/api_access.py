"""Where the host's own tokens lead: the API of `instance`, whose authority only root and the operator can have written."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from runner_scope_doctor.forgejo.address import ApiAddress, api_address, is_loopback, token_from_text
from runner_scope_doctor.host.secret_file import secret_in
from runner_scope_doctor.host.trust import trusted_bytes
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.host import ApiAccess, HostConfiguration, IssueAccess
from runner_scope_doctor.model.wording import named

_LARGEST_CA_FILE = 10_000_000
"""Bytes; a system's whole bundle has some hundred thousand."""
_TOTAL = 12
"""All answers together may take so many times the patience for one, as a check over the API may."""


def address_of(
    configuration: HostConfiguration, access: ApiAccess | IssueAccess, *, operator: int, seconds: float, without: str
) -> ApiAddress:
    """The address with the token. `operator` is the user id that beside root may own the files, `seconds` how long one answer may
    take, `without` how the key can be done without, for a message.

    Raises SettingsInvalid when a file is missing or loose, when everyone may read the token, and when the token would cross a
    network unencrypted.
    """
    parts = urlsplit(configuration.instance)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        key = "api" if isinstance(access, ApiAccess) else "issues"
        raise SettingsInvalid(
            f"{named(configuration.file)}: instance: it begins with http://, so the token of `{key}` would cross the network "
            "readable by anyone.",
            next_step=f"Give the address with https://, or {without}.",
        )
    require_trusted_authority(access.ca_file, operator=operator)
    token = token_from_text(
        secret_in(access.token_file, operator=operator, what="token"), source=str(access.token_file)
    )
    return api_address(
        configuration.instance,
        token=token,
        ca_file=access.ca_file,
        connect_seconds=seconds,
        read_seconds=seconds,
        total_seconds=_TOTAL * seconds,
    )


def require_trusted_authority(ca_file: Path | None, *, operator: int) -> None:
    """Raises SettingsInvalid for a certificate that others could have written."""
    if ca_file is not None:
        trusted_bytes(ca_file, operator=operator, most_bytes=_LARGEST_CA_FILE)

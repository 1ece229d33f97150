"""The allowed signers and the revoked keys of the host, read once and only when nobody else could have written them."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path

from runner_scope_doctor.host.trust import trusted_bytes
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.host import HostConfiguration
from runner_scope_doctor.model.wording import named

LARGEST_SIGNERS = 1_000_000
"""Bytes; room for thousands of keys."""
LARGEST_REVOKED = 10_000_000
"""Bytes; a list of an authority that revoked half a million certificates one by one."""
_LIST_MAGIC = b"SSHKRL\n\0"
"""How a list of `ssh-keygen -k` begins (OpenSSH, PROTOCOL.krl)."""
_PRINCIPALS = re.compile(r'\s*(?:"([^"]*)"|(\S+))')


@dataclass(frozen=True, slots=True, kw_only=True)
class Signers:
    """What was trusted. `revoked` and `revoked_file` are None when the host revokes nothing."""

    allowed_file: Path
    allowed: bytes
    revoked_file: Path | None
    revoked: bytes | None


def trusted_signers(configuration: HostConfiguration, *, operator: int) -> Signers:
    """Both files' content. Raises SettingsInvalid when one is named and missing, too large or loose, and when no allowed
    signers are named."""
    if configuration.allowed_signers is None:
        raise SettingsInvalid(
            f"{named(configuration.file)}: allowed_signers: this key is missing, and a signature is judged by it.",
            next_step="Add it with the path of an allowed signers file; docs/signing.md says how to make one.",
        )
    revoked = configuration.revoked_keys
    return Signers(
        allowed_file=configuration.allowed_signers,
        allowed=trusted_bytes(configuration.allowed_signers, operator=operator, most_bytes=LARGEST_SIGNERS),
        revoked_file=revoked,
        revoked=None if revoked is None else _revoked_keys(revoked, operator),
    )


def _revoked_keys(file: Path, operator: int) -> bytes:
    """`ssh-keygen` takes a line that begins with a NUL for an empty one: a file that a crash left as NULs, which file
    systems do, would revoke nothing."""
    content = trusted_bytes(file, operator=operator, most_bytes=LARGEST_REVOKED)
    if b"\0" in content and not content.startswith(_LIST_MAGIC):
        raise SettingsInvalid(
            f"{file}: this is neither a list of public keys nor a list that `ssh-keygen -k` made.",
            next_step="Put back the last good one; docs/signing.md says how to make one.",
        )
    return content


def pattern_for(public_key: bytes, allowed: bytes) -> str | None:
    """The first pattern (`*@example.org`) to which a line of the file gives this very key; None when there is none.

    A certificate names its principals itself, so that a pattern beside its authority's key is none for the signer's.
    """
    encoded = base64.b64encode(public_key).decode()
    for line in allowed.decode("utf-8", "replace").split("\n"):
        principals = _PRINCIPALS.match(line)
        if encoded in line and principals is not None and not line.lstrip().startswith("#"):
            for name in (principals[1] or principals[2] or "").split(","):
                if any(mark in name for mark in "*?!"):
                    return name
    return None

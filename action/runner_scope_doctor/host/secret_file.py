"""A file of the host that holds one secret: who can have written it, and who can read it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from shlex import quote

from runner_scope_doctor.host.trust import trusted_bytes
from runner_scope_doctor.model.errors import SettingsInvalid

_LARGEST = 16_384
"""Bytes."""


def secret_in(file: Path, *, operator: int, what: str) -> str:
    """The file's text, which is never part of a message. `what` is what the secret is called there, such as `token`.

    Raises SettingsInvalid when it is missing or loose, when everyone may read it, and when it is no text.
    """
    content = trusted_bytes(file, operator=operator, most_bytes=_LARGEST)
    if os.stat(file).st_mode & stat.S_IROTH:
        raise SettingsInvalid(
            f"{file}: everyone may read the {what} in it.",
            next_step=f"Run `chmod o-r {quote(str(file))}`, and replace the {what}: somebody may have read it.",
        )
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise SettingsInvalid(f"{file}: this is not UTF-8 text.", next_step=f"Put only the {what} there.") from error

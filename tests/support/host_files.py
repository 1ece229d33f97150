"""Files and folders as an operator leaves them on a host."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from runner_scope_doctor.host.trust import trusted_bytes, trusted_folder
from runner_scope_doctor.model.errors import SettingsInvalid

MYSELF = os.geteuid()
SOMEBODY = 65534
"""`nobody`: neither root nor the operator."""
GIVES_AWAY = pytest.mark.skipif(MYSELF != 0, reason="only root can give a file to somebody else")


def written(path: Path, text: str, mode: int = 0o644) -> Path:
    """A file with this text and exactly this mode."""
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def folder_of_the_operator(parent: Path) -> Path:
    """A new folder `etc` of mode 0755 whose path is trusted; skips loudly where the parent's is not."""
    try:
        with trusted_folder(parent, operator=MYSELF):
            pass
    except SettingsInvalid as error:
        pytest.skip(f"the temporary folder is open to others: {error.problem}")
    folder = parent / "etc"
    folder.mkdir()
    folder.chmod(0o755)
    return folder


@contextmanager
def as_somebody(folder: Path) -> Iterator[None]:
    """Runs as `nobody`, with the way to the folder opened for the while."""
    with ExitStack() as stack:
        for part in (folder, *folder.parents):
            mode = part.stat().st_mode
            if not mode & 0o001:
                part.chmod(mode | 0o011)
                stack.callback(part.chmod, mode)
        os.seteuid(SOMEBODY)
        stack.callback(os.seteuid, 0)
        yield


def refused(file: Path, *, operator: int = MYSELF, most_bytes: int = 1_000) -> SettingsInvalid:
    """The refusal of a file that must not be believed."""
    with pytest.raises(SettingsInvalid) as caught:
        trusted_bytes(file, operator=operator, most_bytes=most_bytes)
    assert caught.value.next_step
    return caught.value

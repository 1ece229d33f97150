"""Files and folders as an operator leaves them on a host."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

MYSELF = os.geteuid()
SOMEBODY = 65534
"""`nobody`: neither root nor the operator."""
GIVES_AWAY = pytest.mark.skipif(MYSELF != 0, reason="only root can give a file to somebody else")


def written(path: Path, text: str, mode: int = 0o644) -> Path:
    """A file with this text and exactly this mode."""
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


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

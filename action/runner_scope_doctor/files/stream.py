"""Paths that are names of what this process has open already, such as /dev/stdout."""

from __future__ import annotations

import os
from pathlib import Path

_MOST_LINKS = 40
"""As many as Linux follows."""


def stream_descriptor(path: Path) -> int | None:
    """The number of the open file that the path is a name of, such as 1 for /dev/stdout; None for any other path.

    What such a name leads to can be a regular file, and the name itself a link in a folder that root may write: a file
    renamed to it would take the link away from every other program.
    """
    open_files = os.path.realpath("/proc/self/fd")
    for _ in range(_MOST_LINKS):
        folder = os.path.realpath(path.parent)
        if folder == open_files and path.name.isdecimal():
            return int(path.name)
        if not os.path.islink(path):  # also where the name is too long to ask
            return None
        path = Path(folder, os.readlink(path))
    return None

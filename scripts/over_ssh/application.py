"""The zip application that is to be run."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from over_ssh.arguments import Wish
from over_ssh.problems import NotDone
from runner_scope_doctor.cli.exit_codes import ExitCode

_BUILD = Path(__file__).resolve().parents[1] / "build"
_LARGEST = 64_000_000
"""Bytes; ours has four million."""


def application(wanted: Wish) -> bytes:
    """The file that was named, else one that is built now from this checkout. Raises NotDone."""
    if wanted.zip_file is not None:
        return content_of(wanted.zip_file, _LARGEST)
    with tempfile.TemporaryDirectory(prefix="runner-scope-doctor-") as folder:
        file = Path(folder, "runner-scope-doctor.pyz")
        # What it says goes to standard error: standard output is the command's.
        built = subprocess.run([_BUILD, file], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        if built.returncode != 0:
            raise NotDone(
                ExitCode.INCONCLUSIVE,
                "The zip application could not be built (see above).",
                next_step="See to that, or name one that was built elsewhere with --zip FILE.",
            )
        return content_of(file, _LARGEST)


def content_of(file: Path, limit: int) -> bytes:
    """What is in the file. Raises NotDone."""
    try:
        with open(file, "rb") as stream:
            content = stream.read(limit + 1)
    except OSError as error:
        raise NotDone(
            ExitCode.INVALID, f"{file} cannot be read: {error.strerror}.", next_step="Name one that can."
        ) from error
    if len(content) > limit:
        raise NotDone(ExitCode.INVALID, f"{file} is larger than {limit} bytes.", next_step="Name the right file.")
    return content

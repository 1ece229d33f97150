"""The zip application that is to be run."""

from __future__ import annotations

import subprocess
import tempfile
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from over_ssh.arguments import Wish
from over_ssh.interrupts import put_off
from over_ssh.problems import NotDone
from runner_scope_doctor.cli.exit_codes import ExitCode

_BUILD = Path(__file__).resolve().parents[1] / "build"
_BEGINNING = "runner_scope_doctor/cli/main.py"
_LARGEST = 64_000_000
"""Bytes; ours has four million."""


def application(wanted: Wish) -> bytes:
    """The file that was named, else one that is built now from this checkout. Raises NotDone."""
    if wanted.zip_file is not None:
        content = content_of(wanted.zip_file, _LARGEST)
        if not _is_ours(content):
            raise NotDone(
                ExitCode.INVALID,
                f"{wanted.zip_file} is no zip application of this program.",
                next_step="Name one that scripts/build has made, or leave --zip out and one is built now.",
            )
        return content
    with put_off():
        temporary = tempfile.TemporaryDirectory(prefix="runner-scope-doctor-")
    with temporary as folder:
        file = Path(folder, "runner-scope-doctor.pyz")
        if _built(file) != 0:
            raise NotDone(
                ExitCode.INCONCLUSIVE,
                "The zip application could not be built (see above).",
                next_step="See to that, or name one that was built elsewhere with --zip FILE.",
            )
        return content_of(file, _LARGEST)


def _built(file: Path) -> int:
    """The exit code of scripts/build, which has ended whatever comes: it would make the folder again that we take away."""
    building: subprocess.Popen[bytes] | None = None
    try:
        with put_off():
            # What it says goes to standard error: standard output is the command's.
            building = subprocess.Popen([_BUILD, file], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        return building.wait()
    finally:
        if building is not None:
            building.kill()  # nothing to one that has ended
            building.wait()


def _is_ours(content: bytes) -> bool:
    """Whether it has what is started. Whatever else a wrong file is, Python would run it, or end with a traceback."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            return _BEGINNING in archive.namelist()
    except (BadZipFile, ValueError, OSError):  # what is no zip at all, and what is a damaged one
        return False


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

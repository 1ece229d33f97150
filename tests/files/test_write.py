"""A file is written whole or not at all, with the mode that was asked for."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner_scope_doctor.files.write import write_whole


@pytest.mark.parametrize(
    ("umask", "mode", "outcome"),
    [(0o022, 0o644, 0o644), (0o027, 0o644, 0o640), (0o000, 0o644, 0o644), (0o000, 0o600, 0o600), (0o077, 0o644, 0o600)],
)
def test_the_mode_is_the_callers_less_the_umask(tmp_path: Path, umask: int, mode: int, outcome: int) -> None:
    """The umask takes away and never adds, and the mode of the file that was there before does not live on."""
    path = tmp_path / "report.json"
    path.write_text("old")
    path.chmod(0o666)
    before = os.umask(umask)
    try:
        write_whole(path, ("new",), mode=mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == outcome


def test_what_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    """When the pieces end in an error, or in an interruption, the older file stays and nothing lies beside it."""

    def pieces(error: BaseException) -> Iterator[str]:
        yield "new"
        raise error

    path = tmp_path / "report.json"
    path.write_text("old")
    for error in (ValueError(), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            write_whole(path, pieces(error), mode=0o644)
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["report.json"]


def test_the_longest_name_is_written(tmp_path: Path) -> None:
    """A name of 255 bytes, the most a folder takes, leaves room for no ending: what is written first has its own name."""
    path = tmp_path / ("x" * 255)
    write_whole(path, ("one\n", "zwölf\n"), mode=0o644)
    assert path.read_text(encoding="utf-8") == "one\nzwölf\n"


def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    """A file in a folder that is not there is the system's own error."""
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "missing" / "report.json", ("new",), mode=0o644)

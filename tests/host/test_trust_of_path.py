"""The path is walked part by part, and what was looked at is what is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runner_scope_doctor.host.trust import trusted_bytes, trusted_folder
from support.host_files import GIVES_AWAY, MYSELF, as_somebody, refused, written
from support.host_texts import SMALLEST, WHOLE


def test_a_link_in_place_of_the_file(private: Path) -> None:
    """A symbolic link is refused although what it leads to is trusted, and the way to the real path is told."""
    written(private / "real.yml", SMALLEST)
    link = private / "host.yml"
    link.symlink_to("real.yml")
    error = refused(link)
    assert error.problem.startswith(f"{link}: this is a symbolic link")
    assert f"`realpath {link}`" in error.next_step


def test_a_link_in_place_of_a_folder(private: Path) -> None:
    """A symbolic link anywhere in the path is refused and named."""
    (private / "real").mkdir(mode=0o755)
    written(private / "real" / "host.yml", SMALLEST)
    (private / "link").symlink_to("real")
    assert refused(private / "link" / "host.yml").problem.startswith(f"{private}/link: this is a symbolic link")


def test_a_link_that_leads_nowhere(private: Path) -> None:
    """A dangling link is called a link, not a missing file."""
    (private / "host.yml").symlink_to("/nowhere")
    assert "this is a symbolic link" in refused(private / "host.yml").problem


def test_a_file_with_a_second_name(private: Path) -> None:
    """A hard link, by which somebody could choose which of root's files is read, is refused with the way out."""
    path = written(private / "host.yml", SMALLEST)
    (private / "second").hardlink_to(path)
    error = refused(path)
    assert error.problem.startswith(f"{path}: the file has 2 names (hard links)")
    assert f"`mv {path}.new {path}`" in error.next_step


def test_what_is_no_file(private: Path) -> None:
    """A folder, and a pipe whose opening would wait for a writer, are refused at once."""
    (private / "folder").mkdir()
    os.mkfifo(private / "pipe", 0o600)
    assert refused(private / "folder").problem == f"{private}/folder: this is not a regular file."
    assert refused(private / "pipe").problem == f"{private}/pipe: this is not a regular file."


def test_a_file_in_place_of_a_folder(private: Path) -> None:
    """A path through a file names that file."""
    written(private / "host.yml", SMALLEST)
    assert refused(private / "host.yml" / "a").problem == f"{private}/host.yml: this is not a folder."


def test_what_is_missing(private: Path) -> None:
    """The first part that is not there is named: the folder, not the file."""
    assert (
        refused(private / "host.yml").problem == f"{private}/host.yml: it cannot be opened: No such file or directory."
    )
    problem = refused(private / "a" / "host.yml").problem
    assert problem == f"{private}/a: it cannot be opened: No such file or directory."


@GIVES_AWAY
def test_what_may_not_be_read(private: Path) -> None:
    """A file the caller may not read is named with the reason."""
    path = written(private / "host.yml", SMALLEST, 0o600)
    with as_somebody(private):
        assert refused(path).problem == f"{path}: it cannot be opened: Permission denied."


def test_a_large_file(private: Path) -> None:
    """A file is read up to the limit and not a byte further."""
    path = written(private / "host.yml", "#" * 1_000)
    assert len(trusted_bytes(path, operator=MYSELF, most_bytes=1_000)) == 1_000
    assert refused(path, most_bytes=999).problem == f"{path}: larger than 999 bytes."


def test_a_relative_path_is_followed_from_the_root(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path is walked from / on, through the folder the program runs in."""
    written(private / "host.yml", SMALLEST)
    monkeypatch.chdir(private)
    assert trusted_bytes(Path("host.yml"), operator=MYSELF, most_bytes=1_000) == SMALLEST.encode()
    private.chmod(0o777)
    assert refused(Path("host.yml")).problem.startswith(f"{private}: it may be written by its group and everyone")


@pytest.mark.parametrize("path", ["/etc/../host.yml", "../host.yml", "/etc/host\0.yml"])
def test_a_path_that_cannot_be_walked(path: str) -> None:
    """A path that goes back, or that no system has, is refused before anything is opened."""
    assert "cannot be followed part by part" in refused(Path(path)).problem


def test_what_was_looked_at_is_what_is_read(private: Path) -> None:
    """A folder swapped for another after it was looked at changes nothing: the walk holds the folder, not its name."""
    (private / "good").mkdir(mode=0o755)
    (private / "evil").mkdir(mode=0o777)
    written(private / "good" / "host.yml", SMALLEST)
    written(private / "evil" / "host.yml", WHOLE, 0o666)
    with trusted_folder(private / "good", operator=MYSELF) as folder:
        (private / "good").rename(private / "moved")
        (private / "evil").rename(private / "good")
        descriptor = os.open("host.yml", os.O_RDONLY, dir_fd=folder)
        try:
            assert os.read(descriptor, 10_000) == SMALLEST.encode()
        finally:
            os.close(descriptor)


def test_a_file_swapped_between_the_looks(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file replaced by a loose one or by a link just before it is opened is judged by what was opened."""
    good, evil = written(private / "host.yml", SMALLEST), written(private / "evil.yml", WHOLE, 0o666)
    real_stat = os.stat

    def swapping(path: str, **arguments: int | bool) -> os.stat_result:
        status = real_stat(path, **arguments)  # type: ignore[arg-type]  # passed on as they came
        if path == good.name:
            evil.rename(good)
        return status

    monkeypatch.setattr(os, "stat", swapping)
    assert refused(good).problem == f"{good}: it may be written by its group and everyone (mode 0666)."


def test_no_descriptor_is_left_open(private: Path) -> None:
    """Refused or not, every part that was opened is closed again."""
    path = written(private / "host.yml", SMALLEST)
    before = len(os.listdir("/proc/self/fd"))
    trusted_bytes(path, operator=MYSELF, most_bytes=1_000)
    path.chmod(0o666)
    refused(path)
    private.chmod(0o777)
    refused(path)
    assert len(os.listdir("/proc/self/fd")) == before

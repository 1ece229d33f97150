"""Nothing is believed that anybody but root and the operator could have written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runner_scope_doctor.host.configuration import read_host_configuration
from runner_scope_doctor.host.trust import trusted_bytes, trusted_folder
from runner_scope_doctor.model.errors import SettingsInvalid
from support.host_files import GIVES_AWAY, MYSELF, SOMEBODY, as_somebody, written
from support.host_texts import SMALLEST, WHOLE


def refused(file: Path, *, operator: int = MYSELF, most_bytes: int = 1_000) -> SettingsInvalid:
    """The refusal of a file that must not be believed."""
    with pytest.raises(SettingsInvalid) as caught:
        trusted_bytes(file, operator=operator, most_bytes=most_bytes)
    assert caught.value.next_step
    return caught.value


def test_a_file_of_the_operators_own_is_read(private: Path) -> None:
    """What only root and the operator can write is read as it stands, readable by others or not."""
    for mode in (0o600, 0o640, 0o644, 0o444):
        path = written(private / f"{mode:o}.yml", WHOLE, mode)
        assert trusted_bytes(path, operator=MYSELF, most_bytes=len(WHOLE)) == WHOLE.encode()


def test_the_configuration_is_read_and_named_by_its_path(private: Path) -> None:
    """A trusted host.yml becomes a configuration, and its messages name it as it was given."""
    path = written(private / "host.yml", SMALLEST)
    assert read_host_configuration(path, operator=MYSELF).file == str(path)
    path.write_text(SMALLEST.replace("state", "stat"))
    with pytest.raises(SettingsInvalid, match=rf"^{path}:3: stat: unknown key; did you mean state\?"):
        read_host_configuration(path, operator=MYSELF)


def test_bytes_that_are_no_text_name_their_line(private: Path) -> None:
    """Another encoding than UTF-8 is refused with the line it begins on."""
    path = written(private / "host.yml", SMALLEST)
    path.write_bytes(SMALLEST.encode() + b"# \xff")
    with pytest.raises(SettingsInvalid, match=rf"^{path}:5: this is not UTF-8 text\."):
        read_host_configuration(path, operator=MYSELF)


@pytest.mark.parametrize(
    ("mode", "writers", "command"),
    [
        (0o664, "its group", "g-w"),
        (0o646, "everyone", "o-w"),
        (0o666, "its group and everyone", "g-w,o-w"),
        (0o620, "its group", "g-w"),
        (0o1666, "its group and everyone", "g-w,o-w"),
    ],
)
def test_a_file_others_may_write(private: Path, mode: int, writers: str, command: str) -> None:
    """A file its group or everyone may write is named with its mode and the command that ends it, sticky or not."""
    path = written(private / "host.yml", SMALLEST, mode)
    error = refused(path)
    assert error.problem == f"{path}: it may be written by {writers} (mode {mode:04o})."
    assert error.next_step == f"Look at what it holds, then run `chmod {command} {path}`."


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_loose_folder_anywhere_above(private: Path, depth: int) -> None:
    """Each folder of the path counts, not only the last: the loose one is named, not the file."""
    folders = [private, private / "a", private / "a" / "b"]
    for folder in folders[1:]:
        folder.mkdir(mode=0o755)
    path = written(folders[-1] / "host.yml", SMALLEST)
    loose = folders[depth - 1]
    loose.chmod(0o775)
    error = refused(path)
    assert error.problem == f"{loose}: it may be written by its group (mode 0775)."
    assert error.next_step.endswith(f"run `chmod g-w {loose}`.")


def test_the_command_can_be_pasted(private: Path) -> None:
    """A path with spaces and quotes is quoted for the shell."""
    path = written(private / "it's a; host.yml", SMALLEST, 0o666)
    assert f"`chmod g-w,o-w '{private}/it'\"'\"'s a; host.yml'`" in refused(path).next_step


def test_a_sticky_folder_is_no_loose_one(private: Path) -> None:
    """Where others may add names and not replace those of others, as in /tmp, the operator's file stays the operator's."""
    private.chmod(0o1777)
    path = written(private / "host.yml", SMALLEST)
    assert trusted_bytes(path, operator=MYSELF, most_bytes=1_000) == SMALLEST.encode()


@GIVES_AWAY
def test_somebody_elses_file_in_a_sticky_folder(private: Path) -> None:
    """In a sticky folder everybody may put a file there first: its owner is looked at."""
    private.chmod(0o1777)
    path = written(private / "host.yml", SMALLEST)
    os.chown(path, SOMEBODY, SOMEBODY)
    error = refused(path)
    assert error.problem == (
        f"{path}: it belongs to nobody (uid 65534) (mode 0644), who could change what it says; it must belong to root."
    )
    assert error.next_step == f"Look at what it holds, then run `chown root {path}`."


@GIVES_AWAY
def test_somebody_elses_folder(private: Path) -> None:
    """Who owns a folder can change its mode, so a folder of somebody else is refused whatever its mode."""
    folder = private / "theirs"
    folder.mkdir(mode=0o755)
    path = written(folder / "host.yml", SMALLEST)
    os.chown(folder, SOMEBODY, SOMEBODY)
    assert refused(path).problem.startswith(f"{folder}: it belongs to nobody (uid 65534) (mode 0755)")


@GIVES_AWAY
def test_the_operator_is_who_is_named(private: Path) -> None:
    """A file of the named operator is trusted, for that operator and for nobody else, and root's always."""
    path = written(private / "host.yml", SMALLEST)
    assert trusted_bytes(path, operator=SOMEBODY, most_bytes=1_000)
    os.chown(path, SOMEBODY, SOMEBODY)
    assert trusted_bytes(path, operator=SOMEBODY, most_bytes=1_000)
    assert "belongs to nobody" in refused(path, operator=0).problem


def test_a_user_nobody_knows_is_named_by_number(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An owner without an account is shown by its number."""
    path = written(private / "host.yml", SMALLEST)
    status = os.stat_result((0o100644, 0, 0, 1, 4_000_000_001, 0, 0, 0, 0, 0))
    monkeypatch.setattr(os, "fstat", lambda descriptor: status if _is_file(descriptor, path) else os.stat(descriptor))
    assert "it belongs to uid 4000000001 (mode 0644)" in refused(path).problem


def _is_file(descriptor: int, path: Path) -> bool:
    return os.path.samestat(os.stat(descriptor), path.stat())


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

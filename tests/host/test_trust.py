"""Nothing is believed that anybody but root and the operator could have written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runner_scope_doctor.host.configuration import read_host_configuration
from runner_scope_doctor.host.trust import trusted_bytes
from runner_scope_doctor.model.errors import SettingsInvalid
from support.host_files import GIVES_AWAY, MYSELF, SOMEBODY, refused, written
from support.host_texts import SMALLEST, WHOLE


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


@GIVES_AWAY
def test_a_login_of_ones_own_is_sent_to_root_first(private: Path) -> None:
    """The service's folder must stay the service's: who runs the command without sudo is told to use it, before any chown."""
    path = written(private / "host.yml", SMALLEST)
    os.chown(path, SOMEBODY, SOMEBODY)
    assert refused(path, operator=SOMEBODY - 1).next_step == (
        f"Run this as root, such as through sudo. If root is told the same, look at what it holds, then run `chown root {path}`."
    )


def test_a_user_nobody_knows_is_named_by_number(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An owner without an account is shown by its number."""
    path = written(private / "host.yml", SMALLEST)
    status = os.stat_result((0o100644, 0, 0, 1, 4_000_000_001, 0, 0, 0, 0, 0))
    monkeypatch.setattr(os, "fstat", lambda descriptor: status if _is_file(descriptor, path) else os.stat(descriptor))
    assert "it belongs to uid 4000000001 (mode 0644)" in refused(path).problem


def _is_file(descriptor: int, path: Path) -> bool:
    return os.path.samestat(os.stat(descriptor), path.stat())

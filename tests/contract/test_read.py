"""A contract file that cannot be read ends in a sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runner_scope_doctor.contract.read import read_contract
from runner_scope_doctor.model.errors import SettingsInvalid

NOBODY = 65534
VALID = b"version: 1\nrunners:\n  - {name: builder, scope: instance}\n"


def refusal(path: Path) -> str:
    """What is said about a path that holds no contract."""
    with pytest.raises(SettingsInvalid) as caught:
        read_contract(path)
    assert caught.value.next_step
    return caught.value.problem


def test_a_file_is_read_and_named_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locations name the file by the path the person gave."""
    (tmp_path / "mine.yml").write_bytes(VALID)
    monkeypatch.chdir(tmp_path)
    assert read_contract(Path("mine.yml")).runners[0].location.file == "mine.yml"


def test_a_missing_file(tmp_path: Path) -> None:
    """A file that is not there is named."""
    path = tmp_path / "none.yml"
    assert refusal(path) == f"{path}: the contract cannot be read: No such file or directory."


def test_a_directory(tmp_path: Path) -> None:
    """A directory is called one."""
    assert refusal(tmp_path) == f"{tmp_path}: this is a directory, not a contract file."


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """A named pipe, whose opening would wait for a writer, is refused at once."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert refusal(path) == f"{path}: this is not a regular file."


def test_a_file_without_permission(tmp_path: Path) -> None:
    """A file one may not read is named with the reason, also when the tests are run by root."""
    path = tmp_path / "secret.yml"
    path.write_bytes(VALID)
    path.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        assert refusal(path) == f"{path}: the contract cannot be read: Permission denied."
    finally:
        os.seteuid(user)


def test_a_path_with_a_nul() -> None:
    """A path no system has ends in a sentence as well."""
    assert "cannot be read: the path is not one." in refusal(Path("a\0b"))


def test_a_large_file_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file over the limit is refused by its size: it is never opened."""
    path = tmp_path / "large.yml"
    with path.open("wb") as file:
        file.truncate(10_000_000)
    monkeypatch.setattr(Path, "open", None)
    assert refusal(path) == f"{path}: larger than 1000000 bytes, which no contract is."


def test_a_file_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    """The limit itself is allowed."""
    path = tmp_path / "full.yml"
    path.write_bytes(VALID + b"#" * (1_000_000 - len(VALID)))
    assert read_contract(path).runners[0].name == "builder"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
def test_an_endless_device_is_refused() -> None:
    """A device, which has no size, is refused instead of read."""
    assert refusal(Path("/dev/zero")) == "/dev/zero: this is not a regular file."


@pytest.mark.parametrize("content", [VALID + b"# \xff", VALID + b"# \xed\xa0\x80"])
def test_another_encoding_names_its_line(tmp_path: Path, content: bytes) -> None:
    """Bytes that are not UTF-8 are refused with their line."""
    path = tmp_path / "latin.yml"
    path.write_bytes(content)
    assert refusal(path) == f"{path}:4: this is not UTF-8 text."

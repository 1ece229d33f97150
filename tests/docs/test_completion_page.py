"""docs/completion.md puts each shell's script where that shell looks for it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from runner_scope_doctor.cli.completion import script_for
from runner_scope_doctor.cli.completion_grammar import Shell
from support.command import ACTION, ROOT
from support.shells import program_of, shell_environment

PAGE = (ROOT / "docs" / "completion.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PLACES = {
    ".local/share/bash-completion/completions/runner-scope-doctor": Shell.BASH,
    ".runner-scope-doctor-completion.bash": Shell.BASH,
    ".zfunc/_runner-scope-doctor": Shell.ZSH,
    ".config/fish/completions/runner-scope-doctor.fish": Shell.FISH,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which every block of the page was run, with the command on its PATH."""
    tmp_path = tmp_path_factory.mktemp("completion")
    program = tmp_path / "bin" / "runner-scope-doctor"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ACTION}" exec "{sys.executable}" -m runner_scope_doctor "$@"\n')
    program.chmod(0o755)
    (tmp_path / "home").mkdir()
    environment = {"HOME": str(tmp_path / "home"), "PATH": f"{program.parent}:/usr/bin:/bin"}
    for commands in COMMANDS:
        subprocess.run(["bash", "-e", "-c", commands], env=environment, cwd=tmp_path, check=True)
    return tmp_path / "home"


def test_each_script_is_where_the_page_puts_it(home: Path) -> None:
    """Run as they stand, the commands write the four scripts and nothing else but the line in .bashrc."""
    files = {str(file.relative_to(home)) for file in home.rglob("*") if file.is_file()}
    assert files == {*PLACES, ".bashrc"}
    for place, shell in PLACES.items():
        assert (home / place).read_text(encoding="utf-8") == script_for(shell)


def test_a_new_bash_has_it(home: Path) -> None:
    """The line in .bashrc makes bash know the completion."""
    ended = subprocess.run(
        ["bash", "--rcfile", home / ".bashrc", "-i", "-c", "complete -p runner-scope-doctor"],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False, start_new_session=True,
    )  # fmt: skip
    assert ended.stdout == "complete -F _runner_scope_doctor runner-scope-doctor\n"


def test_a_new_fish_has_it(home: Path) -> None:
    """Fish finds the script in its folder by the command's name."""
    fish = program_of(Shell.FISH)
    if fish is None:
        pytest.skip("NEEDS fish: it is neither on this machine nor to be had by apt-get download")
    folder = home / ".config" / "fish" / "completions"
    ended = subprocess.run(
        [fish, "--no-config", "-c", f"set fish_complete_path {folder}; complete -C 'runner-scope-doctor che'"],
        env=shell_environment(home, home.parent / "bin"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.stdout.startswith("check\t")

"""The completion scripts, asked by real shells."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runner_scope_doctor.cli.completion import script_for
from runner_scope_doctor.cli.completion_grammar import Shell
from runner_scope_doctor.model.finding import FindingKind
from support.command import ROOT, doctor
from support.shells import asked, program_of

SECTIONS = re.findall(
    r"^## runner-scope-doctor([^\n]*)\n\n```text\n(.*?)^```$",
    (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)
"""Each command, a space before it, and its help; another test holds the page to `--help`."""


@pytest.fixture(params=Shell, ids=[shell.value for shell in Shell])
def shell(request: pytest.FixtureRequest) -> Shell:
    """Each shell; bash must be there."""
    one: Shell = request.param
    if program_of(one) is None:
        assert one is not Shell.BASH
        pytest.skip(f"NEEDS {one.value}: it is neither on this machine nor to be had by apt-get download")
    return one


def offered(shell: Shell, *lines: str) -> list[set[str]]:
    """What the shell offers behind the program's name and each of these beginnings."""
    script = doctor("completion", shell.value)
    assert (script.code, script.err) == (0, "")
    words = asked(shell, script.out, *(f"runner-scope-doctor {line}" for line in lines))
    assert len(words) == len(lines)
    return [set(one) for one in words]


def test_every_option_of_the_help_is_offered(shell: Shell) -> None:
    """Behind each command a shell offers exactly the long options that its help lists."""
    commands = [command.strip() for command, _ in SECTIONS]
    listed = [set(re.findall(r"^  (?:-h, )?(--[a-z-]+)", help_text, re.MULTILINE)) for _, help_text in SECTIONS]
    assert len(commands) > 30
    assert offered(shell, *(f"{command} --".lstrip() for command in commands)) == listed


def test_commands_and_actions_are_offered(shell: Shell) -> None:
    """In the place of a command the commands, behind one with actions the actions, and only there."""
    top = set(re.findall(r"^    ([a-z-]+)(?:\s|$)", SECTIONS[0][1], re.MULTILINE))
    said = offered(shell, "", "contract ", "receipts ", "apply-", "contract lin", "status ")
    assert said[:-1] == [
        top, {"init", "lint", "compare", "describe", "schema"}, {"list", "show", "verify"}, {"apply-approved"}, {"lint"},
    ]  # fmt: skip
    assert not {word for word in said[-1] if not word.startswith("-")}  # where nothing can stand, zsh shows the options


def test_known_words_are_offered_where_they_can_stand(shell: Shell) -> None:
    """Codes of findings, formats and severities; behind an equals sign as well."""
    codes = {word for kind in FindingKind for word in (kind.value, kind.title)}
    said = offered(shell, "explain ", "check --fail-on ", "check --fail-on=w", "check --format j", "explain RSD00")
    assert said[:2] == [codes, {"error", "warning"}]
    assert {word.removeprefix("--fail-on=") for word in said[2]} == {"warning"}
    assert said[3:] == [{"json", "junit"}, {code for code in codes if code.startswith("RSD00")}]


def test_a_value_is_no_command(shell: Shell) -> None:
    """What stands behind an option is its value, whatever it is called: the command before it still counts."""
    assert offered(shell, "check --app-ini contract --contr", "check --sample ", "plan --unattended --run") == [
        {"--contract"}, set(), {"--run", "--runner"},
    ]  # fmt: skip


def test_files_are_offered_where_a_file_can_stand(shell: Shell, tmp_path: Path) -> None:
    """A file's path is completed, a space in it included, and nothing in a name is run."""
    for name in ("host one.yml", "host$(touch ran).yml"):
        (tmp_path / name).touch()
    ways = ("check --app-ini ", "contract lint ", "apply --signature ")
    for words in offered(shell, *(f"{way}{tmp_path}/ho" for way in ways)):
        assert any("one.yml" in word for word in words)
        assert any("ran" in word for word in words)
    assert not list(Path.cwd().glob("ran")) + list(tmp_path.glob("ran"))


def test_no_key_press_starts_a_program(shell: Shell, tmp_path: Path) -> None:
    """Neither Python nor this program is started to complete a line: the script has all answers in it."""
    for name in ("python", "python3", "runner-scope-doctor"):
        (tmp_path / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
        (tmp_path / name).chmod(0o755)
    lines = [f"runner-scope-doctor {line}" for line in ("", "check --f", "explain RSD0", "contract lint ")]
    assert all(asked(shell, script_for(shell), *lines, programs=tmp_path)[:3])
    assert not (tmp_path / "started").exists()


def test_another_shell_is_refused() -> None:
    """The refusal names the shells there are."""
    ended = doctor("completion", "tcsh")
    assert (ended.code, ended.out) == (2, "")
    assert ended.last_line.endswith("Next: Use one of bash, zsh, fish.")

"""docs/command-line.md is the program's own help, to the letter."""

from __future__ import annotations

import re
import sys

import pytest

from runner_scope_doctor.cli.arguments import parser
from support.command import ROOT, doctor

PAGE = ROOT / "docs" / "command-line.md"
COMMANDS = (
    "", "check", "why", "explain", "contract", "contract init", "contract lint", "contract compare",
    "contract describe", "contract schema", "plan", "show", "apply", "apply-approved", "undo",
    "status", "receipts", "receipts list", "receipts show", "receipts verify", "backups", "backups list", "backups verify",
    "backups prune", "backups restore", "serve", "request", "request check", "request plan", "request repair",
    "host", "host admins", "host check", "host self-test", "grants", "completion",
)  # fmt: skip


def help_of(command: str) -> str:
    """What `--help` prints on a terminal 100 characters wide."""
    ended = doctor(*command.split(), "--help", environment={"COLUMNS": "100"})
    assert ended.code == 0
    return ended.out.rstrip()


def page_text() -> str:
    """The page as it should be."""
    parts = ["# The command line", "", "Printed by the program itself, held equal by a test."]
    for command in COMMANDS:
        name = f"runner-scope-doctor {command}".strip()
        parts += ["", f"## {name}", "", "```text", help_of(command), "```"]
    return "\n".join(parts) + "\n"


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="argparse lays help out differently in each Python")
def test_the_page_is_the_help() -> None:
    """A changed option that is not in the page is found. To renew it: python -m pytest, copy from the failure's left side."""
    assert page_text() == PAGE.read_text(encoding="utf-8")


def test_every_command_is_in_the_page() -> None:
    """The list of commands above is the parser's."""
    help_text = parser().format_help()
    shown = re.findall(r"^    ([a-z-]+)\s", help_text, re.MULTILINE)
    assert set(shown) == {command.split()[0] for command in COMMANDS if command}

"""`explain` from outside: on a terminal, into a pipe, and to a reader that goes away."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import sys
import termios

import pytest

from support.command import ACTION, ROOT, doctor

COMMAND = [sys.executable, "-m", "runner_scope_doctor", "explain", "RSD001"]
PAGE = (ROOT / "docs" / "findings" / "combined-scope.md").read_text(encoding="utf-8")


def on_a_terminal(columns: int, **environment: str) -> str:
    """What a terminal of that width is sent."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    values = {"PYTHONPATH": str(ACTION), "PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", **environment}
    with (
        os.fdopen(ours, "rb", buffering=0) as terminal,
        subprocess.Popen(COMMAND, env=values, stdout=theirs) as process,
    ):
        os.close(theirs)
        said = b""
        try:
            while part := terminal.read(65536):
                said += part
        except OSError:  # so Linux tells that nobody has the terminal open any more
            pass
    assert process.returncode == 0
    return said.decode("utf-8").replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [60, 200])
def test_a_terminal_gets_the_page_as_wide_as_it_is(columns: int) -> None:
    """No line of prose is longer than the terminal is wide, nor than 100 characters; headings are bold."""
    said = on_a_terminal(columns, TERM="xterm")
    prose = [line for line in said.splitlines() if not line.startswith("      ")]
    assert max(map(len, prose)) in range(min(columns, 100) - 12, min(columns, 100) + 1)
    assert "\x1b[1mWhat it means\x1b[0m\n" in said
    assert "](" not in said


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
def test_who_wants_no_colour_gets_none(environment: dict[str, str]) -> None:
    """Not one escape sequence is sent then; headings are underlined with characters."""
    said = on_a_terminal(80, **environment)
    assert "\x1b" not in said
    assert "\nWhat it means\n-------------\n" in said


def test_a_pipe_gets_the_page_itself() -> None:
    """Into a file or a pipe goes the Markdown of docs/findings, whatever the width of the terminal behind it."""
    assert doctor("explain", "combined-scope", environment={"COLUMNS": "40", "TERM": "xterm"}).out == PAGE


def test_a_pager_that_is_left_early_is_no_trouble() -> None:
    """`explain RSD001 | head -1` prints one line, and nothing on standard error."""
    script = '"$@" | head -1'
    ended = subprocess.run(
        ["bash", "-c", script, "bash", *COMMAND], env={"PYTHONPATH": str(ACTION), "PATH": os.defpath}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert (ended.stdout, ended.stderr) == ("# RSD001 combined-scope\n", "")


def test_an_unknown_finding_is_told_the_known_ones() -> None:
    """The refusal lists every code with its name."""
    ended = doctor("explain", "RSD999")
    assert (ended.code, ended.out) == (2, "")
    assert "RSD001 combined-scope" in ended.last_line

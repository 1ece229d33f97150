"""`explain`: the page of a finding, in the terminal."""

from __future__ import annotations

import os
import pkgutil
import shutil
import sys
from argparse import Namespace

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.reports import is_colourless
from runner_scope_doctor.model.errors import UsageError
from runner_scope_doctor.model.finding import FindingKind
from runner_scope_doctor.report.terminal_page import in_terminal
from runner_scope_doctor.report.text import Style


def run(chosen: Namespace) -> ExitCode:
    """Prints the page of the finding named by code or name: laid out for a terminal, into a file or a pipe as it is."""
    page = page_of(_kind(chosen.finding))
    sys.stdout.write(_laid_out(page) if sys.stdout.isatty() else page)
    return ExitCode.HEALTHY


def _laid_out(page: str) -> str:
    style = Style.PLAIN if is_colourless(os.environ) else Style.COLOUR
    return in_terminal(page, width=shutil.get_terminal_size().columns, style=style)


def page_of(kind: FindingKind) -> str:
    """`docs/findings/<title>.md` as it is part of the package, in a zip file too."""
    content = pkgutil.get_data("runner_scope_doctor", f"findings/{kind.title}.md")
    return "" if content is None else content.decode("utf-8")


def _kind(word: str) -> FindingKind:
    for kind in FindingKind:
        if word.lower() in (kind.value.lower(), kind.title):
            return kind
    known = ", ".join(f"{kind.value} {kind.title}" for kind in FindingKind)
    raise UsageError(f"There is no finding of that name: {word}.", next_step=f"Use one of {known}.")

"""`explain`: the page of a finding, in the terminal."""

from __future__ import annotations

import pkgutil
import sys
from argparse import Namespace

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.model.errors import UsageError
from runner_scope_doctor.model.finding import FindingKind


def run(chosen: Namespace) -> ExitCode:
    """Prints the page of the finding named by code or name."""
    sys.stdout.write(page_of(_kind(chosen.finding)))
    return ExitCode.HEALTHY


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

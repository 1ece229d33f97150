"""`contract describe`: the contract as a table for people, and whether a page still holds it."""

from __future__ import annotations

import os
import stat
import sys
from argparse import Namespace
from pathlib import Path

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.contract.read import read_contract
from runner_scope_doctor.files.read import FileKind, read_text
from runner_scope_doctor.files.reason import reason
from runner_scope_doctor.files.write import write_whole
from runner_scope_doctor.model.errors import SettingsInvalid, UsageError
from runner_scope_doctor.report.contract_page import described, difference, page_with
from runner_scope_doctor.report.escape import escaped

_MOST_BYTES = 10_000_000
_NAME_A_PAGE = "Name a page of Markdown that holds the two marks; `contract describe FILE` prints them with the table."
_PAGE = FileKind(
    noun="page",
    file_noun="a page",
    next_step=_NAME_A_PAGE,
    when_too_large=_NAME_A_PAGE,
    when_not_utf8="Save the page in UTF-8.",
)


def run(chosen: Namespace) -> ExitCode:
    """Prints the table, compares it with the one in a page (10 when they differ), or writes it into the page.

    Raises SettingsInvalid for a contract that is none and for a page that cannot be used, UsageError for two pages.
    """
    given = Given(chosen, os.environ)
    checked, written = given.path("check"), given.path("write")
    if checked is not None and written is not None:
        raise UsageError("A page is either checked or written.", next_step="Leave out --check or --write.")
    lines = described(read_contract(Path(chosen.file)))
    if checked is not None:
        return _checked(lines, checked, chosen.file)
    if written is not None:
        return _written(lines, written)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return ExitCode.HEALTHY


def _checked(lines: tuple[str, ...], page: Path, contract: str) -> ExitCode:
    text = read_text(page, _PAGE, most_bytes=_MOST_BYTES)
    wanted = page_with(lines, text, name=str(page))
    if text == wanted:
        _say(f"IN STEP: {page} says what {contract} says.")
        return ExitCode.HEALTHY
    sys.stdout.write("".join(f"{line}\n" for line in difference(text, wanted, name=str(page))))
    _say(
        f"OUT OF STEP: {page} does not say what {contract} says. "
        f"Next: runner-scope-doctor contract describe {contract} --write {page}"
    )
    return ExitCode.UNHEALTHY


def _written(lines: tuple[str, ...], page: Path) -> ExitCode:
    text = read_text(page, _PAGE, most_bytes=_MOST_BYTES)
    wanted = page_with(lines, text, name=str(page))
    if text != wanted:
        _replace(page, wanted)
    _say(f"{'IN STEP' if text == wanted else 'WRITTEN'}: {page}")
    return ExitCode.HEALTHY


def _replace(page: Path, text: str) -> None:
    """The page keeps its mode; where it is a link, the link stays and what it leads to is replaced."""
    try:
        target = Path(os.path.realpath(page))
        mode = stat.S_IMODE(target.stat().st_mode)
        write_whole(target, [text], mode=mode)
        target.chmod(mode)  # the umask had taken away from it
    except OSError as error:
        raise SettingsInvalid(
            f"{page}: the page cannot be written: {reason(error)}.", next_step="Name a page in a folder you can write."
        ) from error


def _say(sentence: str) -> None:
    sys.stdout.write(escaped(sentence) + "\n")

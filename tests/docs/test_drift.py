"""No page says what the program does not: commands, options, codes, exit codes, links and samples of every page. That each of
these checks would notice is in `test_drift_is_noticed.py`."""

from __future__ import annotations

from support.command import ROOT
from support.drift import (
    broken_links,
    unheld,
    unknown_options,
    unknown_variables,
    unused,
    wrong_codes,
    wrong_commands,
    wrong_exit_codes,
    wrong_spans,
    wrong_versions,
)
from support.page_holders import HOLDERS
from support.page_samples import wrong_samples
from support.pages import every_page
from support.program_facts import ALL_OPTIONS, CODES, EXIT_CODES, MAJORS, PLUGIN_CODES, TOP, VARIABLES, refusal

PAGES = every_page()


def test_every_command_is_understood() -> None:
    """Each command line in a block gets past the program's own grammar, and each that a sentence names has the options named."""
    assert wrong_commands(PAGES, refusal) + wrong_spans(PAGES, TOP) == []


def test_every_command_is_told_of() -> None:
    """The program has no command that only its own help knows."""
    assert unused(PAGES, TOP) == []


def test_every_option_exists() -> None:
    """No page promises an option that neither the program nor a script has; those of other programs are listed."""
    assert unknown_options(PAGES, ALL_OPTIONS) == []


def test_every_variable_is_read() -> None:
    """A variable of a page is one of an option, or of a secret."""
    assert unknown_variables(PAGES, VARIABLES) == []


def test_every_code_is_a_findings() -> None:
    """Each code exists, beside its own name, and the README lists all of them."""
    assert wrong_codes(PAGES, CODES) == []


def test_every_exit_code_is_the_programs() -> None:
    """Each exit code exists, in a row with its own name, and docs/exit-codes.md lists all of them."""
    assert wrong_exit_codes(PAGES, EXIT_CODES, PLUGIN_CODES) == []


def test_every_link_leads_somewhere() -> None:
    """Files are there, and so are the headings that anchors name."""
    assert broken_links(PAGES, ROOT) == []


def test_every_table_by_version_is_whole() -> None:
    """Where a page tells what Forgejo does per version, no version that is known is left out."""
    assert wrong_versions(PAGES, MAJORS[0], MAJORS[-1]) == []


def test_every_sample_is_printed(printed: dict[tuple[str, int], str]) -> None:
    """What stands below a command is what that command prints, run in the order of its page."""
    assert wrong_samples(PAGES, printed) == []


def test_every_block_and_table_is_held() -> None:
    """Any other block, and every table, has a test that holds it, or a word why there is nothing to hold it against."""
    assert unheld(PAGES, HOLDERS) == []


def test_what_holds_is_there_and_reads_the_page() -> None:
    """Each holder is a file of tests, and nothing is held that is on no page any more."""
    for (page, what), holder in HOLDERS.items():
        assert (ROOT / page).exists(), page
        assert unheld(
            [one for one in PAGES if one.name == page], {key: "" for key in HOLDERS if key != (page, what)}
        ), (page, what)
        if not holder.startswith("nothing of ours: "):
            assert (ROOT / holder).is_file(), holder

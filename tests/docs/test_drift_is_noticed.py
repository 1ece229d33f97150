"""The checks of `test_drift.py` find what they are for: a page, or the program, is changed in one place, and that is reported."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.cli.completion_grammar import Command
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
from support.pages import Page, every_page
from support.program_facts import ALL_OPTIONS, CODES, EXIT_CODES, MAJORS, PLUGIN_CODES, TOP, VARIABLES, refusal


def changed(name: str, old: str, new: str) -> list[Page]:
    """All pages, in one of which the first such text is another."""
    pages = {page.name: page for page in every_page()}
    assert old in pages[name].text
    pages[name] = replace(pages[name], text=pages[name].text.replace(old, new, 1))
    return list(pages.values())


def without(top: Command, command: str, option: str) -> Command:
    """The program without one option of one of its commands."""
    below = tuple(
        replace(one, options=tuple(each for each in one.options if option not in each.names))
        if one.words == (command,)
        else one
        for one in top.below
    )
    return replace(top, below=below)


def reports(problems: list[str], *words: str) -> bool:
    """Exactly one problem, which names the place and the thing."""
    return len(problems) == 1 and all(word in problems[0] for word in words)


def test_a_flag_that_is_changed_in_a_page() -> None:
    """In a block the program's own refusal is told with the line; in a sentence, and anywhere else, the option is named."""
    pages = changed(
        "docs/runbook.md",
        "--app-ini /etc/forgejo/app.ini --format text",
        "--app-inn /etc/forgejo/app.ini --format text",
    )
    text = next(page.text for page in pages if page.name == "docs/runbook.md")
    line = f"docs/runbook.md:{text[: text.index('--app-inn')].count(chr(10)) + 1}:"
    assert reports(wrong_commands(pages, refusal), line, "--app-inn")
    assert reports(unknown_options(pages, ALL_OPTIONS), line, "--app-inn")
    pages = changed("docs/repair.md", "`apply PLAN --break-glass REASON`", "`apply PLAN --brake-glass REASON`")
    assert reports(wrong_spans(pages, TOP), "docs/repair.md", "apply has no option --brake-glass")


def test_a_flag_of_another_command() -> None:
    """An option that exists, but not for this command, is no better."""
    pages = changed(
        "docs/runbook.md", "`runner-scope-doctor show DIGEST`", "`runner-scope-doctor show DIGEST --journal FILE`"
    )
    assert reports(wrong_spans(pages, TOP), "docs/runbook.md", "show has no option --journal")


def test_a_flag_that_is_changed_in_the_program() -> None:
    """When the program loses an option, every page that names it is reported."""
    pages = every_page()
    lost = wrong_spans(pages, without(TOP, "check", "--save-snapshot"))
    assert {problem.split(":")[0] for problem in lost} >= {"docs/snapshot.md", "docs/workflows.md"}
    assert all("check has no option --save-snapshot" in problem for problem in lost)


def test_a_command_and_a_variable_that_do_not_exist() -> None:
    """A wrong word in the place of a command is found in a block and in a sentence, and so is a variable nobody reads."""
    pages = changed(
        "docs/runbook.md", "$ sudo runner-scope-doctor receipts verify", "$ sudo runner-scope-doctor receipts prove"
    )
    assert reports(wrong_commands(pages, refusal), "receipts prove", "invalid choice")
    pages = changed("docs/runbook.md", "`runner-scope-doctor host self-test`", "`runner-scope-doctor hosts self-test`")
    assert reports(wrong_spans(pages, TOP), "there is no command hosts")
    assert reports(
        unknown_variables(changed("docs/access.md", "`RSD_API_TOKEN`", "`RSD_API_TOKENS`"), VARIABLES), "RSD_API_TOKENS"
    )


def test_a_command_that_no_page_tells_of() -> None:
    """A new command of the program must be told of outside of its help."""
    new = Command(words=("mend",), summary="", options=(), arguments=(), below=())
    assert unused(every_page(), replace(TOP, below=(*TOP.below, new))) == ["no page tells of `mend`"]


def test_a_code_that_is_changed() -> None:
    """A code that does not exist, one beside another's name, one the README lost, and one that is new in the program."""
    assert reports(
        wrong_codes(changed("docs/contract.md", "RSD012", "RSD042"), CODES), "docs/contract.md", "there is no RSD042"
    )
    pages = changed("docs/formats.md", "RSD001 combined-scope", "RSD002 combined-scope")
    assert reports(wrong_codes(pages, CODES), "docs/formats.md", "RSD002 is scope-differs, not combined-scope")
    pages = changed("README.md", "| RSD014 |", "| 14 |")
    assert wrong_codes(pages, CODES) == ["README.md: RSD014 is not in the table"]
    assert wrong_codes(every_page(), CODES | {"RSD099": "new-one"}) == ["README.md: RSD099 is not in the table"]


@pytest.mark.parametrize(
    ("page", "old", "new", "problem"),
    [
        ("docs/exit-codes.md", "| 5 | REFUSED |", "| 8 | REFUSED |", "nothing ends with 8"),
        ("docs/exit-codes.md", "| 5 | REFUSED |", "| 6 | REFUSED |", "6 is FAILED, not REFUSED"),
        ("docs/runbook.md", "| `FAILED:` | 6 |", "| `FAILED:` | 7 |", "7 is UNCERTAIN, not FAILED"),
        ("docs/repair.md", "it says so and ends with 0", "it says so and ends with 1", "nothing ends with 1"),
    ],
)
def test_an_exit_code_that_is_changed_in_a_page(page: str, old: str, new: str, problem: str) -> None:
    """In the list of codes, in a table, and in a sentence."""
    problems = wrong_exit_codes(changed(page, old, new), EXIT_CODES, PLUGIN_CODES)
    assert any(one.startswith(page) and problem in one for one in problems), problems


def test_an_exit_code_that_is_changed_in_the_program() -> None:
    """A new one is missing in the list; one that is gone is reported wherever a page still names it."""
    new = wrong_exit_codes(every_page(), EXIT_CODES | {9: "TIRED"}, PLUGIN_CODES)
    assert new == ["docs/exit-codes.md: TIRED is not in the table"]
    gone = wrong_exit_codes(every_page(), {code: name for code, name in EXIT_CODES.items() if code != 5}, PLUGIN_CODES)
    assert {"docs/exit-codes.md", "docs/repair.md", "docs/runbook.md"} <= {problem.split(":")[0] for problem in gone}


@pytest.mark.parametrize(
    ("page", "old", "new"),
    [
        ("README.md", "REPAIRABLE active deploy runner", "REPAIRABLE idle deploy runner"),
        (
            "docs/runbook.md",
            "HEALTHY: no scope of 2 live runners is wrong.",
            "HEALTHY: no scope of 3 live runners is wrong.",
        ),
        ("docs/runbook.md", "changed: exactly one row, committed\nverified", "changed: one row, committed\nverified"),
        ("docs/runbook.md", "journal: begun\nbackup: written", "backup: written\njournal: begun"),
        ("docs/repair.md", "NOTED: approval 1 of 2", "NOTED: approval 2 of 2"),
        ("docs/contract.md", "(error, declared at runner-scope.yml:11)", "(error, declared at runner-scope.yml:12)"),
    ],
)
def test_a_sample_that_is_changed(page: str, old: str, new: str, printed: dict[tuple[str, int], str]) -> None:
    """A changed word, a changed number and lines in another order are each reported at the sample's command."""
    pages = changed(page, old, new)
    problems = wrong_samples(pages, printed)
    assert len(problems) == 1, problems
    assert problems[0].startswith(f"{page}:")


def test_a_sample_that_the_program_prints_otherwise(printed: dict[tuple[str, int], str]) -> None:
    """When a sentence of the program changes, every page that shows it is reported."""
    other = {place: text.replace("HEALTHY: no scope", "HEALTHY: not one scope") for place, text in printed.items()}
    assert reports(wrong_samples(every_page(), other), "docs/runbook.md")


def test_a_sample_that_nobody_ran() -> None:
    """A new sample needs a run that makes it."""
    new = "```console\n$ runner-scope-doctor status\nSETTLED: nothing is open.\n```\n\n## In the repository"
    pages = [Page(name="docs/new.md", text=new)]
    assert wrong_samples(pages, {}) == ["docs/new.md:2: nobody ran `runner-scope-doctor status`"]


def test_a_link_that_leads_nowhere() -> None:
    """A file that is not there, and a heading that its page does not have."""
    pages = changed("docs/runbook.md", "(ssh.md)", "(shh.md)")
    assert reports(broken_links(pages, ROOT), "docs/runbook.md", "shh.md leads nowhere")
    pages = changed("docs/repair.md", "## When it broke off", "## When it broke")
    assert {problem.split(":")[0] for problem in broken_links(pages, ROOT)} == {"docs/runbook.md"}


def test_a_version_that_is_left_out() -> None:
    """A table by version must tell of each, and of no other."""
    pages = changed("docs/findings/combined-scope.md", "| 7 to 15 |", "| 7 to 14 |")
    assert reports(wrong_versions(pages, MAJORS[0], MAJORS[-1]), "nothing is said of Forgejo 15")
    pages = changed("docs/findings/combined-scope.md", "| 16 |", "| 17 |")
    assert "is no version from 7 to 16" in wrong_versions(pages, MAJORS[0], MAJORS[-1])[0]


def test_a_block_and_a_table_that_nothing_holds() -> None:
    """What is new on a page needs a test."""
    pages = [Page(name="docs/new.md", text="# New\n\n```json\n{}\n```\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n")]
    assert unheld(pages, HOLDERS) == [
        "docs/new.md:3: no test holds this block of json",
        "docs/new.md:7: no test holds the table a | b",
    ]

"""A contract as a table of Markdown in a page of the operator's."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner_scope_doctor.model.contract import Contract, UndeclaredRule
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.scope import InstanceScope, OwnerKind, OwnerScope, RepositoryScope, Scope
from runner_scope_doctor.report.contract_page import BEGIN, END, described, difference, page_with
from support.contracts import contract, declared
from support.strategies import contracts

PRINTED = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def rows(agreed: Contract) -> list[list[str]]:
    """The cells of every runner, as Markdown splits them: at bars that no backslash is before."""
    lines = described(agreed)
    body = lines[lines.index("| --- | --- | --- | --- | --- | --- |") + 1 : -2]
    return [[cell.strip() for cell in re.split(r"(?<!\\)(?:\\\\)*\|", line)[1:-1]] for line in body]


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (InstanceScope(), "every repository of the server"),
        (RepositoryScope(name="a/b", id=35), "only repository a/b (35)"),
        (RepositoryScope(name="a/b", id=None), "only repository a/b"),
        (RepositoryScope(name=None, id=35), "only repository 35"),
        (OwnerScope(kind=OwnerKind.ORGANIZATION, name="team", id=5), "every repository of organization team (5)"),
        (OwnerScope(kind=OwnerKind.USER, name="alice", id=None), "every repository of user alice"),
    ],
)
def test_the_table_says_whom_a_runner_serves(scope: Scope, words: str) -> None:
    """Each form of a scope reads as a phrase, by name and by id as far as the contract has them."""
    assert rows(contract(declared(scope=scope)))[0][1] == words


def test_the_table_says_what_is_promised_and_why() -> None:
    """Labels, spans and the reason have a column each; what the contract leaves open is said to be."""
    full = declared("a", labels=("deploy", "docker"), online_within=600, max_wait=5400, reason="It holds the keys.")
    assert rows(contract(full, declared("b"))) == [
        [
            "a",
            "only repository platform-team/platform (35)",
            "deploy, docker",
            "10 min",
            "1 h 30 min",
            "It holds the keys.",
        ],
        ["b", "only repository platform-team/platform (35)", "not judged", "not judged", "not judged", ""],
    ]


@pytest.mark.parametrize("rule", UndeclaredRule)
def test_the_sentence_above_says_which_server_and_what_of_others(rule: UndeclaredRule) -> None:
    """The server's address, and what any other runner is."""
    sentence = described(contract(instance="https://git.example.org/", undeclared=rule))[2]
    words = {
        UndeclaredRule.IGNORE: "are not judged",
        UndeclaredRule.WARN: "is a warning",
        UndeclaredRule.FAIL: "is an error",
    }
    assert sentence.startswith("https://git.example.org/ must have these runners. ")
    assert words[rule] in sentence


def test_names_cannot_become_markup() -> None:
    """A bar stays in its cell, and tags, links, code and emphasis are shown as they are written."""
    name = r"a|b <img src=x> [x](javascript:1) `c` *d* _e_ \| {{f}}"
    ((cell, *rest),) = rows(contract(declared(name)))
    assert len(rest) == 5
    assert cell == r"a\|b \<img src=x\> \[x\](javascript:1) \`c\` \*d\* \_e\_ \\\\\| \{\{f\}\}"


@settings(deadline=None)  # the machine is shared: a slow example is no fault
@given(contracts, PRINTED, PRINTED)
def test_whatever_is_written_is_in_step_and_nothing_else_is_touched(agreed: Contract, above: str, below: str) -> None:
    """What stands around the marks stays byte for byte, writing twice changes nothing, and no name ends the table."""
    page = f"{above}\n{BEGIN}\nold\n{END}\n{below}"
    written = page_with(described(agreed), page, name="p.md")
    assert written.startswith(f"{above}\n{BEGIN}\n")
    assert written.endswith(f"{END}\n{below}")
    assert page_with(described(agreed), written, name="p.md") == written
    assert len(rows(agreed)) == len(agreed.runners)
    assert {len(cells) for cells in rows(agreed)} == {6}


def test_a_page_keeps_its_line_ends() -> None:
    """A page with the line ends of Windows gets no others, and one without a last line end gets none."""
    written = page_with(described(contract()), f"a\r\n{BEGIN}\r\n{END}", name="p.md")
    assert written.count("\n") == written.count("\r\n") == len(described(contract()))
    assert written.endswith(END)


@pytest.mark.parametrize(
    "page",
    ["", BEGIN, f"{END}\n{BEGIN}\n", f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n", f"text {BEGIN}\n{END}\n"],
    ids=["none", "one", "reversed", "twice", "inside-a-line"],
)
def test_a_page_without_its_place_is_refused(page: str) -> None:
    """The two marks, each once, alone on a line and in their order; otherwise the lines to put in are named."""
    with pytest.raises(SettingsInvalid) as caught:
        page_with(described(contract()), page, name="p.md")
    assert caught.value.problem.startswith("p.md: ")
    assert BEGIN in caught.value.next_step
    assert END in caught.value.next_step


def test_the_difference_shows_old_and_new_lines_and_is_escaped() -> None:
    """As `diff -u`; a page is a stranger's text and gives no workflow command."""
    page = page_with(described(contract()), f"{BEGIN}\n::error::x\n{END}\n", name="p.md")
    changed = page.replace("| Runner", "::error::forged\x1b[2J\n| Runner")
    lines = list(difference(changed, page, name="p.md"))
    assert lines[:2] == ["--- p.md as it is", "+++ p.md as the contract says"]
    assert [line for line in lines[2:] if line.startswith(("+", "-"))] == [r"-\x3a\x3aerror\x3a\x3aforged\x1b[2J"]
    assert list(difference(page, page, name="p.md")) == []


def test_the_line_of_a_declaration_is_not_in_the_table() -> None:
    """A contract whose entries only moved needs no new page."""
    moved = replace(declared(), location=replace(declared().location, line=99))
    assert described(contract(moved)) == described(contract(declared()))

"""The pages of the findings as a terminal shows them: nothing lost, nothing too wide, no Markdown left."""

from __future__ import annotations

import re

import pytest

from runner_scope_doctor.model.finding import FindingKind
from runner_scope_doctor.report.terminal_page import in_terminal
from runner_scope_doctor.report.text import Style
from support.command import ROOT

PAGES = {
    kind.title: (ROOT / "docs" / "findings" / f"{kind.title}.md").read_text(encoding="utf-8") for kind in FindingKind
}
MARKS = re.compile(r"^\s*(?:#+|```\w*|> |[-| :]+$|[=-]+$)|\]\([^)]*\)|[\[|]", re.MULTILINE)
"""What is Markdown's and no word of the page."""


def words(text: str) -> list[str]:
    """The words, without marks and colons."""
    return [word for word in MARKS.sub(" ", text).replace(":", " ").split() if word != ">"]


@pytest.mark.parametrize("width", [40, 80, 100])
@pytest.mark.parametrize("title", PAGES)
def test_no_line_is_wider_than_the_terminal(title: str, width: int) -> None:
    """Only a word that is longer by itself, and code in a block, passes the edge."""
    for line in in_terminal(PAGES[title], width=width, style=Style.PLAIN).splitlines():
        assert len(line) <= width or " " not in line.strip() or line.strip() in PAGES[title], line


@pytest.mark.parametrize("title", PAGES)
def test_every_word_of_the_page_is_there(title: str) -> None:
    """In whatever form a paragraph, an item or a cell is shown, no word of it is left out."""
    shown = set(words(in_terminal(PAGES[title], width=80, style=Style.PLAIN)))
    kept = re.sub(r"^```\w*$", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", PAGES[title]), flags=re.MULTILINE)
    strip = "().,;`"
    assert {word.strip(strip) for word in words(kept)} <= {word.strip(strip) for word in shown}


@pytest.mark.parametrize("title", PAGES)
def test_no_markdown_is_left(title: str) -> None:
    """No bar of a table, no fence, no mark of a heading and no bracket of a link."""
    shown = in_terminal(PAGES[title], width=80, style=Style.PLAIN)
    assert not re.search(r"^\||^\s*```|^#|\]\(|^> |^[|:-]+$(?<!-)", shown, re.MULTILINE)
    assert "\x1b" not in shown


def test_a_link_says_where_it_leads() -> None:
    """Another finding stands by its name alone, a page of the docs with its path."""
    page = "See [RSD001](combined-scope.md) and [the whole way](../repair.md#the-way).\n"
    shown = in_terminal(page, width=100, style=Style.PLAIN)
    assert shown == "See RSD001 and the whole way (docs/repair.md#the-way).\n"


def test_items_hang_and_small_tables_stand_in_columns() -> None:
    """What goes on below an item is indented as far as its text."""
    page = "1. One two three four five six seven eight nine ten.\n\n| a | b |\n| --- | ---: |\n| 1 | of c |\n"
    assert in_terminal(page, width=40, style=Style.PLAIN) == (
        "1. One two three four five six seven\n   eight nine ten.\n\n  a  b\n  1  of c\n"
    )


def test_headings_are_bold_where_the_terminal_shows_it() -> None:
    """Else they are underlined with characters."""
    assert in_terminal("## Why\n", width=80, style=Style.COLOUR) == "\x1b[1mWhy\x1b[0m\n"
    assert in_terminal("# Why\n", width=80, style=Style.PLAIN) == "Why\n===\n"

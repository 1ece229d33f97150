"""The pages of the docs as values: their blocks, tables, headings and links, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from support.command import ROOT

_FENCE = re.compile(r"^\s*```(\w*)$")
_HEADING = re.compile(r"^(#+) (.*)$")
_PROMPT = re.compile(r"^[$#] ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`name` is its path below the checkout."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block. `line` is that of its first fence, counted from 1; `section` the heading above it."""

    page: str
    line: int
    section: str
    language: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table. `line` is that of its head."""

    page: str
    line: int
    section: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One command of a block with what the page says it prints; `output` is empty where it says nothing."""

    page: str
    line: int
    section: str
    command: str
    output: tuple[str, ...]


def every_page() -> tuple[Page, ...]:
    """The README and all of docs."""
    files = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    return tuple(Page(name=str(file.relative_to(ROOT)), text=file.read_text(encoding="utf-8")) for file in files)


def blocks(page: Page) -> Iterator[Block]:
    """Its fenced blocks, in order."""
    begun: tuple[int, str, str] | None = None
    inside: list[str] = []
    section = ""
    for number, line in enumerate(page.text.splitlines(), start=1):
        fence = _FENCE.match(line)
        if begun is None and fence:
            begun, inside = (number, section, fence[1]), []
        elif begun is not None and fence:
            yield Block(page=page.name, line=begun[0], section=begun[1], language=begun[2], lines=tuple(inside))
            begun = None
        elif begun is not None:
            inside.append(line)
        elif heading := _HEADING.match(line):
            section = heading[2]
    assert begun is None, f"{page.name}: a block is not closed"


def prose(page: Page) -> Iterator[tuple[int, str, str]]:
    """Each line outside of blocks: its number, the heading above it, and the text."""
    inside, section = False, ""
    for number, line in enumerate(page.text.splitlines(), start=1):
        if _FENCE.match(line):
            inside = not inside
        elif not inside:
            if heading := _HEADING.match(line):
                section = heading[2]
            yield number, section, line


def tables(page: Page) -> Iterator[Table]:
    """Its tables, in order."""
    lines = [*prose(page), (0, "", "")]
    begun: list[tuple[int, str, str]] = []
    for number, section, line in lines:
        if line.startswith("|"):
            begun.append((number, section, line))
        elif begun:
            cells = [tuple(cell.strip() for cell in row.strip("|").split("|")) for _, _, row in begun]
            yield Table(page=page.name, line=begun[0][0], section=begun[0][1], heads=cells[0], rows=tuple(cells[2:]))
            begun = []


def headings(page: Page) -> Iterator[str]:
    """The text of each heading."""
    for _, _, line in prose(page):
        if heading := _HEADING.match(line):
            yield heading[2]


def shown(block: Block) -> Iterator[Shown]:
    """The commands of a block of the languages `console`, where a prompt begins them, and `sh`, where each line is one."""
    command: tuple[int, str] | None = None
    output: list[str] = []
    for number, line in enumerate(block.lines, start=block.line + 1):
        begins = block.language == "sh" or _PROMPT.match(line) is not None
        if begins and command is not None:
            yield _shown(block, command, output)
        if begins:
            command, output = (number, line if block.language == "sh" else line[2:]), []
        else:
            output.append(line)
    if command is not None:
        yield _shown(block, command, output)


def _shown(block: Block, command: tuple[int, str], output: list[str]) -> Shown:
    return Shown(page=block.page, line=command[0], section=block.section, command=command[1], output=tuple(output))

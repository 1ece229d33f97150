"""A page of the docs for a terminal: as wide as that is, with its tables, lists and links made readable."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from runner_scope_doctor.report.text import Style

_BOLD, _RESET = "\x1b[1m", "\x1b[0m"
_WIDEST, _NARROWEST = 100, 40
_LINK = re.compile(r"\[([^]]*)\]\(([^)]*)\)")
_ITEM = re.compile(r"(\d+\.|-) ")
_TOKEN = re.compile(r"[^\s`]*`[^`]*`\S*|\S+")
"""A word; what stands between two backticks is one, so that a command is broken only where it has to be."""


def in_terminal(page: str, *, width: int, style: Style) -> str:
    """The page, ending in a line end. `width` is the terminal's, in characters; beyond 100 it is not used, and below 40 the
    terminal breaks lines itself. Commands and SQL in a block stay as they are, however long."""
    most = max(_NARROWEST, min(width, _WIDEST))
    return "".join(f"{line}\n" for line in _rendered(page.splitlines(), most, style))


def _rendered(lines: Sequence[str], width: int, style: Style) -> Iterator[str]:
    """Block by block; a block ends where another kind of line begins."""
    number = 0
    while number < len(lines):
        line, end = lines[number], number + 1
        indent = " " * (len(line) - len(line.lstrip()))
        if line.lstrip().startswith("```"):
            end = next(other for other in range(end, len(lines)) if lines[other].lstrip().startswith("```")) + 1
            yield from (f"    {code}".rstrip() for code in lines[number + 1 : end - 1])
        elif line.startswith("|"):
            end = next((other for other in range(end, len(lines)) if not lines[other].startswith("|")), len(lines))
            yield from _table(lines[number:end], width)
        elif not line.strip():
            yield ""
        elif line.startswith("#"):
            yield from _heading(line, style)
        else:
            end = next((other for other in range(end, len(lines)) if _begins(lines[other])), len(lines))
            yield from _paragraph(" ".join(part.strip() for part in lines[number:end]), indent, width)
        number = end


def _begins(line: str) -> bool:
    """Whether the line does not go on with the paragraph, item or quotation of the line before."""
    text = line.lstrip()
    return not text or text.startswith(("#", "|", "```")) or _ITEM.match(text) is not None


def _heading(line: str, style: Style) -> Iterator[str]:
    text = line.lstrip("#").strip()
    if style is Style.COLOUR:
        yield f"{_BOLD}{text}{_RESET}"
        return
    yield text
    yield ("=" if line.startswith("# ") else "-") * len(text)


def _paragraph(text: str, indent: str, width: int) -> Iterator[str]:
    if text.startswith("> "):
        yield from _wrapped(text.replace("> ", ""), "  | ", "  | ", width)
    elif item := _ITEM.match(text):
        yield from _wrapped(text[item.end() :], f"{indent}{item[0]}", indent + " " * len(item[0]), width)
    else:
        yield from _wrapped(text, indent, indent, width)


def _table(rows: Sequence[str], width: int) -> Iterator[str]:
    """In columns where each row fits on a line. Else each row as a block of its own, because cells are sentences: the first
    cell with its heading, the others below it."""
    heads, _, *body = ([cell.strip() for cell in row.strip("|").split("|")] for row in rows)
    widths = [max(map(len, column)) for column in zip(heads, *body, strict=True)]
    if sum(widths) + 2 * len(widths) <= width:
        for row in (heads, *body):
            yield "".join(f"  {cell:{size}}" for cell, size in zip(row, widths, strict=True)).rstrip()
        return
    if len(heads) == 2:
        yield from _wrapped(f"{heads[0]}: {heads[1]}", "  ", "  ", width)
    for first, *others in body:
        yield ""
        yield from _wrapped(f"{heads[0]} {first}:", "  ", "  ", width)
        for head, cell in zip(heads[1:], others, strict=True):
            yield from _wrapped(cell if len(heads) == 2 else f"{head}: {cell}", "    ", "    ", width)


def _wrapped(text: str, first: str, further: str, width: int) -> Iterator[str]:
    """The words on lines of at most that width; a longer word, or command, is broken at its spaces only."""
    line, empty = first, True
    for token in _TOKEN.findall(_LINK.sub(_link, text)):
        words = token.split(" ") if len(further) + len(token) > width else [token]
        for word in words:
            if not empty and len(line) + 1 + len(word) > width:
                yield line
                line, empty = further, True
            line, empty = f"{line}{word}" if empty else f"{line} {word}", False
    yield line


def _link(found: re.Match[str]) -> str:
    """Another finding by its name alone, which `explain` knows; any other page with where it is in the docs."""
    text, target = found[1], found[2]
    if not target.startswith("../"):
        return text
    return f"{text} ({target.replace('../', 'docs/', 1)})"

"""Everything the product says to people, sentence by sentence: its pages, and the texts in its modules."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from support.command import ACTION, ROOT

_BOUNDARY = re.compile(r"(?<=[.!?;])\s+|\n\s*\n|\n\s*(?:-|\d+\.) |\||^#+ .*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """`place` is the file below the checkout, `section` the page's heading above, empty in a module. `whole` is the section or
    the text in the module that the sentence stands in."""

    place: str
    section: str
    whole: str
    sentence: str


def everything_said() -> Iterator[Said]:
    """Each sentence of README, pages, action.yml and scripts, and of every text in a module, comments left out."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        parts = re.split(r"^## (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for section, text in zip(["", *parts[1::2]], parts[::2], strict=True):
            yield from _sentences(page, section, text)
    for module in sorted(ACTION.rglob("*.py")):
        for text in texts_of(module):
            yield from _sentences(module, "", text)
    for script in (ACTION / "action.yml", *sorted((ROOT / "scripts").glob("*"))):
        if script.is_file():
            yield from _sentences(script, "", script.read_text(encoding="utf-8"))


def texts_of(module: Path) -> Iterator[str]:
    """Every text in a module, docstrings too; of an f-string all parts together."""
    nodes = list(ast.walk(ast.parse(module.read_text(encoding="utf-8"))))
    parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.value


def _sentences(place: Path, section: str, text: str) -> Iterator[Said]:
    for sentence in _BOUNDARY.split(text):
        if words := " ".join(sentence.split()):
            name = place.relative_to(ROOT).as_posix()
            yield Said(place=name, section=section, whole=text, sentence=words)

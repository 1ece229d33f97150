"""Elements of an HTML page, made so that no text can become one: `Markup` comes from here alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NewType

from runner_scope_doctor.report.escape import escaped_html

Markup = NewType("Markup", str)
"""HTML whose elements and attributes are all ours."""

NOTHING = Markup("")
_INLINE = frozenset(("a", "b", "bdi", "del", "ins", "span", "strong"))
"""Elements within a line; every other one ends a line of the file."""
_VOID = frozenset(("meta",))


def words(text: str) -> Markup:
    """Any text, as text."""
    return Markup(escaped_html(text))


def element(tag: str, *content: Markup, **attributes: str | None) -> Markup:
    """One element. `class_` is the attribute class, `_` in a name is `-`; an attribute that is None is left out, an empty
    one stands without a value."""
    begin = "".join(_attribute(name, value) for name, value in attributes.items() if value is not None)
    end = "" if tag in _VOID else f"</{tag}>"
    return Markup(f"<{tag}{begin}>{''.join(content)}{end}" + ("" if tag in _INLINE else "\n"))


def together(parts: Iterable[Markup]) -> Markup:
    """The parts one after the other."""
    return Markup("".join(parts))


def _attribute(name: str, value: str) -> str:
    name = name.rstrip("_").replace("_", "-")
    return f' {name}="{escaped_html(value)}"' if value else f" {name}"

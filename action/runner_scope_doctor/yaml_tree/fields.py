"""One node of the tree to one value, or the sentence that says what should stand there."""

from __future__ import annotations

import re
from collections.abc import Callable

from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.wording import named
from runner_scope_doctor.yaml_tree.tree import Mapping, Node, Scalar, ScalarKind, Sequence, refused
from runner_scope_doctor.yaml_tree.words import LARGEST_ID, instance_problem, seconds

Fields = dict[str, Node]
"""The values of a mapping by key; every key is a known one and the required ones are there."""
_WHOLE_NUMBER = re.compile("[1-9][0-9]{0,18}")
_SHOWN = 60
_SHORTEST_PREFIX = 2


def fields(node: Node, *, required: tuple[str, ...], optional: tuple[str, ...]) -> Fields:
    """The mapping's values. Raises SettingsInvalid for another type, an unknown key and a missing one."""
    allowed = (*required, *optional)
    if not isinstance(node, Mapping):
        raise refused(
            node.location, node.key, f"must be keys and values, not {_shown(node)}; allowed are {', '.join(allowed)}."
        )
    for key, _value in node.entries:
        if key.text not in allowed:
            raise refused(key.location, _under(node, key.text[:_SHOWN]), f"unknown key{_hint(key.text, allowed)}.")
    values = {key.text: value for key, value in node.entries}
    for key_name in required:
        if key_name not in values:
            raise refused(node.location, _under(node, key_name), "this key is missing.")
    return values


def sequence(node: Node, wanted: str) -> tuple[Node, ...]:
    """The items of a list. `wanted` ends the sentence of the refusal."""
    if not isinstance(node, Sequence):
        raise refused(node.location, node.key, f"must be {wanted}, not {_shown(node)}.")
    return node.items


def text(node: Node, wanted: str) -> str:
    """A text, in quotes or not. What YAML takes for a number, a date or a yes is refused: put it in quotes."""
    if not isinstance(node, Scalar) or node.kind is ScalarKind.NULL:
        raise refused(node.location, node.key, f"must be {wanted}, not {_shown(node)}.")
    if node.kind is not ScalarKind.TEXT:
        raise refused(
            node.location,
            node.key,
            f"must be {wanted}; YAML takes {named(node.text[:_SHOWN])} for {node.kind.value}, "
            "so put it in quotes if that is the text.",
        )
    return node.text


def line_text(node: Node, wanted: str, problem: Callable[[str], str | None], allowed: str) -> str:
    """A text in which `problem` finds nothing wrong."""
    value = text(node, wanted)
    if (wrong := problem(value)) is not None:
        shown = f"{named(value[:_SHOWN])} " if value else ""
        raise refused(node.location, node.key, f"{shown}{wrong}; {allowed}.")
    return value


def whole_number(node: Node, *, largest: int) -> int:
    """A number from 1 to `largest`, in plain digits."""
    allowed = f"a whole number from 1 to {largest}, in digits and without quotes"
    if not isinstance(node, Scalar):
        raise refused(node.location, node.key, f"must be {allowed}, not {_shown(node)}.")
    plain = node.kind is ScalarKind.INTEGER and _WHOLE_NUMBER.fullmatch(node.text)
    if not plain or int(node.text) > largest:
        raise refused(node.location, node.key, f"must be {allowed}, not {_shown(node)}.")
    return int(node.text)


def instance_address(node: Node) -> str:
    """A server's public URL. One with a user is not shown, as a password may stand behind the name."""
    allowed = "such as https://git.example.org/"
    if "@" in text(node, "the server's address"):
        raise refused(node.location, node.key, f"holds a user or an @; {allowed}.")
    return line_text(node, "the server's address", instance_problem, allowed)


def id_number(node: Node) -> int:
    """A row's id: 1 to 2^63-1, in plain digits."""
    return whole_number(node, largest=LARGEST_ID)


def duration_in_seconds(node: Node) -> int:
    """A duration such as `90s`, `10m`, `2h` or `1d`; a number without a unit is refused."""
    allowed = "a whole number from 1 to 999999 and a unit: 90s, 10m, 2h or 1d"
    if isinstance(node, Scalar) and node.kind is ScalarKind.INTEGER:
        raise refused(node.location, node.key, f"{named(node.text[:_SHOWN])} has no unit; write {allowed}.")
    word = text(node, allowed)
    if (duration := seconds(word)) is None:
        raise refused(node.location, node.key, f"{named(word[:_SHOWN])} is not a duration; write {allowed}.")
    return duration


def require_version(root: Node, known: int) -> None:
    """Called before anything else: a file of a later version is told so, not that its keys are unknown.

    Raises SettingsInvalid when the key `version` is there and is not the number `known`.
    """
    for key, value in root.entries if isinstance(root, Mapping) else ():
        if key.text != "version":
            continue
        if not isinstance(value, Scalar) or value.kind is not ScalarKind.INTEGER:
            raise refused(value.location, value.key, f"must be the number {known}, without quotes.")
        if value.text != str(known):
            raise refused(
                value.location,
                value.key,
                f"{named(value.text[:_SHOWN])} is not a version this program knows; it knows {known}, written {known}.",
            )


def unknown_word(node: Node, word: str, allowed: tuple[str, ...]) -> SettingsInvalid:
    """The refusal of a word that is none of the allowed ones."""
    return refused(node.location, node.key, f"{named(word[:_SHOWN])} is not known here{_hint(word, allowed)}.")


def _under(node: Node, key: str) -> str:
    return f"{node.key}.{key}" if node.key else key


def _shown(node: Node) -> str:
    match node:
        case Scalar(kind=ScalarKind.NULL):
            return "nothing"
        case Scalar(kind=ScalarKind.TEXT):
            return f"the text {named(node.text[:_SHOWN])}"
        case Scalar():
            return named(node.text[:_SHOWN])
        case Sequence():
            return "a list"
        case Mapping():
            return "keys and values"


def _hint(word: str, allowed: tuple[str, ...]) -> str:
    from difflib import get_close_matches  # 2 ms, only on the way to an error

    folded = word.lower().replace("-", "_")
    near = [key for key in allowed if len(folded) >= _SHORTEST_PREFIX and key.startswith(folded)]
    near = near or get_close_matches(folded[:_SHOWN], allowed, n=1)
    meant = f"; did you mean {near[0]}?" if near else ";"
    return f"{meant} allowed here: {', '.join(allowed)}"

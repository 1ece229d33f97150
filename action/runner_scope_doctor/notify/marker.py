"""The line at the end of an issue's text by which it is known again: an HTML comment of plain words and hex digits.

It is all the memory there is: with it a host that lost its disk, or a second host, goes on with the issues that are there.
Whoever may write to the issues of that repository can change it, and gains nothing by it but another issue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256


class MarkState(Enum):
    """What the last check that wrote the text knew."""

    LASTING = "lasting"
    ENDING = "ending"
    """No longer found, and the issue is being closed: where it is open the server did not let it."""
    GONE = "gone"
    DUPLICATE = "duplicate"
    """Another issue is the one for this problem, or is to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """`server` and `problem` are the two marks. `code` is a finding's code or `summary`; `runner_id` None where the problem is
    about no single row. `first` and `last` are Unix seconds: when the problem was first and last found."""

    server: str
    problem: str
    code: str
    runner_id: int | None
    state: MarkState
    first: int
    last: int


class Hand(Enum):
    """Whose words the text before a marker are."""

    OURS = "ours"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedText:
    """An issue's text taken apart. `text` is what stands before the marker, foreign text when a hand CHANGED it."""

    marker: Marker
    text: str
    hand: Hand


_LINE = re.compile(
    r"^<!-- runner-scope-doctor 1 server=([0-9a-f]{16}) problem=([0-9a-f]{32}) code=(RSD[0-9]{3}|summary) "
    r"runner=(-?[0-9]{1,19}|none) state=(lasting|ending|gone|duplicate) first=([0-9]{1,12}) last=([0-9]{1,12}) "
    r"text=([0-9a-f]{16}) -->\r?$",
    re.MULTILINE | re.ASCII,
)


def marked(text: str, marker: Marker) -> str:
    """The text with its marker below it."""
    runner = "none" if marker.runner_id is None else str(marker.runner_id)
    return (
        f"{text}\n<!-- runner-scope-doctor 1 server={marker.server} problem={marker.problem} code={marker.code} "
        f"runner={runner} state={marker.state.value} first={marker.first} last={marker.last} text={_digest(text)} -->\n"
    )


def marked_text(body: str) -> MarkedText | None:
    """None for a text that has no marker. With several the last one counts: foreign text can only stand before it."""
    lines = [*_LINE.finditer(body)]
    if not lines:
        return None
    found = lines[-1]
    server, problem, code, runner, state, first, last, digest = found.groups()
    text = body[: found.start()].removesuffix("\n")
    marker = Marker(
        server=server,
        problem=problem,
        code=code,
        runner_id=None if runner == "none" else int(runner),
        state=MarkState(state),
        first=int(first),
        last=int(last),
    )
    return MarkedText(marker=marker, text=text, hand=Hand.OURS if _digest(text) == digest else Hand.CHANGED)


def set_aside(body: str) -> str:
    """The same text, marked as that of an issue beside the problem's own."""
    taken = marked_text(body)
    return body if taken is None else marked(taken.text, replace(taken.marker, state=MarkState.DUPLICATE))


def _digest(text: str) -> str:
    return sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]

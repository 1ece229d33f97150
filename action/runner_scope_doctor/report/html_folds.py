"""What of the picture is folded, so that the first look finds what needs one. All of it stays in the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from runner_scope_doctor.model.picture import DrawnRunner, Mark
from runner_scope_doctor.report.markup import NOTHING, Markup, element, together, words

FEW = 40
"""Up to so many runners nothing is folded."""
OPEN = 50
"""With so many runners that need a look open at one place, further ones are folded as well."""
_LOUD = {Mark.SICK: "is-sick", Mark.WARNED: "is-warned"}

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted(Generic[Item]):
    """`open` is what is seen at once, `more` needs a look just as much, `quiet` needs none."""

    open: Sequence[Item]
    more: Sequence[Item]
    quiet: Sequence[Item]


def parted(items: Sequence[Item], loudness: Callable[[Item], int]) -> Parted[Item]:
    """The items, which come with the loud ones first. `loudness` is how many runners of one need a look, 0 for a quiet one."""
    counts = [count for count in map(loudness, items) if count]
    shown, seen = 0, 0
    while shown < len(counts) and seen < OPEN:
        seen += counts[shown]
        shown += 1
    return Parted(open=items[:shown], more=items[shown : len(counts)], quiet=items[len(counts) :])


def loud_runners(runners: Iterable[DrawnRunner]) -> int:
    """How many of them need a look."""
    return sum(one.mark in _LOUD for one in runners)


def counted_marks(runners: Sequence[DrawnRunner]) -> str:
    """How many there are of each mark, in words."""
    counts = Counter(one.mark for one in runners)
    return ", ".join(f"{counts[mark]} {mark.value}" for mark in Mark if counts[mark]) or "no runner"


def fold(what: str, runners: Sequence[DrawnRunner], content: Iterable[Markup]) -> Markup:
    """Closed, with what it holds in its one line, which looks as its worst runner does."""
    marks = {one.mark for one in runners}
    worst = [kind for mark, kind in _LOUD.items() if mark in marks]
    summary = element("summary", words(f"{what}: {counted_marks(runners)}"))
    return element("li", element("details", summary, tree(content)), class_=" ".join(("fold", *worst[:1])))


def tree(items: Iterable[Markup]) -> Markup:
    """A list whose lines the page's style draws, nothing when it is empty."""
    content = together(items)
    return element("ul", content, class_="tree") if content else NOTHING

"""Evaluates the few forms of PromQL that our alert rules are written in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from support.exposition import Sample

_NAME = r"([a-z_:]+)(?:\{([^}]*)\})?"
_COMPARED = re.compile(rf"{_NAME} == (\d+)")
_AGE = re.compile(rf"time\(\) - {_NAME} > (\d+)")
_AHEAD = re.compile(rf"{_NAME} - time\(\) > (\d+)")
_ABSENT = re.compile(rf"absent\({_NAME}\)")


def fires(expression: str, samples: Sequence[Sample], *, now: int) -> bool:
    """Whether the expression has any result at that second. AssertionError for a form that is not known here."""
    return any(_term(term.strip(), samples, now) for term in expression.split(" or "))


def names(expression: str) -> set[str]:
    """The metrics an expression reads."""
    return set(re.findall(r"\brunner_scope_[a-z_]+", expression))


def _term(term: str, samples: Sequence[Sample], now: int) -> bool:
    if match := _COMPARED.fullmatch(term):
        return any(one.value == int(match[3]) for one in _selected(match[1], match[2], samples))
    if match := _AGE.fullmatch(term):
        return any(now - one.value > int(match[3]) for one in _selected(match[1], match[2], samples))
    if match := _AHEAD.fullmatch(term):
        return any(one.value - now > int(match[3]) for one in _selected(match[1], match[2], samples))
    match = _ABSENT.fullmatch(term)
    assert match, term
    return not _selected(match[1], match[2], samples)


def _selected(name: str, matchers: str | None, samples: Sequence[Sample]) -> list[Sample]:
    wanted = dict(re.findall(r'([a-z_]+)="([^"]*)"', matchers or ""))
    return [one for one in samples if one.name == name and wanted.items() <= one.labels.items()]

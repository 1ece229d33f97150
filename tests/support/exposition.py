"""A strict reader of Prometheus' text exposition format 0.0.4, as far as a textfile collector takes it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HELP = re.compile(r"# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)")
_TYPE = re.compile(r"# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (gauge|counter)")
_SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\{(.*)\} (-?[0-9]+)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
_UNESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


@dataclass(frozen=True)
class Sample:
    """One series and its value."""

    name: str
    labels: dict[str, str]
    value: int


def samples(text: str) -> list[Sample]:
    """All samples. AssertionError for whatever a collector would refuse or warn about."""
    assert text.endswith("\n")
    found: list[Sample] = []
    announced: list[str] = []
    lines = text.removesuffix("\n").split("\n")
    for line in lines:
        if match := _HELP.fullmatch(line):
            assert match[1] not in announced, f"{match[1]} comes twice"
            announced.append(match[1])
        elif match := _TYPE.fullmatch(line):
            assert match[1] == announced[-1]
        else:
            found.append(_sample(line))
            assert found[-1].name == announced[-1], "samples of one metric stand together, below its help"
    series = [(one.name, sorted(one.labels.items())) for one in found]
    assert all(series.count(one) == 1 for one in series), "a series comes twice"
    assert {one.name for one in found} == set(announced)
    return found


def _sample(line: str) -> Sample:
    match = _SAMPLE.fullmatch(line)
    assert match, line[:200]
    labels, place = {}, 0
    while place < len(match[2]):
        label = _LABEL.match(match[2], place)
        assert label, line[:200]
        assert label[1] not in labels
        labels[label[1]] = re.sub(r"\\.", lambda escape: _UNESCAPED[escape.group()], label[2])
        place = label.end()
    return Sample(match[1], labels, int(match[3]))


def value(text: str, name: str, /, **labels: str) -> int | None:
    """The value of the one series of that name that has these labels; None when there is none."""
    found = [one.value for one in samples(text) if one.name == name and labels.items() <= one.labels.items()]
    assert len(found) < 2
    return found[0] if found else None

"""What is to be done with the issues that are there, given what was found. Pure: no server, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import assert_never

from runner_scope_doctor.model.issue import Issue, IssueState
from runner_scope_doctor.notify.issue_text import duplicate_text, gone_text, lasting_text, title_of
from runner_scope_doctor.notify.marker import Hand, Marker, MarkState, marked, marked_text
from runner_scope_doctor.notify.problem import Problem, problem_mark, server_mark, summary_of
from runner_scope_doctor.notify.recovery import Repair, repair_behind

MOST_ISSUES = 10
"""Issues of one server that are open at once for problems that last, the summary not counted."""
STALE = 1_800
"""Seconds after which a text that says nothing new is written anew, for the time in it."""


class Sight(Enum):
    """Whether everything was seen. Where it was not, what was not found may be there still."""

    WHOLE = "whole"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a check came to. `now` is the Unix second; `repairs` are those of the host's journal for that server."""

    instance: str
    problems: tuple[Problem, ...]
    sight: Sight
    repairs: tuple[Repair, ...]
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A new issue. `mark` is the problem's."""

    mark: str
    label: str
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """The text anew; whether it is open stays as it is."""

    number: int
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """Closed, and then the text: one that says so while the issue is open would never be looked at again. `meanwhile` is the text
    that is sent with the closing, true whether the issue is closed or stays open; None where the present one stays."""

    number: int
    label: str
    meanwhile: str | None
    body: str
    why: str


Step = Open | Rewrite | Close


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`remarks` are sentences for the log about what is left alone."""

    steps: tuple[Step, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An issue of ours about that server."""

    issue: Issue
    marker: Marker
    text: str
    hand: Hand

    @property
    def is_open(self) -> bool:
        return self.issue.state is IssueState.OPEN

    @property
    def is_lasting(self) -> bool:
        """Whether the problem was there when the text was written."""
        return self.marker.state is MarkState.LASTING

    @property
    def is_ending(self) -> bool:
        """Whether the problem was gone then, and the last word on that is still to be written."""
        return self.marker.state is MarkState.ENDING


def known_issues(issues: tuple[Issue, ...], instance: str) -> tuple[Known, ...]:
    """Those that are about that server, by number."""
    found = []
    for issue in issues:
        taken = marked_text(issue.body)
        if taken is not None and taken.marker.server == server_mark(instance):
            found.append(Known(issue=issue, marker=taken.marker, text=taken.text, hand=taken.hand))
    return tuple(sorted(found, key=lambda one: one.issue.number))


def decided(check: Check, issues: tuple[Issue, ...]) -> Decision:
    """Every step, in the order in which they are done: what is over first, so that room is made."""
    known = known_issues(issues, check.instance)
    own, summed = _shared_out(check, known)
    wanted = [*own, *([summary_of(summed)] if summed else [])]
    steps: list[Step] = [*duplicates(known)]
    remarks: list[str] = []
    spent = {step.number for step in steps if isinstance(step, Close)}
    left = tuple(one for one in known if one.issue.number not in spent)
    marks = {problem_mark(check.instance, problem) for problem in (*check.problems, *wanted)}
    absent = tuple(one for one in left if (one.is_lasting or one.is_ending) and one.marker.problem not in marks)
    match check.sight:
        case Sight.WHOLE:
            steps += (_over(check, one) for one in absent)
        case Sight.PARTIAL:
            remarks += (_kept_open(one) for one in absent if one.is_open)
        case _:
            assert_never(check.sight)
    for problem in wanted:
        match _for_problem(check, problem, left):
            case None:
                pass
            case str() as remark:
                remarks.append(remark)
            case step:
                steps.append(step)
    return Decision(steps=tuple(steps), remarks=tuple(remarks))


def duplicates(known: tuple[Known, ...]) -> Iterator[Close]:
    """Of several open issues for one lasting problem all but the oldest."""
    kept: dict[str, int] = {}
    for one in known:
        if not (one.is_open and one.is_lasting):
            continue
        first = kept.setdefault(one.marker.problem, one.issue.number)
        if first != one.issue.number:
            label = _label(one.marker)
            marker = replace(one.marker, state=MarkState.DUPLICATE)
            yield Close(
                number=one.issue.number,
                label=label,
                meanwhile=None,  # the older one stands for the problem, whatever the text of this one says
                body=marked(duplicate_text(label, first), marker),
                why=f"issue {first} is about the same problem",
            )


def _shared_out(check: Check, known: tuple[Known, ...]) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """The problems that have an issue of their own or get one, and those for which there is no room.

    What has one keeps it, also as a warning; a warning alone opens none. One that was closed by hand takes no room.
    """
    latest = {one.marker.problem: one for one in known if one.marker.state is not MarkState.DUPLICATE}
    having = {mark for mark, one in latest.items() if one.is_open or one.is_lasting}
    marks = [(problem, problem_mark(check.instance, problem)) for problem in check.problems]
    room = MOST_ISSUES - sum(mark in having and latest[mark].is_open for _, mark in marks)
    own: list[Problem] = []
    summed: list[Problem] = []
    for problem, mark in marks:
        if mark in having:
            own.append(problem)
        elif problem.is_error and room > 0:
            own.append(problem)
            room -= 1
        elif problem.is_error:
            summed.append(problem)
    return tuple(own), tuple(summed)


def _for_problem(check: Check, problem: Problem, known: tuple[Known, ...]) -> Step | str | None:
    """What to do for a problem that is there: a step, a remark on why none, or nothing because all is said."""
    mark = problem_mark(check.instance, problem)
    ours = [one for one in known if one.marker.problem == mark and one.marker.state is not MarkState.DUPLICATE]
    current = next((one for one in ours if one.is_open and one.is_lasting), None)
    current = current or next((one for one in reversed(ours) if one.is_open), None)
    if current is not None:
        return _kept_in_step(check, problem, mark, current)
    if ours and ours[-1].is_lasting:
        number = ours[-1].issue.number
        return f"issue {number}: somebody closed it while {problem.label} lasts; it stays closed until that is gone"
    return Open(
        mark=mark,
        label=problem.label,
        title=title_of(problem, check.instance),
        body=_lasting_body(check, problem, mark, first=check.now, last=check.now),
    )


def _kept_in_step(check: Check, problem: Problem, mark: str, current: Known) -> Rewrite | None:
    first = min(current.marker.first, check.now) if current.is_lasting else check.now
    said_before = _lasting_body(check, problem, mark, first=first, last=current.marker.last)
    fresh = 0 <= check.now - current.marker.last < STALE
    if current.is_lasting and fresh and said_before.strip() == current.issue.body.strip():
        return None
    return Rewrite(number=current.issue.number, body=_lasting_body(check, problem, mark, first=first, last=check.now))


def _kept_open(one: Known) -> str:
    return f"issue {one.issue.number}: {_label(one.marker)} was not found, and stays open: not everything was seen"


def _over(check: Check, one: Known) -> Close | Rewrite:
    """For a lasting problem that is no longer found: its issue is closed, and one that was closed by hand says so too. What an
    earlier check began and could not end is ended as it was begun."""
    repair = repair_behind(one.marker, check.repairs)
    label = _label(one.marker)
    begun = one.is_ending and one.hand is Hand.OURS
    earlier = one.text if one.hand is Hand.OURS else None
    text = one.text if begun else gone_text(earlier, label, first=one.marker.first, now=check.now, repair=repair)
    body = marked(text, replace(one.marker, state=MarkState.GONE))
    if not one.is_open:
        return Rewrite(number=one.issue.number, body=body)
    return Close(
        number=one.issue.number,
        label=label,
        meanwhile=None if begun else marked(text, replace(one.marker, state=MarkState.ENDING)),
        body=body,
        why="no longer found" if repair is None else f"repaired by the plan {repair.plan}",
    )


def _lasting_body(check: Check, problem: Problem, mark: str, *, first: int, last: int) -> str:
    marker = Marker(
        server=server_mark(check.instance),
        problem=mark,
        code=problem.code,
        runner_id=problem.runner_id,
        state=MarkState.LASTING,
        first=first,
        last=last,
    )
    return marked(lasting_text(problem, check.instance, first=first, last=last), marker)


def _label(marker: Marker) -> str:
    about = "" if marker.runner_id is None else f", runner {marker.runner_id}"
    return f"{marker.code}{about}"

"""Does with the issues of the server what was decided, and never makes two of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import assert_never

from runner_scope_doctor.forgejo.client import ApiClient
from runner_scope_doctor.forgejo.failures import failure
from runner_scope_doctor.forgejo.issues import issue_path, own_issues, written_issue
from runner_scope_doctor.forgejo.situation import Facts, Situation
from runner_scope_doctor.forgejo.target import RepositoryList
from runner_scope_doctor.forgejo.writing import patched, posted
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.issue import IssueState
from runner_scope_doctor.notify.decision import Check, Close, Open, Rewrite, decided, duplicates, known_issues
from runner_scope_doctor.notify.marker import set_aside


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`lines` say what was done and what was left alone; `failures` what the server did not let be done, in their order."""

    lines: tuple[str, ...]
    failures: tuple[SourceUnavailable, ...]


def told_by_issues(client: ApiClient, repository: RepositoryList, check: Check) -> Told:
    """Brings the issues in step with the check. Raises SourceUnavailable when they cannot be read: then nothing is written.

    What fails for one issue keeps no other from being written, but after one that could not be opened no further one is.
    """
    decision = decided(check, own_issues(client, repository))
    told = _Telling(lines=[*decision.remarks], failures=[])
    openings: list[Open] = []
    for step in decision.steps:
        match step:
            case Open():
                openings.append(step)
            case Close():
                told.attempt(partial(_close, client, repository, step), said=_closed_line(step))
            case Rewrite():
                told.attempt(partial(_rewrite, client, repository, step.number, step.body), said=None)
            case _:
                assert_never(step)
    if openings:
        _open(client, repository, check.instance, openings, told)
    return Told(lines=tuple(told.lines), failures=tuple(told.failures))


@dataclass(slots=True)
class _Telling:
    """What is told so far."""

    lines: list[str]
    failures: list[SourceUnavailable]

    def attempt(self, act: Callable[[], None], *, said: str | None) -> None:
        """Does it and says so, or notes why not."""
        try:
            act()
        except SourceUnavailable as error:
            self.failures.append(error)
        else:
            self.lines += [] if said is None else [said]


def _open(client: ApiClient, repository: RepositoryList, instance: str, openings: list[Open], told: _Telling) -> None:
    """Opens them and looks again: another host may have opened one for the same problem at the same moment, and a try that broke
    off may have made one all the same."""
    numbers: dict[str, int] = {}
    broken: dict[str, SourceUnavailable] = {}
    for step in openings:
        try:
            answer = posted(client, issue_path(repository), {"title": step.title, "body": step.body})
            numbers[step.mark] = written_issue(answer).number
        except SourceUnavailable as error:
            broken[step.mark] = error
            break
    try:
        known = known_issues(own_issues(client, repository), instance)
    except SourceUnavailable as error:
        told.failures += [*broken.values(), error]
        return
    for younger in duplicates(known):
        told.attempt(partial(_close, client, repository, younger), said=_closed_line(younger))
    there = {one.marker.problem: one.issue.number for one in reversed(known) if one.is_lasting and one.is_open}
    for opening in openings:
        if opening.mark in there:
            told.lines.append(f"issue {there[opening.mark]}: opened ({opening.label})")
        elif opening.mark in broken:
            told.failures.append(broken[opening.mark])
        elif opening.mark in numbers:
            told.attempt(partial(_take_back, client, repository, numbers[opening.mark], opening.body), said=None)


def _take_back(client: ApiClient, repository: RepositoryList, number: int, body: str) -> None:
    """An issue that the server does not list would be opened again by every check. Once it is listed, it must not look as if
    somebody had closed it."""
    path = issue_path(repository, number)
    written_issue(patched(client, path, {"body": set_aside(body), "state": IssueState.CLOSED.value}))
    where = client.address.base_url + path
    raise failure(Situation.NOT_DONE, Facts(where=where, detail="it was opened and is not listed, so it was closed"))


def _close(client: ApiClient, repository: RepositoryList, step: Close) -> None:
    """The text and the state in one request, then the last word. Where Forgejo refuses to close it may have written the text
    (`EditIssue` in `routers/api/v1/repo/issue.go` does one after the other, earlier versions all or nothing)."""
    path = issue_path(repository, step.number)
    meanwhile = {} if step.meanwhile is None else {"body": step.meanwhile}
    closed = written_issue(patched(client, path, {**meanwhile, "state": IssueState.CLOSED.value}))
    if closed.state is not IssueState.CLOSED:
        raise failure(Situation.NOT_DONE, Facts(where=client.address.base_url + path, detail="it is still open"))
    _rewrite(client, repository, step.number, step.body)


def _rewrite(client: ApiClient, repository: RepositoryList, number: int, body: str) -> None:
    written_issue(patched(client, issue_path(repository, number), {"body": body}))


def _closed_line(step: Close) -> str:
    return f"issue {step.number}: closed, {step.why} ({step.label})"

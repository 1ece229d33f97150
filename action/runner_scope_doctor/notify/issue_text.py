"""What an issue says. A runner's name can be anything, and nothing of it may be more than text to Forgejo.

Forgejo looks for @mentions, #references and closing words in the title and in the text of Markdown outside of code
(`modules/markup/mdstripper`, `modules/references`), and makes links, images and HTML of what stands there. So no foreign text is
in a title, and all of it is in a fenced block of code, which no line of it can end: line ends are escaped, and so is every run of
backticks that is as long as a fence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from runner_scope_doctor.model.finding import Finding
from runner_scope_doctor.model.wording import moment
from runner_scope_doctor.notify.problem import SUMMARY, Problem
from runner_scope_doctor.notify.recovery import Repair
from runner_scope_doctor.report.escape import escaped
from runner_scope_doctor.report.text import finding_lines

_MOST_LINES = 150
_LONGEST_LINE = 400
_LONGEST_HOST = 100
_FENCE = re.compile("`{3,}")
_BY_WHOM = (
    "Written by runner-scope-doctor, which writes this text anew while the problem lasts: put what you want to say into a "
    "comment. The issue is closed when the problem is no longer found. Closed by hand it stays closed as long as the "
    "problem lasts; one that comes back later gets a new issue."
)


def title_of(problem: Problem, instance: str) -> str:
    """At most 200 characters, always the same for the same problem: each change would be told to everyone."""
    host = (urlsplit(instance).netloc or instance)[:_LONGEST_HOST]
    if problem.code == SUMMARY:
        return f"Further problems with the scopes of runners ({host})"
    about = "" if problem.runner_id is None else f": runner {problem.runner_id}"
    return f"{problem.code} {problem.name}{about} ({host})"


def lasting_text(problem: Problem, instance: str, *, first: int, last: int) -> str:
    """While it is found. `first` and `last` are when it was first and last found, in Unix seconds."""
    return "\n".join(
        [
            f"{_opening(problem)} on the server {code_span(instance)}. First found at {moment(first)}, last at {moment(last)}.",
            "",
            *_block(problem),
            "",
            f"{_explained(problem)} {_BY_WHOM}",
        ]
    )


def gone_text(earlier: str | None, label: str, *, first: int, now: int, repair: Repair | None) -> str:
    """Once it is no longer found. `earlier` is the text of ours that stood there, None where it was changed by another hand."""
    lines = [f"**No longer found at {moment(now)}.** {_why(repair)}".rstrip(), ""]
    if earlier is None:
        return "\n".join([*lines, f"This was {label}, first found at {moment(first)}."])
    return "\n".join([*lines, "What stood here before:", "", earlier])


def duplicate_text(label: str, kept: int) -> str:
    """For the younger one of two. The number stands there without the sign that would make a reference of it."""
    return (
        f"Two checks reported {label} at the same time. The issue with the number {kept} goes on; this one is closed."
    )


def code_span(text: str) -> str:
    """The text as code within a line."""
    shown = escaped(text).replace("`", r"\x60")
    return f"`{shown or ' '}`"


def _opening(problem: Problem) -> str:
    if problem.code == SUMMARY:
        return "More problems than have an issue of their own were found"
    row = "" if problem.runner_id is None else f" in the row of runner {problem.runner_id}"
    return f"**{problem.code} {problem.name}** was found{row}"


def _explained(problem: Problem) -> str:
    if problem.code == SUMMARY:
        return "The check's own report has all of them."
    return f"`runner-scope-doctor explain {problem.code}` says what it means, what to do, and what never to do."


def _block(problem: Problem) -> Iterator[str]:
    yield "```text"
    lines = [line for finding in problem.findings for line in _lines(problem, finding)]
    yield from lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        yield f"... and {len(lines) - _MOST_LINES} more lines"
    yield "```"


def _lines(problem: Problem, finding: Finding) -> Iterator[str]:
    one_each = (f"{finding.kind.value} {finding.message}",)
    for line in one_each if problem.code == SUMMARY else finding_lines(finding):
        shown = _inert(line)
        yield shown if len(shown) <= _LONGEST_LINE else f"{shown[:_LONGEST_LINE]}…"


def _why(repair: Repair | None) -> str:
    if repair is None:
        return ""
    return (
        f"Repaired at {moment(repair.at)} by the plan `{repair.plan}`; its receipt has the digest `{repair.receipt}` "
        f"(`runner-scope-doctor receipts show {repair.plan}`)."
    )


def _inert(line: str) -> str:
    return _FENCE.sub(lambda run: r"\x60" * len(run[0]), escaped(line))

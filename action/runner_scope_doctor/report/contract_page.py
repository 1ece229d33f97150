"""A contract as a table for the operator's pages, kept between two marks in a page of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff
from typing import assert_never

from runner_scope_doctor.model.contract import Contract, DeclaredRunner, UndeclaredRule
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.scope import InstanceScope, OwnerScope, RepositoryScope, Scope
from runner_scope_doctor.model.wording import duration
from runner_scope_doctor.report.escape import escaped
from runner_scope_doctor.report.markdown import cell

BEGIN = "<!-- begin: written by runner-scope-doctor contract describe -->"
END = "<!-- end: written by runner-scope-doctor contract describe -->"
_OTHERS = {
    UndeclaredRule.IGNORE: "Other live runners are not judged.",
    UndeclaredRule.WARN: "Any other live runner is a warning.",
    UndeclaredRule.FAIL: "Any other live runner is an error.",
}


def described(contract: Contract) -> tuple[str, ...]:
    """The lines from mark to mark, both included, without line ends. Foreign text in them is escaped."""
    server = "The server" if contract.instance is None else cell(contract.instance)
    return (
        BEGIN,
        "",
        f"{server} must have these runners. {_OTHERS[contract.undeclared]}",
        "",
        "| Runner | Serves | Labels | Online within | Longest wait | Why |",
        "| --- | --- | --- | --- | --- | --- |",
        *map(_row, contract.runners),
        "",
        END,
    )


def page_with(lines: tuple[str, ...], page: str, *, name: str) -> str:
    """The page with these lines in place of what stands from its mark to its mark; the rest stays byte for byte.

    Raises SettingsInvalid when the page does not hold each mark once, on a line of its own and in this order.
    """
    old = page.splitlines(keepends=True)
    bare = [line.strip() for line in old]
    if (bare.count(BEGIN), bare.count(END)) != (1, 1) or bare.index(END) < bare.index(BEGIN):
        raise SettingsInvalid(
            f"{name}: the page does not hold the two marks, each once, on a line of its own and in their order.",
            next_step=f"Put these two lines where the table should stand, then use --write: {BEGIN} and {END}",
        )
    first, last = bare.index(BEGIN), bare.index(END)
    end = "\r\n" if old[first].endswith("\r\n") else "\n"
    after = old[last].removeprefix(old[last].rstrip("\r\n"))  # the last line of a page may have no end
    written = end.join(lines) + after
    return "".join((*old[:first], written, *old[last + 1 :]))


def difference(page: str, wanted: str, *, name: str) -> Iterator[str]:
    """What would be changed in the page, as `diff -u` shows it; escaped, without line ends."""
    changed = unified_diff(
        page.splitlines(), wanted.splitlines(), f"{name} as it is", f"{name} as the contract says", n=1, lineterm=""
    )
    return map(escaped, changed)


def _row(runner: DeclaredRunner) -> str:
    cells = (
        runner.name,
        _serves(runner.scope),
        ", ".join(runner.labels) or "not judged",
        _span(runner.online_within),
        _span(runner.max_wait),
        runner.reason or "",
    )
    return f"| {' | '.join(map(cell, cells))} |"


def _span(seconds: int | None) -> str:
    return "not judged" if seconds is None else duration(seconds)


def _serves(scope: Scope) -> str:
    match scope:
        case InstanceScope():
            return "every repository of the server"
        case OwnerScope(kind=kind, name=name, id=number):
            return f"every repository of {_thing(kind.value, name, number)}"
        case RepositoryScope(name=name, id=number):
            return f"only {_thing('repository', name, number)}"
        case _:
            assert_never(scope)


def _thing(noun: str, name: str | None, number: int | None) -> str:
    if name is None:
        return f"{noun} {number}"
    return f"{noun} {name}" if number is None else f"{noun} {name} ({number})"

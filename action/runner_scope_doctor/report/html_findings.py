"""The findings with their evidence and next step, and what was not seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner_scope_doctor.model.finding import Finding, NotRepairable, Repairable
from runner_scope_doctor.model.runner import ObservedRunner
from runner_scope_doctor.model.snapshot import Need, Unobserved
from runner_scope_doctor.model.wording import counted_noun, moment, named, stored
from runner_scope_doctor.report.markup import NOTHING, Markup, element, together, words

_OPEN = 20
"""Findings that are not folded."""


def findings_section(findings: Sequence[Finding]) -> Markup:
    """Every finding; from the twenty-first on folded."""
    articles = [_finding(finding, number) for number, finding in enumerate(findings, start=1)]
    rest, count = articles[_OPEN:], counted_noun(len(findings), "finding")
    return element(
        "section",
        element("h2", words("Findings"), id="findings-heading"),
        element("p", words(f"{count}, in the order of the report." if findings else "None."), class_="note"),
        *articles[:_OPEN],
        _folded(rest) if rest else NOTHING,
        id="findings",
        aria_labelledby="findings-heading",
    )


def gaps_section(gaps: Sequence[Unobserved]) -> Markup:
    """What was not seen, and why. That it is required is said in words."""
    none = element("p", words("Everything that was to be looked at was seen."))
    return element(
        "section",
        element("h2", words("What was not seen"), id="unseen-heading"),
        together(map(_gap, gaps)) if gaps else none,
        id="unseen",
        aria_labelledby="unseen-heading",
    )


def _folded(articles: Sequence[Markup]) -> Markup:
    summary = element("summary", words(counted_noun(len(articles), "further finding")))
    return element("details", summary, *articles, class_="fold")


def _finding(finding: Finding, number: int) -> Markup:
    kind, severity = finding.kind, finding.severity.value
    heading = element("h3", element("b", words(severity), class_="mark"), words(f" {kind.value} {kind.title}"))
    return element(
        "article",
        heading,
        element("p", words(finding.message), class_="message"),
        _rows(finding.rows),
        element("dl", *_details(finding)),
        class_=f"finding {'is-sick' if severity == 'error' else 'is-warned'}",
        id=f"finding-{number}",
    )


def _details(finding: Finding) -> Iterator[Markup]:
    if finding.evidence:
        yield from _item("Seen", element("ul", *(element("li", words(fact)) for fact in finding.evidence)))
    yield from _item("Meaning", words(finding.meaning))
    if finding.location is not None:
        yield from _item("Declared at", words(f"{finding.location.file}:{finding.location.line}"))
    match finding.repair:
        case Repairable():
            yield from _item("Repair", words("repairable"))
        case NotRepairable(reason=reason):
            yield from _item("Repair", words(f"not repairable: {reason}"))
        case None:
            pass
    yield element("dt", words("Next"), class_="next")
    yield element("dd", words(finding.remedy), class_="next")


def _item(term: str, content: Markup) -> Iterator[Markup]:
    yield element("dt", words(term))
    yield element("dd", content)


def _rows(rows: Sequence[ObservedRunner]) -> Markup:
    if not rows:
        return NOTHING
    heads = ("id", "name", "owner_id", "repo_id", "deleted")
    return element(
        "table",
        element("caption", words("Rows of action_runner")),
        element("thead", element("tr", *(element("th", words(head), scope="col") for head in heads))),
        element("tbody", *map(_row, rows)),
    )


def _row(row: ObservedRunner) -> Markup:
    deleted = moment(row.deleted) if row.deleted else "no"
    cells = (
        element("bdi", words(named(row.name))),
        words(stored(row.owner_id)),
        words(stored(row.repo_id)),
        words(deleted),
    )
    return element("tr", element("th", words(str(row.id)), scope="row"), *(element("td", cell) for cell in cells))


def _gap(gap: Unobserved) -> Markup:
    required = gap.need is Need.REQUIRED
    word = "required" if required else "optional"
    return element(
        "article",
        element("h3", element("b", words(word), class_="mark"), words(f" {gap.what}")),
        element(
            "dl",
            *_item("Source", words(gap.source.value)),
            *_item("Because", words(gap.reason)),
            element("dt", words("Next"), class_="next"),
            element("dd", words(gap.next_step), class_="next"),
        ),
        class_="finding is-unknown",
    )

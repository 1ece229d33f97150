"""The report as one page for a browser: the verdict, who serves whom, the findings, and what was not seen.

Nothing is loaded from elsewhere and there is no script, which the page's own policy holds as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from runner_scope_doctor.model.diagnosis import Diagnosis, Verdict
from runner_scope_doctor.model.failed_check import CheckOutcome, FailedCheck
from runner_scope_doctor.model.picture import Mark, Picture, WorkSeen
from runner_scope_doctor.model.snapshot import Need
from runner_scope_doctor.model.wording import moment
from runner_scope_doctor.report.html_findings import findings_section, gaps_section
from runner_scope_doctor.report.html_picture import all_runners, drawn
from runner_scope_doctor.report.html_style import POLICY, STYLE
from runner_scope_doctor.report.markup import NOTHING, Markup, element, together, words
from runner_scope_doctor.report.text import Sentence, server_line, verdict_sentence

_MARKS = {
    Verdict.HEALTHY: "is-healthy",
    Verdict.UNHEALTHY: "is-sick",
    Verdict.INCONCLUSIVE: "is-unknown",
}
_SECTIONS = (("picture", "Who serves whom"), ("findings", "Findings"), ("unseen", "What was not seen"))


def rendered(outcome: CheckOutcome, picture: Picture | None, tool_version: str) -> str:
    """The whole page. `picture` is None when nothing was judged, and the page says so where it would be."""
    match outcome:
        case FailedCheck():
            sentence = Sentence(verdict="INCONCLUSIVE", told=outcome.problem, next_step=outcome.next_step)
            verdict, about = Verdict.INCONCLUSIVE, f"ended at {moment(outcome.at)}"
            main, numbers = _nothing_judged(), NOTHING
        case Diagnosis():
            sentence, verdict = verdict_sentence(outcome), outcome.verdict
            about = f"{server_line(outcome.server)}, looked at {moment(outcome.taken_at)}"
            main, numbers = _sections(outcome, picture), element("dl", *_numbers(outcome, picture), class_="numbers")
    body = element(
        "body",
        element("header", *_header(sentence, verdict, about), numbers),
        element("main", main, id="report"),
        element("footer", *_footer(tool_version)),
    )
    return f"<!DOCTYPE html>\n{element('html', _head(sentence), body, lang='en')}"


def _head(sentence: Sentence) -> Markup:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", words(f"{sentence.verdict}: runner scopes")),
        element("style", STYLE),
    )


def _header(sentence: Sentence, verdict: Verdict, about: str) -> Iterator[Markup]:
    next_step = "Nothing to do." if sentence.next_step is None else sentence.next_step
    yield element("p", element("b", words("Runner scope doctor")), words(f" · {about}"), class_="brand")
    yield element(
        "div",
        element("h1", element("b", words(sentence.verdict), class_="mark"), words(f" {sentence.told}")),
        element("p", element("b", words("Next: ")), words(next_step), class_="next"),
        class_=f"verdict {_MARKS[verdict]}",
    )
    links = (element("li", element("a", words(title), href=f"#{name}")) for name, title in _SECTIONS)
    yield element("nav", element("ul", *links), aria_label="Parts of this report")


def _sections(diagnosis: Diagnosis, picture: Picture | None) -> Markup:
    server = diagnosis.server.instance or diagnosis.server.address
    return together(
        (
            NOTHING if picture is None else drawn(picture, diagnosis.findings, server),
            findings_section(diagnosis.findings),
            gaps_section(diagnosis.unobserved),
        )
    )


def _nothing_judged() -> Markup:
    said = "Nothing was judged, so nothing is known of any runner: neither that it is sick nor that it is healthy."
    return together(
        element("section", element("h2", words(title)), element("p", words(said)), id=name) for name, title in _SECTIONS
    )


def _numbers(diagnosis: Diagnosis, picture: Picture | None) -> Iterator[Markup]:
    counts = Counter(one.mark for one in all_runners(picture)) if picture is not None else Counter()
    live = diagnosis.live_runners
    yield _number("live runners", "not counted" if live is None else str(live))
    yield from (_number(mark.value, str(counts[mark]), f"is-{mark.name.lower()}") for mark in Mark if counts[mark])
    if picture is not None:
        yield _number("waiting jobs drawn", _waiting(picture))
    missing = sum(gap.need is Need.REQUIRED for gap in diagnosis.unobserved)
    yield _number("required, not seen", str(missing), "is-unknown" if missing else "")


def _waiting(picture: Picture) -> str:
    if picture.work_seen is WorkSeen.NONE:
        return "not seen"
    return str(sum(one.work.count for owner in picture.owners for one in owner.repositories if one.work is not None))


def _number(term: str, value: str, kind: str = "") -> Markup:
    return element("div", element("dt", words(term)), element("dd", words(value)), class_=kind or None)


def _footer(tool_version: str) -> Iterator[Markup]:
    yield element("p", words(f"Made by runner-scope-doctor {tool_version}, which changed nothing."))
    yield element(
        "p",
        words(
            "Names are chosen by strangers: characters that could act or hide are shown as backslash escapes. "
            "Where the preview of a print does not show what is folded, unfold it first."
        ),
    )

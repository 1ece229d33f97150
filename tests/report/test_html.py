"""The page tells the whole check, loads nothing, runs nothing, and lets no name become more than text."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.diagnose.picture import pictured
from runner_scope_doctor.diagnose.waiting.explain import explained
from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.failed_check import FailedCheck
from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.runner import ObservedRepository
from runner_scope_doctor.model.snapshot import Coverage, Need, Snapshot, Source, Unobserved
from runner_scope_doctor.model.waiting_reason import Reason, WaitingAnswer
from runner_scope_doctor.observe.nothing import nothing_seen
from runner_scope_doctor.report import html, text
from runner_scope_doctor.report.escape import escaped
from runner_scope_doctor.report.html_folds import FEW, OPEN
from runner_scope_doctor.report.html_style import DARK, LIGHT
from support.drawn_servers import crowd, reasons, sick_crowd, troubled
from support.examples import EXAMPLES
from support.hostile_text import HOSTILE, HUGE, MARKS, hold_inert
from support.html_document import Node, document, skeleton
from support.html_pages import TOOL, page, page_of_strangers
from support.recordings import or_skipped
from support.snapshots import NOW, USERS_CASE, runner, snapshot, through_the_api
from support.strategies import contracts, snapshots
from support.waiting_recordings import ZOO, ZOO_NOW, looked_at, recorded_jobs

ELEMENTS = frozenset(
    (
        "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "article", "nav", "h1", "h2",
        "h3", "h4", "h5", "p", "div", "span", "b", "strong", "bdi", "del", "ins", "a", "ul", "li", "dl", "dt", "dd", "table",
        "caption", "thead", "tbody", "tr", "th", "td", "details", "summary",
    )
)  # fmt: skip
"""Text, lists, tables and folds: nothing here loads, sends or runs."""
ATTRIBUTES = frozenset(
    (
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "id",
        "href",
        "scope",
        "aria-label",
        "aria-labelledby",
    )
)


def judged(seen: Snapshot, wanted: Contract | None = None) -> Diagnosis:
    return diagnosed(seen, contract=wanted, fail_on=Severity.ERROR)


def read(seen: Snapshot, wanted: Contract | None = None, waiting: WaitingAnswer | Unobserved | None = None) -> Node:
    """The page of one check as a tree."""
    return document(page(seen, wanted, waiting))


def policy(root: Node) -> str:
    """The page's own policy."""
    (meta,) = [one for one in root.all("meta") if one.attributes.get("http-equiv") == "Content-Security-Policy"]
    return meta.attributes["content"] or ""


def told(line: str) -> str:
    """A line of the text report as it stands in the page."""
    return escaped(line)


def test_the_verdict_stands_on_top_in_the_words_of_the_last_line() -> None:
    """The first heading and the sentence below it are what the text report ends with, and the title says the verdict."""
    seen, wanted = troubled()
    for one, of in ((seen, wanted), (snapshot(runner(1)), None), (replace(seen, unobserved=()), None)):
        root = read(one, of)
        (heading,) = root.all("h1")
        sentence = text.verdict_sentence(judged(one, of))
        assert heading.text == told(f"{sentence.verdict} {sentence.told}")
        assert root.all("div", "verdict")[0].text.split("Next: ")[1].strip() == told(
            sentence.next_step or "Nothing to do."
        )
        assert root.all("title")[0].text.startswith(f"{sentence.verdict}: ")


@pytest.mark.parametrize("kind", list(FindingKind))
def test_every_finding_is_told_whole(kind: FindingKind) -> None:
    """Code, message, evidence, meaning, next step and the contract's line, in the order of the report."""
    pair = EXAMPLES[kind]
    diagnosis = diagnosed(pair.sick, contract=pair.contract, fail_on=Severity.ERROR, target_major=pair.target_major)
    root = document(html.rendered(diagnosis, pictured(pair.sick, diagnosis, pair.contract), TOOL))
    for number, finding in enumerate(diagnosis.findings, start=1):
        shown = root.with_id(f"finding-{number}").text
        for part in (finding.kind.value, finding.message, *finding.evidence, finding.meaning, finding.remedy):
            assert told(part) in shown
        if finding.location is not None:
            assert f"{finding.location.file}:{finding.location.line}" in shown
        for row in finding.rows:
            assert str(row.id) in shown


def test_what_was_not_seen_is_told_whole() -> None:
    """What, from where, why, what to do, and whether it was required; and where all was seen the page says so."""
    gap = Unobserved(source=Source.API, what="a thing", reason="A reason.", next_step="A step.", need=Need.REQUIRED)
    shown = read(snapshot(runner(1), unobserved=(gap,))).with_id("unseen").text
    for part in ("required", "a thing", "api", "A reason.", "A step."):
        assert part in shown
    assert "Everything that was to be looked at was seen." in read(snapshot(runner(1))).with_id("unseen").text


def test_a_combined_runner_is_drawn_with_its_pair_crossed_out_and_the_scope_it_should_have() -> None:
    """What it has is deleted text, what it should have inserted text, and its line to the repository is cut."""
    root = read(snapshot(*USERS_CASE))
    row = root.with_id("runner-5")
    (pair,) = row.all("del")
    (single,) = row.all("ins")
    assert pair.text == "owner 1 platform-team and repository 35 platform-team/platform"
    assert single.text == "repository platform-team/platform"
    assert {"runner", "cut", "is-sick"} <= row.classes
    assert row in list(root.with_id("repository-35"))
    assert "serves" in read(snapshot(runner(5, repo_id=35))).with_id("runner-5").classes


def test_waiting_jobs_stand_at_their_repository() -> None:
    """How many, for how long, and each that is known."""
    shown = read(*troubled()).with_id("repository-35").text
    assert "3 jobs wait, the longest for 2 h 5 min." in shown
    assert 'job 71 "deploy to production" waits 2 h 5 min · runs-on deploy' in shown
    assert "1 of them is not listed." in shown
    assert shown.count("why: nobody looked") == 2


def test_each_waiting_job_has_its_reason_and_what_to_do() -> None:
    """In the words of `why`: the reason's name with the finding it is, the sentence, and the next step."""
    answer = reasons()
    root = read(*troubled(), answer)
    assert {one.reason for one in answer.explanations} == {
        Reason.COMBINED_SCOPE, Reason.RUNNER_OFFLINE, Reason.LABEL_CASE
    }  # fmt: skip
    for one in answer.explanations:
        shown = root.with_id(f"repository-{one.job.repo_id}").text
        code = "" if one.reason.finding is None else f" ({one.reason.finding.value})"
        assert f"why: {one.reason.value}{code} · {told(one.because)}" in shown
        assert f"next: {told(one.next_step)}" in shown
    assert "nobody looked" not in root.text


@pytest.mark.parametrize("zoo", or_skipped([ZOO] if ZOO.exists() else [], name=lambda path: path.parent.name))
def test_every_job_of_the_recorded_zoo_is_drawn_with_its_reason(zoo: Path, tmp_path: Path) -> None:
    """All of a real server's jobs that wait or are blocked."""
    answer = explained(looked_at(zoo.with_name("waiting.sqlite3"), tmp_path, now=ZOO_NOW))
    shown = [item.text for item in read(snapshot(runner(1)), None, answer).all("li")]
    recorded = [job for job in recorded_jobs() if job.status in ("waiting", "blocked")]
    assert {one.job.id for one in answer.explanations} == {job.id for job in recorded}
    for one in answer.explanations:
        (item,) = [text for text in shown if text.startswith(f"job {one.job.id} ")]
        assert f"why: {one.reason.value}" in item
        assert told(one.because) in item


def test_why_jobs_wait_could_not_be_looked_at_is_said() -> None:
    """What of waiting jobs was not seen, and how many were left out, stands below the picture."""
    gap = Unobserved(
        source=Source.DATABASE, what="why jobs wait", reason="No.", next_step="Grant it.", need=Need.OPTIONAL
    )
    shown = read(snapshot(runner(1)), None, gap).with_id("picture").text
    assert "Of waiting jobs not seen: why jobs wait. No. Next: Grant it." in shown
    many = replace(reasons(), left_out=7, unobserved=(gap,))
    shown = read(*troubled(), many).with_id("picture").text
    assert "7 further jobs not looked at" in shown
    assert "Of waiting jobs not seen: why jobs wait." in shown


def test_every_mark_is_a_word() -> None:
    """Nothing is told by colour alone: each runner bears the word of its mark."""
    for name in ("sick", "healthy"):
        root = read(*troubled())
        rows = [one for one in root.all("li", "runner") if f"is-{name}" in one.classes]
        assert rows
        assert all(one.all("b", "mark")[0].text == name for one in rows)
    unknown = read(through_the_api(snapshot(runner(2, repo_id=36), repositories=())))
    assert unknown.with_id("runner-2").all("b", "mark")[0].text == "unknown"


@pytest.mark.parametrize(
    ("coverage", "said"),
    [
        (Coverage.LISTED, "which others serve these places was not seen"),
        (Coverage.CANDIDATES, "Healthy runners may be left out"),
    ],
)
def test_what_the_picture_cannot_show_is_said_in_it(coverage: Coverage, said: str) -> None:
    """A list or a choice of rows never passes for all of them."""
    root = read(replace(snapshot(runner(5, repo_id=35)), coverage=coverage))
    assert said in root.with_id("picture").text
    assert "serve it too was not seen" in root.with_id("repository-35").text


def test_where_only_the_api_was_seen_waiting_jobs_are_unknown() -> None:
    """Zero would be a claim that nobody looked at."""
    root = read(through_the_api(snapshot(runner(1))))
    assert "Waiting jobs were not seen" in root.with_id("picture").text
    assert "not seen" in root.all("dl", "numbers")[0].text


def test_a_check_that_judged_nothing_is_no_healthy_page() -> None:
    """The page says INCONCLUSIVE, why, and what to do, and of each part that nothing is known."""
    root = document(html.rendered(FailedCheck(problem="It broke.", next_step="Mend it.", at=NOW), None, TOOL))
    assert root.all("h1")[0].text == "INCONCLUSIVE It broke."
    assert "Next: Mend it." in root.text
    assert root.text.count("Nothing was judged") == 3
    assert "HEALTHY" not in root.text


def test_a_look_that_failed_is_no_server_without_runners() -> None:
    """Where no runner was looked at, the picture neither counts none nor says that healthy ones may be left out."""
    gap = Unobserved(
        source=Source.DATABASE, what="the runners", reason="It is locked.", next_step="Wait.", need=Need.REQUIRED
    )
    drawn = read(nothing_seen((gap,), address="SQLite /srv/forgejo.db", instance=None, now=NOW)).with_id("picture").text
    assert "No runner was looked at, so none is drawn: nothing is known of any." in drawn
    assert "no runner" not in drawn.replace("No runner was", "")
    assert "left out" not in drawn


def test_up_to_forty_runners_nothing_is_folded() -> None:
    """A small server is seen at a glance; from one more on what needs no look is folded, and its fold counts it."""
    assert read(crowd(FEW)).all("details") == []
    folded = read(crowd(FEW + 1))
    (fold,) = folded.all("summary")
    assert fold.text == "4 further owners: 40 healthy"
    inside = [one for one in folded.all("details")[0] if "runner" in one.classes]
    assert len(inside) == FEW
    assert "sick" not in {one.all("b", "mark")[0].text for one in inside}
    assert all("open" not in one.attributes for one in folded.all("details"))


def test_many_sick_runners_are_folded_too_and_counted() -> None:
    """Of 500 sick runners about fifty are open, and the folds' lines tell of all others, in the colour of what they hold."""
    root = read(sick_crowd(500))
    inside = {one.attributes["id"] for fold in root.all("details") for one in fold.all("li", "runner")}
    every = {one.attributes["id"] for one in root.all("li", "runner")}
    assert len(every) == 500
    assert OPEN <= len(every - inside) < OPEN + 10
    (fold,) = root.with_id("picture").all("details")
    left = len(inside)
    assert fold.all("summary")[0].text == f"{left // 10 + 1} further owners to look at: {left} sick"
    (line,) = root.all("li", "fold")
    assert "is-sick" in line.classes
    assert {f"runner-{number}" for number in range(1, 501)} == every


@pytest.mark.parametrize("where", ["owner", "repository"])
def test_many_sick_runners_at_one_place_are_folded_there(where: str) -> None:
    """A hundred combined runners of one owner, or of one repository: fifty are open, and one line tells of the fifty others."""
    seen = sick_crowd(2)
    rows = [
        runner(number, owner_id=1, repo_id=35 if where == "repository" else 1000 + number) for number in range(1, 101)
    ]
    places = tuple(
        ObservedRepository(id=1000 + number, owner_id=1, owner_name="platform-team", name=f"r{number}")
        for number in range(1, 101)
    )
    root = read(replace(seen, runners=tuple(rows), repositories=(*seen.repositories, *places)))
    (line,) = root.with_id("picture").all("summary")
    what = "runners" if where == "repository" else "repositories"
    assert line.text == f"{OPEN} further {what} to look at: {OPEN} sick"


def test_from_the_twenty_first_finding_on_they_are_folded() -> None:
    """The first twenty are open; the others are in the page all the same."""
    seen = snapshot(*(runner(number, owner_id=1, repo_id=35) for number in range(1, 31)))
    root = read(seen)
    assert len(root.all("article")) == 30
    (fold,) = root.with_id("findings").all("details")
    assert fold.all("summary")[0].text == "10 further findings"
    assert len(fold.all("article")) == 10


def test_the_page_allows_itself_one_style_and_nothing_else() -> None:
    """The policy refuses everything but the style whose hash it names, and that is the style of the page."""
    root = read(*troubled())
    (style,) = root.all("style")
    digest = base64.b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
    assert policy(root) == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not re.search(r"url\(|@import|expression|javascript|</", style.text)


def hold_structure(root: Node) -> None:
    """Only known elements and attributes, one id for one thing, and links that lead to something in the page."""
    ids = [one.attributes["id"] for one in root if "id" in one.attributes]
    assert len(set(ids)) == len(ids)
    for one in root:
        assert one.tag in ELEMENTS
        assert set(one.attributes) <= ATTRIBUTES
        if "href" in one.attributes:
            target = one.attributes["href"] or ""
            assert target.startswith("#")
            assert target[1:] in ids
        if "aria-labelledby" in one.attributes:
            assert one.attributes["aria-labelledby"] in ids
    levels = [int(one.tag[1]) for one in root if re.fullmatch(r"h\d", one.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    for table in root.all("table"):
        assert table.all("caption")
        assert all(one.attributes.get("scope") in ("col", "row") for one in table.all("th"))


@given(snapshots, st.none() | contracts)
def test_any_server_makes_a_page_that_is_whole(seen: Snapshot, wanted: Contract | None) -> None:
    """Whatever was observed: a document without surprises, in which every live runner, finding and gap is."""
    diagnosis = judged(seen, wanted)
    made = html.rendered(diagnosis, pictured(seen, diagnosis, wanted), TOOL)
    root = document(made)
    hold_structure(root)
    hold_inert(made)
    assert len(root.all("article")) == len(diagnosis.findings) + len(diagnosis.unobserved)
    drawn = {one.attributes.get("id") for one in root.all("li", "runner")}
    assert {f"runner-{row.id}" for row in seen.runners if not row.deleted} <= drawn


HARMLESS = skeleton(document(page_of_strangers("rs2000-deploy-host", "a reason")))


def hold_text(name: str, reason: str) -> None:
    """The page has the elements and attributes it has for harmless names, and no text of theirs acts."""
    made = page_of_strangers(name, reason)
    hold_inert(made)
    root = document(made)
    hold_structure(root)
    assert skeleton(root) == HARMLESS


@settings(max_examples=60)
@given(HOSTILE.filter(lambda name: name not in ("other", "missing")), HOSTILE)
def test_hostile_text_stays_text(name: str, reason: str) -> None:
    """Names and reasons of any characters make no element, attribute, comment or link."""
    hold_text(name, reason)


TAGS = (
    "</style><script>alert(1)</script>", "</title><img src=x onerror=alert(1)>", "<!--", "-->", "<![CDATA[", "<?php", "&lt;b&gt;",
    '" onmouseover="alert(1)', "' autofocus onfocus='alert(1)", "`", "javascript:alert(1)", "<svg/onload=alert(1)>", "</bdi></p>",
    "\u202eevil", "\u2066a\u2069", "<base href=//x>", "<meta http-equiv=refresh content=0>", "&#x3c;b&#x3e;", "<a href=//x>",
)  # fmt: skip


@pytest.mark.parametrize("mark", [*MARKS, *TAGS], ids=ascii)
def test_each_mark_stays_text(mark: str) -> None:
    """Each of them alone, doubled and in the middle of a word."""
    hold_text(mark, f"x{mark}{mark}y")


def test_a_megabyte_of_them_stays_text() -> None:
    """A reason of a million characters breaks no page."""
    hold_text("rs2000-deploy-host", HUGE)


def test_the_text_of_strangers_comes_back_as_it_was_escaped() -> None:
    """What a reader sees is what the text report shows, to the character."""
    reason = "<b>&amp;\"'`</b>\x1b[31m\u202e"
    root = document(page_of_strangers("rs2000-deploy-host", reason))
    assert escaped(reason) in root.with_id("unseen").text


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.1)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_has_the_contrast_of_aa(colours: dict[str, str]) -> None:
    """At least 4.5 to 1 for text on everything it stands on, and 3 to 1 for the shapes and lines that mean something."""
    grounds: dict[str, tuple[str, ...]] = {
        "text": ("page", "card"),
        "quiet": ("page", "card"),
        "link": ("page", "card"),
    }
    grounds |= {mark: (f"{mark}-card", "page", "card") for mark in ("sick", "warned", "unknown", "healthy")}
    for ink, papers in grounds.items():
        for paper in papers:
            lighter, darker = sorted((luminance(colours[ink]), luminance(colours[paper])), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (ink, paper)


@pytest.mark.alone
def test_five_thousand_runners_are_drawn_in_a_moment() -> None:
    """Each with a repository of its own: under 1.5 s to draw and to write, and under 4 MB."""
    seen = crowd(5000)
    diagnosis = judged(seen)
    begun = time.perf_counter()
    made = html.rendered(diagnosis, pictured(seen, diagnosis, None), TOOL)
    assert time.perf_counter() - begun < 1.5
    assert len(made) < 4_000_000

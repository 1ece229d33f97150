"""The picture: what serves what, as nested lists whose lines are drawn by the page's style.

Above a certain size what needs no look is folded, and so is what needs one where there is much of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from runner_scope_doctor.model.finding import Finding
from runner_scope_doctor.model.picture import (
    DrawnOwner,
    DrawnRepository,
    DrawnRunner,
    DueRunner,
    Existence,
    Picture,
    Urgency,
    WorkSeen,
    urgency_of_owner,
    urgency_of_repository,
)
from runner_scope_doctor.model.snapshot import Coverage
from runner_scope_doctor.model.wording import counted_noun
from runner_scope_doctor.report.html_folds import (
    FEW,
    Item,
    Parted,
    counted_marks,
    fold,
    loud_runners,
    parted,
    tree,
)
from runner_scope_doctor.report.html_legend import legend
from runner_scope_doctor.report.html_runner import due_runner, live_runner, name_of, waiting_work
from runner_scope_doctor.report.markup import NOTHING, Markup, element, words

_COVERAGE: Mapping[Coverage | None, str] = {
    None: "No runner was looked at, so none is drawn: nothing is known of any.",
    Coverage.ALL: "",
    Coverage.CANDIDATES: "Healthy runners may be left out: only what could be sick was read.",
    Coverage.LISTED: "Only the runners of one list are drawn: which others serve these places was not seen.",
}
_WORK = {
    WorkSeen.ALL: "Jobs are drawn that have waited or been blocked for more than a minute.",
    WorkSeen.COMBINED: (
        "Waiting jobs are drawn where a runner is combined, and where they have waited longer than the contract allows. "
        "Others were not looked for."
    ),
    WorkSeen.NONE: "Waiting jobs were not seen: only the database shows them.",
}
_LEFT_OUT = "Owners and repositories with no runner of their own and no waiting job are not drawn."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Canvas:
    """What is the same for the whole picture."""

    picture: Picture
    findings: Sequence[Finding]
    folds: bool

    @property
    def unfolded(self) -> _Canvas:
        """For what is in a fold already."""
        return replace(self, folds=False)


def drawn(picture: Picture, findings: Sequence[Finding], server: str) -> Markup:
    """The section with the picture."""
    every = list(all_runners(picture))
    canvas = _Canvas(picture=picture, findings=findings, folds=len(every) > FEW)
    left_out = "" if picture.coverage is None else _LEFT_OUT
    notes = (_COVERAGE[picture.coverage], *_about_work(picture), left_out)
    return element(
        "section",
        element("h2", words("Who serves whom"), id="picture-heading"),
        legend(),
        element(
            "div",
            element(
                "h3",
                element("span", words("whole server "), class_="kind"),
                element("bdi", words(server)),
                NOTHING if picture.coverage is None else _tally(every),
            ),
            tree(_instance(canvas)),
            class_="place instance",
            id="instance",
        ),
        *(element("p", words(note), class_="note") for note in notes if note),
        id="picture",
        aria_labelledby="picture-heading",
    )


def _about_work(picture: Picture) -> Iterator[str]:
    yield _WORK[picture.work_seen]
    if picture.jobs_left_out:
        yield f"{counted_noun(picture.jobs_left_out, 'further job')} not looked at: runner-scope-doctor why --job ID"
    for gap in picture.work_gaps:
        yield f"Of waiting jobs not seen: {gap.what}. {gap.reason} Next: {gap.next_step}"


def all_runners(picture: Picture) -> Iterator[DrawnRunner]:
    """Every runner that is drawn, once."""
    yield from picture.runners
    yield from picture.nowhere
    for owner in picture.owners:
        yield from _runners_of(owner)


def _runners_of(owner: DrawnOwner) -> Iterator[DrawnRunner]:
    yield from owner.runners
    for repository in owner.repositories:
        yield from repository.runners


def _instance(canvas: _Canvas) -> Iterator[Markup]:
    picture = canvas.picture
    yield from _served_by(picture.runners, picture.due, Existence.THERE, canvas)
    if picture.nowhere:
        runners = tree(_served_by(picture.nowhere, (), Existence.GONE, canvas))
        heading = element("h4", words("ids that name no place"), _tally(picture.nowhere))
        yield element("li", element("div", heading, runners, class_="box"), class_="place nowhere")
    owners = _parted(picture.owners, _loudness_of_owner, canvas)
    yield from (_owner(owner, canvas) for owner in owners.open)
    for folded, sort, inside in ((owners.more, " to look at", canvas), (owners.quiet, "", canvas.unfolded)):
        if folded:
            yield fold(
                f"{counted_noun(len(folded), 'further owner')}{sort}",
                [runner for owner in folded for runner in _runners_of(owner)],
                (_owner(owner, inside) for owner in folded),
            )


def _served_by(
    runners: Sequence[DrawnRunner], due: Sequence[DueRunner], existence: Existence, canvas: _Canvas
) -> Iterator[Markup]:
    """The runners at one place, those that need a look first, as they come."""
    yield from map(due_runner, due)
    found = _parted(runners, lambda one: loud_runners((one,)), canvas)
    yield from (live_runner(one, existence, canvas.findings) for one in found.open)
    quiet = "further runner" if found.open else "runner"
    for folded, what, sort in ((found.more, "further runner", " to look at"), (found.quiet, quiet, "")):
        if folded:
            yield fold(
                f"{counted_noun(len(folded), what)}{sort}",
                folded,
                (live_runner(one, existence, canvas.findings) for one in folded),
            )


def _owner(owner: DrawnOwner, canvas: _Canvas) -> Markup:
    title = _title(_owner_kind(owner), owner.name, owner.id)
    heading = element("h4", *title, _gone(owner.existence, owner.id), _tally(list(_runners_of(owner))))
    return element(
        "li",
        element("div", heading, tree(_below_owner(owner, canvas)), class_="box"),
        class_="place owner",
        id=None if owner.id is None else f"owner-{owner.id}",
    )


def _owner_kind(owner: DrawnOwner) -> str:
    if owner.id is None and owner.name is None:
        return "owner not seen"
    return "owner" if owner.kind is None else owner.kind.value


def _below_owner(owner: DrawnOwner, canvas: _Canvas) -> Iterator[Markup]:
    yield from _served_by(owner.runners, owner.due, owner.existence, canvas)
    found = _parted(owner.repositories, _loudness_of_repository, canvas)
    yield from (_repository(one, owner, canvas) for one in found.open)
    for folded, sort, inside in ((found.more, " to look at", canvas), (found.quiet, "", canvas.unfolded)):
        if folded:
            yield fold(
                f"{len(folded)} further {'repository' if len(folded) == 1 else 'repositories'}{sort}",
                [runner for one in folded for runner in one.runners],
                (_repository(one, owner, inside) for one in folded),
            )


def _parted(items: Sequence[Item], loudness: Callable[[Item], int], canvas: _Canvas) -> Parted[Item]:
    return parted(items, loudness) if canvas.folds else Parted(open=items, more=(), quiet=())


def _loudness_of_owner(owner: DrawnOwner) -> int:
    quiet = urgency_of_owner(owner) is Urgency.QUIET
    return 0 if quiet else max(1, loud_runners(_runners_of(owner)))


def _loudness_of_repository(repository: DrawnRepository) -> int:
    quiet = urgency_of_repository(repository) is Urgency.QUIET
    return 0 if quiet else max(1, loud_runners(repository.runners))


def _repository(repository: DrawnRepository, owner: DrawnOwner, canvas: _Canvas) -> Markup:
    title, gone = _title("repository", repository.name, repository.id), repository.existence is Existence.GONE
    box = element(
        "div",
        element("h5", *title, _gone(repository.existence, repository.id), _tally(repository.runners)),
        NOTHING if repository.work is None else waiting_work(repository.work),
        tree(_served_by(repository.runners, repository.due, repository.existence, canvas)),
        NOTHING if gone else element("p", words(_reach(owner, canvas.picture)), class_="facts"),
        class_="box",
    )
    return element(
        "li",
        box,
        class_="place repository",
        id=None if repository.id is None else f"repository-{repository.id}",
    )


def _reach(owner: DrawnOwner, picture: Picture) -> str:
    """Who else serves a repository: nothing is said where that was not seen."""
    if picture.coverage is not Coverage.ALL:
        return "Whether runners of its owner or of the whole server serve it too was not seen."
    counts = ((len(owner.runners), "of its owner"), (len(picture.runners), "of the whole server"))
    parts = [f"{counted_noun(count, 'runner')} {whose}" for count, whose in counts if count]
    return (
        f"Served too by {' and '.join(parts)}." if parts else "No runner of its owner or of the whole server serves it."
    )


def _title(kind: str, name: str | None, number: int | None) -> Iterator[Markup]:
    yield element("span", words(f"{kind} "), class_="kind")
    if name is not None:
        yield name_of(name)
    if number is not None:
        yield element(
            "span", words(f" id {number}" if name is not None else f"id {number}, name not seen"), class_="facts"
        )


def _gone(existence: Existence, number: int | None) -> Markup:
    match existence:
        case Existence.GONE:
            return element("b", words(" does not exist"), class_="gone")
        case Existence.UNSEEN if number is not None:
            return element("span", words(" · whether it exists was not seen"), class_="facts")
        case Existence.UNSEEN | Existence.THERE:
            return NOTHING


def _tally(runners: Sequence[DrawnRunner]) -> Markup:
    return element("span", words(f" {counted_marks(runners)}"), class_="tally")

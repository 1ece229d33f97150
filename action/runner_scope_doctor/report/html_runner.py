"""A runner in the picture, and what waits for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner_scope_doctor.model.finding import Finding
from runner_scope_doctor.model.picture import (
    Adviser,
    DrawnJob,
    DrawnRunner,
    DrawnWork,
    DueRunner,
    Existence,
    Mark,
    Presence,
    WantedScope,
)
from runner_scope_doctor.model.runner import UnreadableLabels, is_combined, is_set
from runner_scope_doctor.model.scope import InstanceScope, OwnerScope, RepositoryScope, Scope
from runner_scope_doctor.model.waiting import JobStatus
from runner_scope_doctor.model.waiting_reason import Explanation
from runner_scope_doctor.model.wording import counted_noun, duration, named, stored
from runner_scope_doctor.report.markup import NOTHING, Markup, element, together, words

_JOBS_SHOWN = 20
_ADVICE = {Adviser.REPAIR: "as the repair would have it", Adviser.CONTRACT: "as the contract says"}


def name_of(name: str) -> Markup:
    """A name that strangers chose: its letters may run from right to left, and turn nothing beside it around."""
    return element("bdi", words(named(name)))


def tag(mark: Mark) -> Markup:
    """The word for a mark; the page's style puts its shape before it."""
    return element("b", words(mark.value), class_="mark")


def live_runner(drawn: DrawnRunner, existence: Existence, findings: Sequence[Finding]) -> Markup:
    """One runner, its mark, and, where it is sick in its scope, what it has and what it should have. `existence` is that of the
    place it hangs at."""
    runner = drawn.runner
    facts = (
        words(f"id {runner.id} · "),
        element("span", words(drawn.presence.value), class_=_presence(drawn.presence)),
    )
    head = (tag(drawn.mark), words(" "), element("strong", name_of(runner.name)), words(" "))
    labels = words(f" · {_labels(runner.labels)}")
    return element(
        "li",
        element("p", *head, element("span", *facts, labels, class_="facts")),
        _scopes(drawn),
        _links(drawn.findings, findings),
        class_=f"runner {_line(drawn, existence)} is-{drawn.mark.name.lower()}",
        id=f"runner-{runner.id}",
    )


def due_runner(due: DueRunner) -> Markup:
    """Somebody who should serve this place and does not."""
    if due.id is not None:
        where = together((words("should serve this, and serves "), _anchor(f"runner-{due.id}", "something else")))
    else:
        line = "" if due.location is None else f", declared at {due.location.file}:{due.location.line}"
        where = words(f"should serve this, and no live runner is called so{line}")
    name = element("strong", name_of(due.name))
    return element(
        "li",
        element("p", element("b", words("missing here"), class_="mark"), words(" "), name, words(" "), where),
        class_="runner wanted",
    )


def waiting_work(work: DrawnWork) -> Markup:
    """The waiting jobs of one repository, each with the reason."""
    longest = "" if work.oldest is None else f", the longest for {duration(work.oldest)}"
    verb = "waits" if work.count == 1 else "wait"
    head = element("p", element("b", words(f"{counted_noun(work.count, 'job')} {verb}")), words(f"{longest}."))
    shown, rest = work.jobs[:_JOBS_SHOWN], work.jobs[_JOBS_SHOWN:]
    lists = _jobs(shown)
    if rest:
        summary = element("summary", words(f"{counted_noun(len(rest), 'further job')}"))
        lists = together((lists, element("details", summary, _jobs(rest))))
    untold = work.count - len(work.jobs)
    if untold and work.jobs:
        said = f"{untold} of them {'is' if untold == 1 else 'are'} not listed."
        lists = together((lists, element("p", words(said), class_="facts")))
    return element("div", head, lists, class_="work")


def scope_words(scope: Scope) -> Markup:
    """What a scope serves, as a link to it where it is drawn."""
    match scope:
        case InstanceScope():
            return _anchor("instance", "the whole server")
        case OwnerScope(kind=kind, name=name, id=number):
            return _thing(kind.value, name, number, None if number is None else f"owner-{number}")
        case RepositoryScope(name=name, id=number):
            return _thing("repository", name, number, None if number is None else f"repository-{number}")


def _thing(noun: str, name: str | None, number: int | None, target: str | None) -> Markup:
    shown = words(f"{noun} {number}") if name is None else together((words(f"{noun} "), name_of(name)))
    return shown if target is None else element("a", shown, href=f"#{target}")


def _anchor(target: str, text: str) -> Markup:
    return element("a", words(text), href=f"#{target}")


def _line(drawn: DrawnRunner, existence: Existence) -> str:
    """How the line from the runner to its place is drawn: cut where it does not serve the place, or should not."""
    gone = existence is Existence.GONE
    return "cut" if gone or is_combined(drawn.runner) or drawn.wanted else "serves"


def _presence(presence: Presence) -> str | None:
    return "away" if presence in (Presence.OFFLINE, Presence.NEVER) else None


def _labels(labels: tuple[str, ...] | UnreadableLabels | None) -> str:
    match labels:
        case UnreadableLabels():
            return "labels not readable"
        case None | () | ("",):
            return "no label declared"
        case _:
            return ", ".join(map(named, labels))


def _links(places: tuple[int, ...], findings: Sequence[Finding]) -> Markup:
    if not places:
        return NOTHING
    found = [(place, findings[place]) for place in places]
    links = [_anchor(f"finding-{place + 1}", f"{one.kind.value} {one.kind.title}") for place, one in found]
    return element("p", words("found: "), together(_separated(links)), class_="found")


def _separated(parts: Sequence[Markup]) -> Iterator[Markup]:
    for place, part in enumerate(parts):
        if place:
            yield words(", ")
        yield part


def _scopes(drawn: DrawnRunner) -> Markup:
    if not is_combined(drawn.runner) and not drawn.wanted:
        return NOTHING
    rows = [element("dt", words("has")), element("dd", _present(drawn), class_="has")]
    for wanted in drawn.wanted:
        rows += (element("dt", words("should have")), element("dd", *_wanted(wanted), class_="should"))
    if not drawn.wanted:
        rows += (element("dt", words("should have")), element("dd", words("nobody can say; read the finding")))
    if len(drawn.wanted) > 1:
        rows.append(element("dd", words("They contradict each other: decide which is right first."), class_="facts"))
    return element("dl", *rows, class_="scope")


def _present(drawn: DrawnRunner) -> Markup:
    """Both ends of a combined row are crossed out: it serves neither."""
    runner = drawn.runner
    owner = _end("owner", stored(runner.owner_id), drawn.owner_name)
    repository = _end("repository", stored(runner.repo_id), drawn.repository_name)
    if is_combined(runner):
        both = element("del", owner, words(" and "), repository)
        return together((both, element("span", words(" at once is no scope: it serves neither"), class_="facts")))
    if is_set(runner.repo_id):
        return element("del", repository)
    return element(
        "del", owner if is_set(runner.owner_id) else element("span", words("the whole server"), class_="end")
    )


def _end(noun: str, number: str, name: str | None) -> Markup:
    shown = NOTHING if name is None else together((words(" "), name_of(name)))
    return element("span", words(f"{noun} {number}"), shown, class_="end")


def _wanted(wanted: WantedScope) -> Iterator[Markup]:
    yield element("ins", scope_words(wanted.scope))
    yield words(" alone" if isinstance(wanted.scope, RepositoryScope) else "")
    yield element("span", words(f" {_ADVICE[wanted.adviser]}"), class_="facts")


def _jobs(jobs: Sequence[DrawnJob]) -> Markup:
    return element("ul", *map(_job, jobs)) if jobs else NOTHING


def _job(job: DrawnJob) -> Markup:
    state = "waits" if job.status is JobStatus.WAITING else job.status.word
    facts = words(f" {state} {duration(job.waited)} · runs-on {_runs_on(job.runs_on)}")
    head = element("p", words(f"job {job.id} "), name_of(job.name), element("span", facts, class_="facts"))
    return element("li", head, *_why(job.explanation))


def _why(explanation: Explanation | None) -> Iterator[Markup]:
    if explanation is None:
        yield element("p", element("b", words("why: ")), words("nobody looked"), class_="why")
        return
    finding = explanation.reason.finding
    code = "" if finding is None else f" ({finding.value})"
    said = (element("b", words(f"why: {explanation.reason.value}{code}")), words(f" · {explanation.because}"))
    yield element("p", *said, class_="why")
    yield element("p", element("b", words("next: ")), words(explanation.next_step), class_="why")


def _runs_on(labels: tuple[str, ...] | UnreadableLabels | None) -> str:
    match labels:
        case UnreadableLabels(text=text):
            return f"not readable: {named(text)}"
        case None | ():
            return "nothing"
        case _:
            return ", ".join(map(named, labels))

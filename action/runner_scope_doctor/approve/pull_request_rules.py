"""Whether a pull request can approve a plan at all, whoever reviews it. Pure: what the server told comes in."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.model.host import Environment
from runner_scope_doctor.model.pull_request import (
    ChangedFile,
    EventKind,
    PullRequest,
    PullRequestRecord,
    PullRequestState,
    ServerUser,
    TimelineEvent,
)
from runner_scope_doctor.model.wording import named

FOLDER = "runner-scope-repairs"
"""Where in the repository the file stands that is named by a plan's digest."""
_HEADS = "refs/heads/"
_ADDED = "added"
"""Forgejo's word for a file that was not there before; a renamed or copied one has another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewTerms:
    """What a pull request is held against. `digest` is the plan's, 64 lower-case hex digits; `plan_created` is Unix seconds."""

    instance: str
    environment: Environment
    digest: str
    plan_created: int

    @property
    def file(self) -> str:
        """The one file that the pull request may add."""
        return f"{FOLDER}/{self.digest}"


def concerns(files: tuple[ChangedFile, ...], terms: ReviewTerms) -> bool:
    """Whether the pull request touches the plan's file at all; one that does not is no evidence of any kind."""
    return any(terms.file in (file.name, file.previous_name) for file in files)


def called(number: int, terms: ReviewTerms) -> str:
    """The pull request in a sentence, as Forgejo's own texts refer to it."""
    return f"{named(terms.environment.repository.name)}#{number}"


def against_pull_request(record: PullRequestRecord, terms: ReviewTerms) -> str | None:
    """The rest of the sentence that begins with the pull request; None when its reviews count."""
    pull = record.before
    return (
        _against_base(pull, terms)
        or _against_state(record)
        or _against_files(record.files, pull, terms)
        or _against_origin(record)
    )


def pushes_of(record: PullRequestRecord) -> tuple[TimelineEvent, ...]:
    """Every push in the order in which the server stored them; the first is that of the poster, by opening."""
    return tuple(sorted((event for event in record.events if event.kind is EventKind.PUSH), key=lambda event: event.id))


def _against_base(pull: PullRequest, terms: ReviewTerms) -> str | None:
    repository = terms.environment.repository
    if (pull.base_repository_id, pull.base_repository) != (repository.id, repository.name):
        return (
            f"belongs to {named(pull.base_repository)} (id {pull.base_repository_id}), and the environment's repository is "
            f"{named(repository.name)} (id {repository.id})"
        )
    if _HEADS + pull.base_branch not in terms.environment.deployment_refs:
        allowed = " or ".join(named(ref.removeprefix(_HEADS)) for ref in terms.environment.deployment_refs)
        return f"is to the branch {named(pull.base_branch)}, and it must be to {allowed}"
    return None


def _against_state(record: PullRequestRecord) -> str | None:
    pull = record.before
    if pull.state is not PullRequestState.OPEN:
        return f"is {pull.state.value}, and only an open one counts"
    if pull != record.after:
        return "changed while it was read; look at it, then run the same command again"
    return None


def _against_files(files: tuple[ChangedFile, ...], pull: PullRequest, terms: ReviewTerms) -> str | None:
    other = next((file for file in files if file.name != terms.file), None)
    if other is not None:
        return f"changes {named(other.name)} too, and it may only add {terms.file}"
    if len(files) != 1:
        return f"does not add {terms.file}" if not files else f"tells of {terms.file} more than once"
    file = files[0]
    if file.status != _ADDED or file.previous_name is not None:
        return f"does not add {terms.file}: the server calls the file {named(file.status)}"
    if pull.head_commit is None:
        return "has no head commit that the server can find"
    if file.commit != pull.head_commit:
        return (
            f"has the head commit {pull.head_commit}, and the server compared another one; a push may be under way, so run "
            "the same command again"
        )
    return None


def _against_origin(record: PullRequestRecord) -> str | None:
    """Who made the head commit part of the pull request must be known: its poster, and everyone who pushed."""
    if not _is_person(record.before.poster):
        return "was opened by nobody whom the server can name"
    pushes = pushes_of(record)
    if not all(_is_person(push.user) for push in pushes):
        return "was pushed to by nobody whom the server can name, such as a job or a deleted user"
    newest = pushes[-1].pushed if pushes else ()
    if not newest or newest[-1] != record.before.head_commit:
        return (
            f"has the head commit {record.before.head_commit}, and its timeline does not say who pushed it; the server may be "
            "about to write that down, so run the same command again"
        )
    return None


def _is_person(user: ServerUser | None) -> bool:
    return user is not None and user.id > 0

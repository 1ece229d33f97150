"""Whether a review of a pull request approves a plan. Pure: what the server told comes in, evidence goes out.

Each rule is one sentence of a refusal. What a person did is known from `user.id` alone; who wrote a commit proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from runner_scope_doctor.approve.evidence import Evidence
from runner_scope_doctor.approve.pull_request_rules import ReviewTerms, against_pull_request, called, pushes_of
from runner_scope_doctor.model.approval import Approval, Declined
from runner_scope_doctor.model.host import EvidenceKind, Person
from runner_scope_doctor.model.pull_request import (
    EventKind,
    PullRequest,
    PullRequestRecord,
    Review,
    ReviewState,
    ServerUser,
)
from runner_scope_doctor.model.wording import duration, named

FORGIVEN_SKEW = 300
"""Seconds by which the server's clock may be behind the host's."""
_DECIDING = (ReviewState.APPROVED, ReviewState.REQUEST_CHANGES)
_MOST_STRANGERS = 3


def judged_reviews(record: PullRequestRecord, terms: ReviewTerms) -> tuple[Evidence, ...]:
    """What each reviewer's word on the pull request comes to; one refusal when it cannot approve anything, whoever reviews."""
    where = f"Pull request {called(record.before.number, terms)}"
    if (against := against_pull_request(record, terms)) is not None:
        return (_declined(f"{where} {against}."),)
    evidence = (*_of_reviewers(record, terms), *_of_strangers(record, terms))
    return evidence or (_declined(f"{where} has no review of a reviewer yet."),)


def _of_reviewers(record: PullRequestRecord, terms: ReviewTerms) -> Iterator[Evidence]:
    for person in terms.environment.reviewers:
        deciding = [one for one in record.reviews if _is_by(one.reviewer, person) and one.state in _DECIDING]
        if deciding:
            yield _judged(max(deciding, key=lambda review: review.id), person, record, terms)
        elif _has_commented(person, record):
            where = called(record.before.number, terms)
            yield _declined(f"{named(person.forgejo_login)} commented on {where}, and only an approving review counts.")


def _has_commented(person: Person, record: PullRequestRecord) -> bool:
    reviewed = any(_is_by(one.reviewer, person) and one.state is ReviewState.COMMENT for one in record.reviews)
    return reviewed or any(_is_by(one.user, person) and one.kind is EventKind.COMMENT for one in record.events)


def _of_strangers(record: PullRequestRecord, terms: ReviewTerms) -> Iterator[Evidence]:
    """Approvals of those who are no reviewers, so that somebody who counts on one is told."""
    strangers = {
        review.reviewer.id: review.reviewer
        for review in record.reviews
        if review.reviewer is not None
        and review.state is ReviewState.APPROVED
        and not any(_is_by(review.reviewer, person) for person in terms.environment.reviewers)
    }
    for stranger in islice(strangers.values(), _MOST_STRANGERS):
        login = stranger.login.lower()
        same = next((one for one in terms.environment.reviewers if one.forgejo_login.lower() == login), None)
        known = "" if same is None else f"; the reviewer of that login has the id {same.forgejo_id}"
        yield _declined(
            f"{named(stranger.login)} (Forgejo id {stranger.id}), who approved {called(record.before.number, terms)}, is no "
            f"reviewer of the environment {named(terms.environment.name)}{known}."
        )


def _judged(review: Review, person: Person, record: PullRequestRecord, terms: ReviewTerms) -> Evidence:
    pull, repository = record.before, terms.environment.repository
    against = (
        _against_reviewer(person, record)
        or _against_review(review, pull, terms)
        or _against_order(review, person, record)
    )
    if against is not None:
        where = called(pull.number, terms)
        return _declined(f"The review {review.id} of {named(person.forgejo_login)} on {where} {against}.")
    return Approval(
        forgejo_id=person.forgejo_id,
        login=person.forgejo_login,
        kind=EvidenceKind.REVIEW,
        reference=f"{terms.instance} {repository.name} ({repository.id}) pull request {pull.number} review {review.id}",
        facts=(
            ("instance", terms.instance),
            ("repository", f"{repository.name} ({repository.id})"),
            ("pull request", str(pull.number)),
            ("review", str(review.id)),
            ("commit", review.commit),
            ("submitted", datetime.fromtimestamp(review.submitted, UTC).isoformat()),
        ),
    )


def _against_review(review: Review, pull: PullRequest, terms: ReviewTerms) -> str | None:
    """What is wrong with the review itself: the latest deciding one of its reviewer. The state alone proves nothing."""
    if review.state is not ReviewState.APPROVED:
        return "asks for changes"
    if review.is_dismissed:
        return "was dismissed"
    if review.commit != pull.head_commit:
        return f"is of the commit {named(review.commit)}, and the head is {pull.head_commit} now"
    if review.is_stale:
        return "is stale: what the pull request changes is no longer what was reviewed"
    if not review.is_official:
        return "is not official: the server does not count it for the branch, or asked for another review of the same reviewer"
    if review.submitted < terms.plan_created - FORGIVEN_SKEW:
        return f"is {duration(terms.plan_created - review.submitted)} older than the plan"
    return None


def _against_reviewer(person: Person, record: PullRequestRecord) -> str | None:
    if _is_by(record.before.poster, person):
        return "is by the one who opened the pull request"
    if any(_is_by(push.user, person) for push in pushes_of(record)):
        return "is by one who pushed to the pull request"
    return None


def _against_order(review: Review, person: Person, record: PullRequestRecord) -> str | None:
    """Retargeting leaves a review official and not stale, and so does a push that is taken back, so events after it count."""
    own = [
        event.id
        for event in record.events
        if event.kind is EventKind.REVIEW and event.review_id == review.id and _is_by(event.user, person)
    ]
    if not own:
        return "is missing from the pull request's timeline"
    later = {event.kind for event in record.events if event.id > min(own)}
    if EventKind.RETARGET in later:
        return "was given before the pull request's target branch was changed"
    if EventKind.PUSH in later:
        return "was given before the last push to the pull request"
    return None


def _is_by(user: ServerUser | None, person: Person) -> bool:
    return user is not None and user.id == person.forgejo_id


def _declined(reason: str) -> Declined:
    return Declined(kind=EvidenceKind.REVIEW, reason=reason)

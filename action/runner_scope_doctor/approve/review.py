"""Evidence by a review on the server: a reviewer approved a pull request that adds the plan's digest and nothing else.

Believed is only what the server's API tells the host's own token, and only when it tells it whole. Trouble of any kind is a
refusal with its reason.
"""

from __future__ import annotations

from runner_scope_doctor.approve.evidence import Evidence
from runner_scope_doctor.approve.pull_request_rules import ReviewTerms, called, concerns
from runner_scope_doctor.approve.review_rules import judged_reviews
from runner_scope_doctor.forgejo.client import ApiClient
from runner_scope_doctor.forgejo.pull_requests import (
    files_of_each,
    open_pull_requests,
    read_pull_request,
    read_repository,
)
from runner_scope_doctor.forgejo.target import RepositoryList, repository_list
from runner_scope_doctor.model.approval import Declined
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.host import EvidenceKind, HostConfiguration, environment_named
from runner_scope_doctor.model.plan import Plan
from runner_scope_doctor.model.wording import named


def review_evidence(
    client: ApiClient, plan: Plan, digest: str, configuration: HostConfiguration
) -> tuple[Evidence, ...]:
    """What the open pull requests of the environment's repository say of the plan, by their reviews as they are now.

    `digest` is the plan's, 64 lower-case hex digits. Empty when the plan's environment takes no reviews. What the API refuses,
    garbles or does not give in time becomes `Declined`. Raises SettingsInvalid when the configuration names a repository as
    Forgejo would not.
    """
    environment = None if plan.environment is None else environment_named(configuration, plan.environment)
    if environment is None or EvidenceKind.REVIEW not in environment.evidence:
        return ()
    terms = ReviewTerms(
        instance=configuration.instance, environment=environment, digest=digest, plan_created=plan.created
    )
    repository = repository_list(environment.repository.name)
    try:
        return _evidence(client, repository, terms)
    except SourceUnavailable as error:
        return (_declined(f"The reviews of {named(environment.repository.name)} cannot be judged: {_sentence(error)}"),)


def _evidence(client: ApiClient, repository: RepositoryList, terms: ReviewTerms) -> tuple[Evidence, ...]:
    wanted = terms.environment.repository
    found = read_repository(client, repository)
    if (found.id, f"{found.owner_name}/{found.name}") != (wanted.id, wanted.name):
        there = f"{named(f'{found.owner_name}/{found.name}')} (id {found.id})"
        return (
            _declined(
                f"The server has {there} in the place of the environment's repository {named(wanted.name)} (id {wanted.id}): "
                "it was renamed, transferred or made anew."
            ),
        )
    evidence: list[Evidence] = []
    files = files_of_each(client, repository, open_pull_requests(client, repository))
    for number in sorted(files):
        changed = files[number]
        if isinstance(changed, SourceUnavailable):
            evidence.append(_unreadable(number, changed, terms))
        elif concerns(changed, terms):
            evidence += _of_pull_request(client, repository, number, terms)
    if evidence:
        return tuple(evidence)
    return (
        _declined(
            f"No open pull request of {named(wanted.name)} adds {terms.file}; a closed or merged one does not count."
        ),
    )


def _of_pull_request(
    client: ApiClient, repository: RepositoryList, number: int, terms: ReviewTerms
) -> tuple[Evidence, ...]:
    try:
        return judged_reviews(read_pull_request(client, repository, number), terms)
    except SourceUnavailable as error:
        return (_unreadable(number, error, terms),)


def _unreadable(number: int, error: SourceUnavailable, terms: ReviewTerms) -> Declined:
    return _declined(f"Pull request {called(number, terms)} cannot be judged: {_sentence(error)}")


def _sentence(error: SourceUnavailable) -> str:
    """What went wrong, ending as a sentence does also where it ends with the server's own words."""
    return error.problem if error.problem.endswith((".", '."')) else f"{error.problem}."


def _declined(reason: str) -> Declined:
    return Declined(kind=EvidenceKind.REVIEW, reason=reason)

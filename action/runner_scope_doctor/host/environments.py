"""`environments`: who must approve what, by which evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from runner_scope_doctor.host.grammar import (
    MOST_PEOPLE,
    branch_problem,
    environment_problem,
    full_ref,
    workflow_problem,
)
from runner_scope_doctor.host.values import is_true, self_review
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.host import (
    Environment,
    EvidenceKind,
    EvidenceRule,
    Person,
    SelfReview,
    WorkflowRepository,
)
from runner_scope_doctor.model.wording import counted_noun, named
from runner_scope_doctor.yaml_tree.fields import (
    duration_in_seconds,
    fields,
    id_number,
    line_text,
    sequence,
    text,
    unknown_word,
    whole_number,
)
from runner_scope_doctor.yaml_tree.tree import Mapping, Node, refused
from runner_scope_doctor.yaml_tree.words import repository_problem

_REQUIRED = ("repository", "workflow", "deployment_branches", "reviewers", "evidence")
_OPTIONAL = ("required_approvals", "prevent_self_review", "plan_valid_for", "require_all")


class Presence(Enum):
    """Whether the file has a key without which some kind of evidence cannot be judged."""

    NAMED = "named"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the rest of the file says that holds for an environment too. `plan_valid_for` is in seconds; `signers` and
    `api` are whether there are `allowed_signers` and `api`."""

    people: tuple[Person, ...]
    self_review: SelfReview
    plan_valid_for: int
    signers: Presence
    api: Presence


def environments_of(node: Node | None, surroundings: Surroundings) -> tuple[Environment, ...]:
    """The environments in the order of the file, none when the key is not there.

    Raises SettingsInvalid for the first thing that is wrong, also for a reviewer who is none of the people.
    """
    if node is None:
        return ()
    if not isinstance(node, Mapping):
        raise refused(node.location, node.key, "must be environments by name, such as `deploy-runner-repair:`.")
    if not node.entries:
        raise refused(node.location, node.key, "there is none; add an environment or leave the key out.")
    names = [
        line_text(name, "the name of an environment", environment_problem, "such as deploy-runner-repair")
        for name, _ in node.entries
    ]
    return tuple(_environment(name, value, surroundings) for name, (_, value) in zip(names, node.entries, strict=True))


def _environment(name: str, node: Node, surroundings: Surroundings) -> Environment:
    entry = fields(node, required=_REQUIRED, optional=_OPTIONAL)
    reviewers = _reviewers(entry["reviewers"], surroundings.people)
    valid_for = entry.get("plan_valid_for")
    return Environment(
        name=name,
        repository=_repository(entry["repository"]),
        workflow=line_text(
            entry["workflow"], "a workflow's path", workflow_problem, "such as .forgejo/workflows/scope-repair.yml"
        ),
        deployment_refs=_deployment_refs(entry["deployment_branches"]),
        reviewers=reviewers,
        required_approvals=_required_approvals(entry.get("required_approvals"), len(reviewers)),
        self_review=self_review(entry.get("prevent_self_review"), otherwise=surroundings.self_review),
        plan_valid_for=surroundings.plan_valid_for if valid_for is None else duration_in_seconds(valid_for),
        evidence=_evidence(entry["evidence"], surroundings),
        evidence_rule=_evidence_rule(entry.get("require_all")),
    )


def _repository(node: Node) -> WorkflowRepository:
    entry = fields(node, required=("id", "name"), optional=())
    name = line_text(entry["name"], "owner/name", repository_problem, "write owner/name, without the server's address")
    return WorkflowRepository(id=id_number(entry["id"]), name=name)


def _deployment_refs(node: Node) -> tuple[str, ...]:
    items = sequence(node, "a list of branches, such as [main]")
    if not items:
        raise refused(node.location, node.key, "an empty list allows no branch; name the protected one.")
    refs: list[str] = []
    for item in items:
        ref = full_ref(line_text(item, "a branch", branch_problem, "such as main or refs/heads/main"))
        if ref in refs:
            raise refused(item.location, item.key, f"branch {named(ref)} stands twice; keep one of them.")
        refs.append(ref)
    return tuple(refs)


def _reviewers(node: Node, people: tuple[Person, ...]) -> tuple[Person, ...]:
    items = sequence(node, "a list of Forgejo logins that stand under people")
    if not items:
        raise refused(node.location, node.key, "the list is empty, so nobody could ever approve; name a reviewer.")
    by_login = {person.forgejo_login: person for person in people}
    reviewers: list[Person] = []
    for item in items:
        login = text(item, "a Forgejo login that stands under people")
        if login not in by_login:
            raise _unknown_reviewer(item, login, tuple(by_login))
        if by_login[login] in reviewers:
            raise refused(item.location, item.key, f"reviewer {named(login)} stands twice; keep one of them.")
        reviewers.append(by_login[login])
    return tuple(reviewers)


def _unknown_reviewer(node: Node, login: str, logins: tuple[str, ...]) -> SettingsInvalid:
    if not logins:
        return refused(
            node.location, node.key, f"{named(login)} is nobody yet; add the key people and name them there."
        )
    return unknown_word(node, login, logins)


def _required_approvals(node: Node | None, reviewers: int) -> int:
    if node is None:
        return 1
    number = whole_number(node, largest=MOST_PEOPLE)
    if number > reviewers:
        raise refused(
            node.location,
            node.key,
            f"{counted_noun(number, 'approval')} can never come from {counted_noun(reviewers, 'reviewer')}.",
        )
    return number


def _evidence(node: Node, surroundings: Surroundings) -> tuple[EvidenceKind, ...]:
    words = tuple(kind.value for kind in EvidenceKind)
    items = sequence(node, f"a list of one or more of {', '.join(words)}")
    if not items:
        raise refused(node.location, node.key, f"the list is empty; name one or more of {', '.join(words)}.")
    kinds: list[EvidenceKind] = []
    for item in items:
        word = text(item, f"one of {', '.join(words)}")
        if word not in words:
            raise unknown_word(item, word, words)
        if EvidenceKind(word) in kinds:
            raise refused(item.location, item.key, f"{word} stands twice; keep one of them.")
        if (key := _missing_key(EvidenceKind(word), surroundings)) is not None:
            raise refused(item.location, item.key, f"{word} needs the key {key} at the top of the file.")
        kinds.append(EvidenceKind(word))
    return tuple(kinds)


def _missing_key(kind: EvidenceKind, surroundings: Surroundings) -> str | None:
    """The key without which this kind can never be judged; None when nothing is missing."""
    match kind:
        case EvidenceKind.SIGNATURE if surroundings.signers is Presence.MISSING:
            return "allowed_signers"
        case EvidenceKind.REVIEW if surroundings.api is Presence.MISSING:
            return "api"
        case _:
            return None


def _evidence_rule(node: Node | None) -> EvidenceRule:
    return EvidenceRule.EVERY_KIND if node is not None and is_true(node) else EvidenceRule.ANY_KIND

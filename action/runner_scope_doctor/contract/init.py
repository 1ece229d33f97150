"""A first contract from what a server has now. It blesses nothing: a sick row is refused, not written down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from runner_scope_doctor.contract.grammar import MOST_BYTES, MOST_RUNNERS, label_problem
from runner_scope_doctor.contract.write import Entry, contract_lines, quoted
from runner_scope_doctor.model.errors import ContractRefused
from runner_scope_doctor.model.finding import FindingKind
from runner_scope_doctor.model.runner import (
    Absent,
    NotANumber,
    ObservedOwner,
    ObservedRepository,
    ObservedRunner,
    UnreadableLabels,
    counted,
    has_never_declared,
    has_raw_labels,
    is_combined,
    is_live,
)
from runner_scope_doctor.model.scope import InstanceScope, OwnerScope, RepositoryScope, Scope
from runner_scope_doctor.model.snapshot import Coverage, Snapshot
from runner_scope_doctor.model.wording import counted_noun, row_line
from runner_scope_doctor.yaml_tree.words import (
    LARGEST_ID,
    instance_problem,
    line_problem,
    owner_problem,
    repository_problem,
)

_SHOWN_REASONS = 20
_SHOWN_LABELS = 5
_SHOWN_NAMES = 5
_LONGEST_LABEL = 60
_NO_ID = "is no id; delete the runner in Forgejo and register it again."
_CHECK_TELLS = "`runner-scope-doctor check` says how to repair it."
_AGAIN = "then run `runner-scope-doctor contract init` again."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """What the rows' ids point at; an id in neither was not looked at."""

    owners: dict[int, ObservedOwner | Absent]
    repositories: dict[int, ObservedRepository | Absent]


def contract_text(snapshot: Snapshot) -> str:
    """A contract that declares every live runner of the snapshot but ephemeral ones, which are gone after one job.

    Raises ContractRefused when the snapshot does not hold every row, has no such runner, has more than a contract may
    hold, or has a row that no contract should declare: its `reasons` then name each such row and the way out.
    """
    if snapshot.coverage is not Coverage.ALL:
        raise _refused("Only a part of the runner table was looked at.", "Give a database or an administrator's token,")
    live = [runner for runner in snapshot.runners if is_live(runner)]
    lasting = _lasting(snapshot)
    if not lasting:
        raise _refused("There is no live runner to declare.", "Register a runner,")
    if len(lasting) > MOST_RUNNERS:
        raise _too_many(len(lasting))
    holders = Counter(runner.name for runner in live)
    return _text(snapshot, _entries(lasting, holders, snapshot), left_out=len(live) - len(lasting))


def labels_warning(snapshot: Snapshot) -> str | None:
    """What `check` says of runners of that contract whose service has yet to declare their labels, and it says so whatever
    labels the contract asks for; None when there is none. One sentence on one line."""
    lasting = _lasting(snapshot)
    held = [
        f"{kind.value} against {_listed(names)}"
        for kind, applies in (
            (FindingKind.NEVER_DECLARED, has_never_declared),
            (FindingKind.LABELS_RAW, has_raw_labels),
        )
        if (names := [quoted(runner.name) for runner in lasting if applies(runner)])
    ]
    if not held:
        return None
    return (
        f"`runner-scope-doctor check` finds {' and '.join(held)} by this contract until the service of each has "
        "restarted and declared its labels."
    )


def _lasting(snapshot: Snapshot) -> list[ObservedRunner]:
    """Live runners but ephemeral ones, in the order of the file."""
    live = (runner for runner in snapshot.runners if is_live(runner))
    return sorted((runner for runner in live if not runner.ephemeral), key=lambda runner: (runner.name, runner.id))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return ", ".join(names[:_SHOWN_NAMES]) + more


def _entries(runners: list[ObservedRunner], holders: Counter[str], snapshot: Snapshot) -> tuple[Entry, ...]:
    places = _Places(
        owners={owner.id: owner for owner in snapshot.owners},
        repositories={repository.id: repository for repository in snapshot.repositories},
    )
    entries: list[Entry] = []
    reasons: list[tuple[int, str]] = []
    for runner in runners:
        scope = _scope(runner, places)
        wrong = [*_name_reasons(runner, holders[runner.name]), *([scope] if isinstance(scope, str) else [])]
        reasons += [(runner.id, f"{row_line(runner)}: {reason}") for reason in wrong]
        if not isinstance(scope, str):
            labels, remark = _labels(runner)
            entries.append(Entry(name=runner.name, scope=scope, labels=labels, remark=remark))
    if reasons:
        raise _sick(tuple(reason for _, reason in sorted(reasons)))
    return tuple(entries)


def _text(snapshot: Snapshot, entries: tuple[Entry, ...], *, left_out: int) -> str:
    instance = snapshot.server.instance
    if instance is not None and instance_problem(instance) is not None:
        instance = None
    header = [
        f"What {counted_noun(len(entries), 'live runner')} had when `runner-scope-doctor contract init` looked.",
        "It says what is, not what should be: read every scope before you commit this file.",
        "Each entry may add `online_within: 10m` and `max_wait: 15m`; docs/contract.md explains the keys.",
    ]
    if left_out:
        header.append(
            f"{counted_noun(left_out, 'ephemeral runner')} not declared: such a runner is gone after one job."
        )
    if (warning := labels_warning(snapshot)) is not None:
        header.append(warning)
    text = "\n".join(contract_lines(instance, entries, tuple(header))) + "\n"
    if len(text.encode()) > MOST_BYTES:
        raise _too_many(len(entries))
    return text


def _name_reasons(runner: ObservedRunner, holders: int) -> Iterator[str]:
    if (problem := line_problem(runner.name)) is not None:
        yield f"its name {problem}; register the runner again under another name."
    if holders > 1:
        yield f"{holders} live rows have this name; delete all but one in Forgejo, or register them under other names."


def _scope(runner: ObservedRunner, places: _Places) -> Scope | str:
    """The row's scope, or the sentence that says why it has none and what to do."""
    owner_id, repo_id = counted(runner.owner_id), counted(runner.repo_id)
    if isinstance(owner_id, NotANumber) or not 0 <= owner_id <= LARGEST_ID:
        return f"owner_id {_NO_ID}"
    if isinstance(repo_id, NotANumber) or not 0 <= repo_id <= LARGEST_ID:
        return f"repo_id {_NO_ID}"
    if is_combined(runner):
        return f"an owner and a repository at once are no scope; {_CHECK_TELLS}"
    if repo_id:
        return _repository_scope(repo_id, places)
    return _owner_scope(owner_id, places) if owner_id else InstanceScope()


def _repository_scope(repo_id: int, places: _Places) -> Scope | str:
    match places.repositories.get(repo_id):
        case None:
            return f"repository {repo_id} was not looked at; give a source that can read the table `repository`."
        case Absent():
            return f"repository {repo_id} does not exist; delete the runner in Forgejo."
        case ObservedRepository(owner_name=None, owner_id=owner_id):
            return f"the owner {owner_id} of repository {repo_id} does not exist; delete the runner in Forgejo."
        case ObservedRepository(owner_name=owner_name, name=repository_name):
            name = f"{owner_name}/{repository_name}"
            return RepositoryScope(name=None if repository_problem(name) else name, id=repo_id)


def _owner_scope(owner_id: int, places: _Places) -> Scope | str:
    match places.owners.get(owner_id):
        case None:
            return f"owner {owner_id} was not looked at; give a source that can read the table `user`."
        case Absent():
            return f"owner {owner_id} does not exist; delete the runner in Forgejo, or register it again."
        case ObservedOwner(name=name, kind=kind):
            return OwnerScope(kind=kind, name=None if owner_problem(name) else name, id=owner_id)


def _labels(runner: ObservedRunner) -> tuple[tuple[str, ...], str | None]:
    """The labels a contract may ask for, and the remark about those it may not."""
    match runner.labels:
        case None:
            return (), "This runner has never declared labels."
        case UnreadableLabels():
            return (), "The labels of this runner are not a list of texts in the database."
        case labels:
            kept = tuple(dict.fromkeys(label for label in labels if label_problem(label) is None))
            dropped = [quoted(label[:_LONGEST_LABEL]) for label in labels if label_problem(label) is not None]
    if not dropped:
        return kept, None
    more = f" and {len(dropped) - _SHOWN_LABELS} more" if len(dropped) > _SHOWN_LABELS else ""
    return kept, (
        f"Left out, no label that jobs match: {', '.join(dropped[:_SHOWN_LABELS])}{more}. "
        "A restart of the runner declares its labels again."
    )


def _refused(problem: str, way_out: str) -> ContractRefused:
    return ContractRefused(problem, next_step=f"{way_out} {_AGAIN}", reasons=())


def _too_many(count: int) -> ContractRefused:
    return ContractRefused(
        f"{count} live runners are more than a contract holds ({MOST_RUNNERS} runners, {MOST_BYTES} bytes).",
        next_step="Declare by hand the runners that matter, and write `undeclared: ignore`.",
        reasons=(),
    )


def _sick(reasons: tuple[str, ...]) -> ContractRefused:
    more = f" And {len(reasons) - _SHOWN_REASONS} more." if len(reasons) > _SHOWN_REASONS else ""
    return ContractRefused(
        f"No contract is written, because rows of the server are sick: {' '.join(reasons[:_SHOWN_REASONS])}{more}",
        next_step=f"Do for each row what is said behind it, {_AGAIN}",
        reasons=reasons,
    )

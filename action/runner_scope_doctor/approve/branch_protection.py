"""Who can bring a commit to a branch, by the rules the server keeps for it. Pure.

Forgejo takes the first rule that fits, names before patterns and names without regard to case
(`models/git/protected_branch_list.go`). A push passes by `CanUserPush`, by a key or by touching open files only; a merge
in the browser or over the API passes by `IsUserMergeWhitelisted`, which without a list is every writer
(`routers/private/hook_pre_receive.go`). So a branch is protected here when each of these ways is shut to everybody but the
reviewers. Approvals that a rule requires do not count: they outlive a change of the base branch.
"""

from __future__ import annotations

from collections.abc import Sequence

from runner_scope_doctor.approve.dispatch_record import MOST_RULES, BranchRule
from runner_scope_doctor.model.host import Person
from runner_scope_doctor.model.wording import named

_HEADS = "refs/heads/"
_PATTERN_SIGNS = frozenset("*?\\[]{},!")
"""With one of them in it Forgejo takes a rule's name for a pattern (`gobwas/glob`, syntax.Special)."""


def protection_problem(ref: str, rules: Sequence[BranchRule], reviewers: Sequence[Person]) -> str | None:
    """Why others than the reviewers could change what stands at the ref; None when they cannot.

    The text completes "The dispatch run x …".
    """
    branch = ref.removeprefix(_HEADS)
    if not ref.startswith(_HEADS) or not branch:
        return f"was made on {named(ref)}, which is no branch, so that no rule protects it"
    if _PATTERN_SIGNS & set(branch):
        return (
            f"was made on {named(branch)}, in whose name a sign of patterns stands, so that no rule can name it alone"
        )
    if len(rules) > MOST_RULES:
        return f"belongs to a repository with more than {MOST_RULES} rules for branches; not all were read"
    fitting = [rule for rule in rules if rule.name.casefold() == branch.casefold()]
    if len(fitting) > 1:
        return f"was made on {named(branch)}, for which there are rules that differ in upper and lower case only"
    if not fitting or fitting[0].name != branch:
        return f"was made on {named(branch)}, for which the server has no protection rule of exactly that name"
    gap = _gap(fitting[0], frozenset(person.forgejo_id for person in reviewers))
    return None if gap is None else f"was made on {named(branch)}, which is not protected against others: {gap}"


def _gap(rule: BranchRule, reviewers: frozenset[int]) -> str | None:
    """The first way that is open to somebody else."""
    if rule.open_files.strip("; \t\r\n"):
        return "its rule has unprotected file patterns, and every writer may push such files"
    return _push_gap(rule, reviewers) or _merge_gap(rule, reviewers)


def _push_gap(rule: BranchRule, reviewers: frozenset[int]) -> str | None:
    if rule.allows_push is False:
        return None
    if rule.allows_push is None or rule.limits_pushers is None or rule.allows_keys is None:
        return "its rule holds values that no Forgejo writes"
    if not rule.limits_pushers:
        return "every writer may push to it"
    if rule.allows_keys:
        return "deploy keys may push to it"
    return _list_gap("push to it", rule.pushers, rule.pusher_teams, reviewers)


def _merge_gap(rule: BranchRule, reviewers: frozenset[int]) -> str | None:
    if rule.limits_mergers is None:
        return "its rule holds values that no Forgejo writes"
    if not rule.limits_mergers:
        return "every writer may merge into it; limit merges to the reviewers"
    return _list_gap("merge into it", rule.mergers, rule.merger_teams, reviewers)


def _list_gap(
    act: str, users: tuple[int, ...] | None, teams: tuple[int, ...] | None, reviewers: frozenset[int]
) -> str | None:
    if users is None or teams is None:
        return f"the list of who may {act} cannot be read"
    if teams:
        return f"a team may {act}, whose members others decide"
    others = [user for user in users if user not in reviewers]
    return f"the user with the id {others[0]} may {act} and is no reviewer" if others else None

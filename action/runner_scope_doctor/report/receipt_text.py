"""A receipt for people."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.model.plan import Direction
from runner_scope_doctor.model.receipt import ChangedRows, Receipt
from runner_scope_doctor.model.server import FIRST_MAJOR_REJECTING_COMBINED_SCOPE
from runner_scope_doctor.model.wording import counted_noun, moment, named


def receipt_lines(receipt: Receipt) -> Iterator[str]:
    """Everything a person wants to know of it; unescaped."""
    plan, verification = receipt.plan, receipt.verification
    yield f"receipt of plan {receipt.digest}"
    yield f"  {plan.direction.value}: runner {plan.before.id} {named(plan.before.name)} of repository {named(plan.repository)}"
    yield f"  owner_id {plan.before.owner_id} -> {plan.after.owner_id}, repo_id stays {plan.after.repo_id}"
    for approval in receipt.approvals:
        facts = "".join(f", {word} {named(fact)}" for word, fact in approval.facts)
        yield f"  approved by {named(approval.login)} (Forgejo user {approval.forgejo_id}): {approval.kind.value}{facts}"
    if (broken := receipt.broken_glass) is not None:
        yield f"  approved by nobody: {named(broken.login)} broke the glass, saying {named(broken.reason)}"
    yield f"  carried out by {named(receipt.carried_out_by)}, begun {moment(receipt.started)}, committed {_committed(receipt)}"
    for statement in receipt.statements:
        yield f"  {_counted(statement)}"
    yield f"  backup {receipt.backup} (sha256 {receipt.backup_sha256})"
    yield f"  verified {moment(verification.verified)}: gone {_codes(verification.gone)}, new {_codes(verification.new)}"
    for note in verification.notes:
        yield f"  note: {note}"


def done_line(receipt: Receipt) -> str:
    """The last line right after the change, where nobody watches its effect: the row is right, and no more is claimed."""
    row, back = receipt.plan.after, _way_back(receipt)
    match receipt.plan.direction:
        case Direction.REPAIR:
            return (
                f"DONE: runner {row.id} belongs to repository {row.repo_id} alone. Nobody watched whether it picks up. "
                f"Next: {see_it_pick_up(receipt)} {back}"
            )
        case Direction.UNDO:
            return f"DONE: runner {row.id} has owner_id {row.owner_id} again, and with it the combined scope. {back}"


def done_before_line(receipt: Receipt) -> str:
    """The last line about a change of earlier on: what the row was then, for somebody may have changed it since."""
    row, back = receipt.plan.after, _way_back(receipt)
    then = moment(receipt.verification.verified)
    match receipt.plan.direction:
        case Direction.REPAIR:
            seen = f"runner {row.id} was repaired, and belonged to repository {row.repo_id} alone at {then}"
        case Direction.UNDO:
            seen = f"runner {row.id} had owner_id {row.owner_id} again, and with it the combined scope, at {then}"
    return f"DONE: {seen}. Next: run the check, which tells how it is now. {back}"


def see_it_pick_up(receipt: Receipt) -> str:
    """What a person does to learn whether a repaired runner picks up, as a sentence."""
    see = "See on the repository's Actions page whether waiting jobs start."
    if receipt.plan.target.major >= FIRST_MAJOR_REJECTING_COMBINED_SCOPE:
        # From that version on the runner exited when its row was refused, and nothing but its host starts it.
        return f"Start the runner's service on its host, if it ended: it stays up now. {see}"
    return see


def _way_back(receipt: Receipt) -> str:
    # An undo is taken back by a repair, which is planned from the check as the first one was.
    undo = receipt.plan.direction is Direction.UNDO
    return f"To take it back: runner-scope-doctor {'plan' if undo else f'undo {receipt.digest}'}"


def _committed(receipt: Receipt) -> str:
    return "at a time that was not noted" if receipt.committed is None else moment(receipt.committed)


def _counted(statement: ChangedRows) -> str:
    if statement.matched is None or statement.changed is None:
        return f"{statement.purpose.value}: what the engine counted is not known"
    return f"{statement.purpose.value}: {counted_noun(statement.matched, 'row')} matched, {statement.changed} changed"


def _codes(codes: tuple[str, ...]) -> str:
    return ", ".join(codes) or "nothing"

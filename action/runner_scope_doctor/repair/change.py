"""From the journal's first word to the commit: a backup, its proof, and the one transaction."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from runner_scope_doctor.database.writing.change import opened_for_repair
from runner_scope_doctor.database.writing.values import (
    Changed,
    ChangeOrder,
    Confirmation,
    Moment,
    NotChanged,
    row_sentence,
)
from runner_scope_doctor.journal.file import append, read_journal
from runner_scope_doctor.journal.standing import standing
from runner_scope_doctor.model.backup import ProvenBackup
from runner_scope_doctor.model.errors import DoctorError, RepairFailed, RepairRefused, RepairUncertain
from runner_scope_doctor.model.journal import AttemptEvent, BackupProven, Failed, Updating
from runner_scope_doctor.model.receipt import ChangedRows
from runner_scope_doctor.model.standing import PerhapsChanged
from runner_scope_doctor.repair.backup import BackupSubject, WrittenBackup, written_backup
from runner_scope_doctor.repair.backups import withdraw
from runner_scope_doctor.repair.checkpoints import Announce, Checkpoint, checkpoint_of
from runner_scope_doctor.repair.identities import Identities, identities
from runner_scope_doctor.repair.ports import ApplyRequest, FindingKey, Ports
from runner_scope_doctor.repair.proof import proven

_UNNOTED = (
    "See to it that the journal can be written, then apply the plan again, which closes its entry, and run the check; "
    "a row that is still sick needs a new plan."
)
_AGAIN = "Apply the plan again; it may be used as long as its approval holds."


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMade:
    """A committed change. `others_before` and `findings_before` are None, and so are the counts of `statements`, when the process
    that saw them died; `committed` is Unix seconds, None when it died before it could note them."""

    statements: tuple[ChangedRows, ...]
    others_before: Identities | None
    findings_before: frozenset[FindingKey] | None
    committed: int | None
    notes: tuple[str, ...]


def changed(request: ApplyRequest, ports: Ports, order: ChangeOrder, attempt: str, at: Announce) -> ChangeMade:
    """Backup, proof, transaction. Returns only when the change is committed.

    Raises RepairRefused when the row was found to be another one, RepairFailed for whatever else ended it before the
    commit, an error of ours included: both are noted, and nothing was changed. Raises RepairUncertain when a commit may
    have happened; then the attempt stays open in the journal.
    """
    progress = _Progress(request, ports, attempt, at)
    try:
        _save(request, ports, progress)
        with ports.reader() as reader:
            others = identities(reader, order.guard.id)
        progress.note(Updating(plan=request.digest, attempt=attempt), Checkpoint.UPDATING)
        with opened_for_repair(ports.repair_address, ports.patience) as access:
            found = access.change(order, at=progress.moment)
    except RepairUncertain:
        raise
    except RepairRefused as error:
        raise progress.ended(error) from error
    except DoctorError as error:
        raise progress.ended(_as_failed(error)) from error
    except (Exception, KeyboardInterrupt) as error:
        raise progress.broken_off(error) from error
    if isinstance(found, NotChanged):
        raise progress.ended(
            RepairRefused(row_sentence(found.row, order), next_step="Run the check, then plan again if it is sick.")
        )
    return _made(found, others, ports.now())


def _save(request: ApplyRequest, ports: Ports, progress: _Progress) -> ProvenBackup:
    subject = BackupSubject(
        identity=ports.identity(), forgejo=request.plan.target.forgejo, plan=request.digest, scope=request.scope
    )
    with ports.backup_reader() as reader:
        written = written_backup(reader, subject, request.places.backups, now=ports.now())
    progress.wrote(written)
    backup = proven(request.places.backups, written)
    saved = backup.backup
    event = BackupProven(plan=request.digest, attempt=progress.attempt, backup=saved.name, sha256=saved.sha256)
    progress.note(event, Checkpoint.BACKUP_PROVEN)
    return backup


def _made(found: Changed, others: Identities, now: int) -> ChangeMade:
    looked_up = found.confirmation is Confirmation.LOOKED_UP
    note = "The answer to the commit was lost; the change was found on a fresh connection."
    return ChangeMade(
        statements=found.statements,
        others_before=others,
        findings_before=None,
        committed=now,
        notes=(note,) if looked_up else (),
    )


class _Progress:
    """How far an attempt has come, for the journal and for whoever watches."""

    def __init__(self, request: ApplyRequest, ports: Ports, attempt: str, at: Announce) -> None:
        self.attempt = attempt
        self._request = request
        self._now: Callable[[], int] = ports.now
        self._at = at
        self._commit_sent = False
        self._update_noted = False
        self._written: WrittenBackup | None = None

    def wrote(self, backup: WrittenBackup) -> None:
        """The backup's file is there, and is not proven yet."""
        self._written = backup
        self._at(Checkpoint.BACKUP_WRITTEN)

    def note(self, event: AttemptEvent, checkpoint: Checkpoint) -> None:
        """Journal first: what is not on the disk has not been reached. What failed to be noted may be on it all the same."""
        self._update_noted = self._update_noted or isinstance(event, Updating)
        append(self._request.places.journal, event, at=self._now())
        self._at(checkpoint)

    def moment(self, moment: Moment) -> None:
        """A moment of the transaction; a retry begins it again."""
        self._at(checkpoint_of(moment))
        self._commit_sent = moment in (Moment.COMMITTING, Moment.COMMITTED)

    def ended(self, error: RepairRefused | RepairFailed) -> RepairRefused | RepairFailed | RepairUncertain:
        """Notes that nothing was changed, and gives the error to raise. An attempt that never sent COMMIT then takes its own
        backup away: nobody needs it, and a timer that fails each minute would fill the disk with its like."""
        raised = self._closed(error)
        if raised is error and self._written is not None and not self._commit_sent:
            try:
                with suppress(DoctorError):  # it stays then, for `backups prune`
                    withdraw(self._request.places.backups, self._written)
            except KeyboardInterrupt as interruption:
                raise raised from interruption  # the attempt has ended all the same, and so does whoever began it
        return raised

    def _closed(self, error: RepairRefused | RepairFailed) -> RepairRefused | RepairFailed | RepairUncertain:
        """Notes that nothing was changed. Where that cannot be noted once an update was begun, the journal leaves open what
        became of it, and the plan can no longer be used."""
        event = Failed(plan=self._request.digest, attempt=self.attempt, reason=error.problem)
        try:
            append(self._request.places.journal, event, at=self._now())
        except DoctorError as unwritten:
            said = f"{error.problem} That could not be noted: {unwritten.problem}"
            if self._left_open():
                return RepairUncertain(
                    f"{said} So the journal leaves open whether the row was changed.", next_step=_UNNOTED
                )
            return type(error)(said, next_step=error.next_step)
        return error

    def _left_open(self) -> bool:
        """Whether the journal as it is says that the row may have been changed, or cannot be asked."""
        try:
            where = standing(read_journal(self._request.places.journal), self._request.digest)
        except DoctorError:
            return self._update_noted
        return isinstance(where, PerhapsChanged)

    def broken_off(self, error: BaseException) -> DoctorError:
        """The error to raise for one that is not ours: an interruption, or a fault of this tool. Its backup stays."""
        what = (
            "interrupted" if isinstance(error, KeyboardInterrupt) else f"an unexpected error ({type(error).__name__})"
        )
        if self._commit_sent:
            return RepairUncertain(
                f"The repair was broken off while it was committed: {what}.",
                next_step="Apply the plan again, which looks the outcome up.",
            )
        return self._closed(RepairFailed(f"The repair was broken off before its commit: {what}.", next_step=_AGAIN))


def _as_failed(error: DoctorError) -> RepairFailed:
    if isinstance(error, RepairFailed):
        return error
    return RepairFailed(f"{error.problem} Nothing was changed.", next_step=error.next_step)

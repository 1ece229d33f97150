"""RSD016: secrets or variables with both ids set. Reported, never touched."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import SHOWN, Case, more_than_shown
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.snapshot import CombinedValue, StoredValueKind
from runner_scope_doctor.model.wording import counted_noun, named

_WORDS = {StoredValueKind.SECRET: "secret", StoredValueKind.VARIABLE: "variable"}
_FIRST_MAJOR_HIDING_SECRETS = 9
"""Since 9 a repository's secrets are looked up with owner_id 0 (Forgejo 6844258c67, `models/secret/secret.go`). Before,
they were found by either id. Variables were always looked up by both (`models/actions/variable.go`)."""
_HIDDEN = "No job and no page sees them: they are silently lost."
_SECRETS_UP_TO_8 = (
    "Up to Forgejo 8 they reach not only their repository's jobs but those of every repository of that owner; from 9 on no "
    "job and no page sees them."
)
_CREATED_AGAIN = "Create each of them again on its repository's settings page; leave the old rows alone."
_DELETED_FIRST = (
    "On Forgejo 7 and 8 delete each of them on its repository's settings page and create it there again; from 9 on create "
    "it again and leave the old row alone."
)
"""Up to 8 creating a name again only updates the combined row, which is found by its repository."""


def find(case: Case) -> Iterator[Finding]:
    """One warning for each of the two tables that has such rows."""
    for kind in StoredValueKind:
        values = [value for value in case.snapshot.combined_values if value.kind is kind]
        if values:
            yield _finding(kind, values, case.rules_of)


def _finding(kind: StoredValueKind, values: list[CombinedValue], rules_of: int | None) -> Finding:
    word = _WORDS[kind]
    evidence = [
        f"{word} {value.id} {named(value.name)} owner_id={value.owner_id} repo_id={value.repo_id}"
        for value in values[:SHOWN]
    ]
    shared = kind is StoredValueKind.SECRET and (rules_of is None or rules_of < _FIRST_MAJOR_HIDING_SECRETS)
    return Finding(
        kind=FindingKind.COMBINED_VALUE,
        severity=Severity.WARNING,
        message=f"{counted_noun(len(values), word)} {'has' if len(values) == 1 else 'have'} both an owner and a repository",
        meaning=_SECRETS_UP_TO_8 if shared else _HIDDEN,
        remedy=_DELETED_FIRST if shared else _CREATED_AGAIN,
        evidence=(*evidence, *more_than_shown(len(values))),
    )

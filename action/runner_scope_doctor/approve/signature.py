"""Evidence by an SSH signature over the plan's bytes. `ssh-keygen` judges keys, validity, namespaces and revocation.

It is asked about each principal of the host's people, one by one, so that who may sign is never read out of its words.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from runner_scope_doctor.approve.armor import NotASignature, SshSignature, ssh_signature
from runner_scope_doctor.approve.evidence import Evidence
from runner_scope_doctor.approve.namespace import NAMESPACE, SIGN_COMMAND
from runner_scope_doctor.approve.signers import Signers, pattern_for, trusted_signers
from runner_scope_doctor.approve.ssh_keygen import Answer, Shown, Unanswered, answer, shown
from runner_scope_doctor.files.beginning import beginning_of
from runner_scope_doctor.files.reason import reason
from runner_scope_doctor.model.approval import Approval, Declined
from runner_scope_doctor.model.host import EvidenceKind, HostConfiguration, Person
from runner_scope_doctor.model.wording import named

LARGEST_SIGNATURE = 1 << 16
"""Bytes. A certificate for the largest RSA key, signed by another such key, takes about 10,000."""
_GOOD = re.compile(rf'Good "{NAMESPACE}" signature with [A-Za-z0-9-]+ key (SHA256:[A-Za-z0-9+/]{{43}})\n')
_MOST_NAMES = 3


class _DoesNotCount(Exception):
    """The text completes "The signature x …"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One signature before `ssh-keygen`, with everything it may look at. `key` is the key's fingerprint."""

    plan: bytes
    given: SshSignature
    signature: Shown
    allowed: Shown
    revoked: Shown | None
    signers: Signers
    configuration: HostConfiguration
    key: str


def signature_evidence(
    plan_bytes: bytes, signature: Path | bytes, configuration: HostConfiguration, *, operator: int
) -> Evidence:
    """Whose signature over exactly these bytes it is, by the host's allowed signers and at this moment.

    `signature` is a file of `ssh-keygen -Y sign`, anybody's, or its content. `operator` is the user id that beside root
    may own the allowed signers and the revoked keys. `Declined` says why for every signature that does not count.
    Raises SettingsInvalid when those files are missing or loose, RepairRefused when there is no `ssh-keygen`.
    """
    signers = trusted_signers(configuration, operator=operator)
    called = "The signature" if isinstance(signature, bytes) else f"The signature {named(str(signature))}"
    try:
        given = ssh_signature(_content(signature))
        if given.namespace != NAMESPACE:
            raise _DoesNotCount(f"was made for {named(given.namespace)}; a plan is signed with `{SIGN_COMMAND}`")
        return _judged(plan_bytes, given, signers, configuration)
    except (NotASignature, Unanswered, _DoesNotCount) as error:
        return Declined(kind=EvidenceKind.SIGNATURE, reason=f"{called} {error}.")


def _content(signature: Path | bytes) -> bytes:
    try:
        content = signature if isinstance(signature, bytes) else beginning_of(signature, LARGEST_SIGNATURE + 1)
    except (OSError, ValueError) as error:
        raise _DoesNotCount(f"cannot be read: {reason(error)}") from error
    if not content:  # also None, which a file of /proc can answer with
        raise _DoesNotCount("is empty")
    if len(content) > LARGEST_SIGNATURE:
        raise _DoesNotCount(f"is larger than {LARGEST_SIGNATURE} bytes, which no signature is")
    return content


def _judged(plan: bytes, given: SshSignature, signers: Signers, configuration: HostConfiguration) -> Approval:
    with ExitStack() as stack:
        signature = stack.enter_context(shown(given.armored))
        allowed = stack.enter_context(shown(signers.allowed))
        revoked = None if signers.revoked is None else stack.enter_context(shown(signers.revoked))
        case = _Case(
            plan=plan,
            given=given,
            signature=signature,
            allowed=allowed,
            revoked=revoked,
            signers=signers,
            configuration=configuration,
            key=_fingerprint(signature, plan),
        )
        person, principal = _signer(case)
    return Approval(
        forgejo_id=person.forgejo_id,
        login=person.forgejo_login,
        kind=EvidenceKind.SIGNATURE,
        reference=hashlib.sha256(given.blob).hexdigest(),
        facts=(("principal", principal), ("key", case.key)),
    )


def _fingerprint(signature: Shown, plan: bytes) -> str:
    """The key that made the signature over exactly this plan, whoever's it is; of a certificate, the key in it."""
    checked = answer("check-novalidate", "-n", NAMESPACE, "-s", signature, message=plan)
    if not checked.is_yes and "incorrect signature" in checked.complaint:
        raise _DoesNotCount("does not fit this plan: the plan was altered afterwards, or another one was signed")
    good = _GOOD.fullmatch(checked.said)
    if not checked.is_yes or good is None:
        words = checked.complaint.strip() or checked.said.strip() or "nothing"
        raise _DoesNotCount(f"cannot be judged: ssh-keygen says {named(words)}")
    return good[1]


def _signer(case: _Case) -> tuple[Person, str]:
    """The one person whose principal the key may sign for, and the first such principal."""
    found = answer("find-principals", "-f", case.allowed, "-s", case.signature, message=case.plan)
    if not found.is_yes:
        raise _DoesNotCount(_unknown(case, found))
    if not case.given.is_certified and (pattern := pattern_for(case.given.public_key, case.signers.allowed)):
        raise _DoesNotCount(
            f"was made with the key {case.key}, which {case.signers.allowed_file} gives to the pattern {named(pattern)}; "
            "a key belongs to one person, so write the principals out"
        )
    accepted = list(_accepted(case, case.revoked))
    others = {person.forgejo_id: person for person, _ in accepted}
    if len(others) > 1:
        people = " and ".join(named(person.forgejo_login) for person in others.values())
        raise _DoesNotCount(f"was made with the key {case.key}, which may sign for more than one person: {people}")
    if not accepted:
        raise _DoesNotCount(_nobodys(case, found))
    return accepted[0]


def _accepted(case: _Case, revoked: Shown | None) -> Iterator[tuple[Person, str]]:
    """Each person, with each principal, that `ssh-keygen` takes the signature for."""
    for person in case.configuration.people:
        for principal in person.principals:
            if _verified(case, principal, revoked).is_yes:
                yield person, principal


def _verified(case: _Case, principal: str, revoked: Shown | None) -> Answer:
    options: tuple[str | Shown, ...] = ("-f", case.allowed, "-I", principal, "-n", NAMESPACE, "-s", case.signature)
    if revoked is not None:
        options = (*options, "-r", revoked)
    return answer("verify", *options, message=case.plan)


def _unknown(case: _Case, found: Answer) -> str:
    return (
        f"was made with the key {case.key}, which {case.signers.allowed_file} does not allow now{_because(case, found)}"
    )


def _nobodys(case: _Case, found: Answer) -> str:
    """Why nobody's principal was accepted, though the file has a line for the key."""
    if case.revoked is not None and next(_accepted(case, None), None) is not None:
        return (
            f"was made with the key {case.key}, which {case.signers.revoked_file} revokes, itself or by its authority; a "
            "line there that is neither a key nor a comment revokes every key"
        )
    principals = [name for name in re.split(r"[,\n]", found.said) if name]
    for principal in principals:
        if any(principal in person.principals for person in case.configuration.people):
            return _unknown(case, _verified(case, principal, None))
    names = ", ".join(map(named, principals[:_MOST_NAMES])) + (", …" if len(principals) > _MOST_NAMES else "")
    return f"was made with the key {case.key} of {names}, whom {named(case.configuration.file)} gives to none of the people"


def _because(case: _Case, refused: Answer) -> str:
    """What `ssh-keygen` says of lines of the allowed signers, with the file's own name; nothing when it says nothing."""
    lines = [line for line in refused.complaint.splitlines() if line.startswith(f"{case.allowed.name}:")]
    told = "; ".join(lines[:_MOST_NAMES]).replace(case.allowed.name, str(case.signers.allowed_file))
    return f" ({told})" if told else ""

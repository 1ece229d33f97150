"""RSD018: the contract was written for another server."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.snapshot import Need, Source, Unobserved
from runner_scope_doctor.model.wording import named


def find(case: Case) -> Iterator[Finding | Unobserved]:
    """An error when the contract's `instance` is not the observed one."""
    contract, seen = case.contract, case.snapshot.server.instance
    if contract is None or contract.instance is None:
        return
    if seen is None:
        yield Unobserved(
            source=Source.DATABASE,
            what="which instance this is",
            reason=f"The contract is for {named(contract.instance)}; a database alone does not tell its server's URL.",
            next_step="Give --app-ini or --api-url, which do, or vouch for it with --instance URL.",
            need=Need.REQUIRED,
        )
    elif comparable(contract.instance) != comparable(seen):
        yield Finding(
            kind=FindingKind.WRONG_INSTANCE,
            severity=Severity.ERROR,
            message=f"the contract is for {named(contract.instance)}, but this is {named(seen)}",
            meaning="Everything the contract says is about another server, so no other finding here may be relied on.",
            remedy="Point the check at the contract's server, or use the contract of this one.",
            location=contract.instance_location,
        )


def comparable(url: str) -> str:
    """A URL as far as it names a server: case of scheme and host, default port and closing slashes do not matter."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    scheme, host = scheme.lower(), host.lower()
    default_port = {"http": ":80", "https": ":443"}.get(scheme, "")
    if default_port:
        host = host.removesuffix(default_port)
    return f"{scheme}://{host}{slash}{path}".rstrip("/")

"""`people`: who is who, such that one person counts once."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.host.grammar import MOST_PEOPLE, principal_problem
from runner_scope_doctor.host.values import account
from runner_scope_doctor.model.host import Person
from runner_scope_doctor.model.wording import named
from runner_scope_doctor.yaml_tree.fields import fields, id_number, line_text, sequence
from runner_scope_doctor.yaml_tree.tree import Node, refused
from runner_scope_doctor.yaml_tree.words import owner_problem


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """Something that only one person may have, in the form that is compared, and where it stands."""

    what: str
    value: str
    node: Node


def people_of(node: Node | None) -> tuple[Person, ...]:
    """The people, none when the key is not there.

    Raises SettingsInvalid, naming both lines, when a Forgejo id, a Forgejo login, an SSH principal or an account of the
    host stands twice.
    """
    if node is None:
        return ()
    items = sequence(node, "a list of people, each beginning with `- forgejo:`")
    if not items:
        raise refused(node.location, node.key, "an empty list names nobody; add a person or leave the key out.")
    if len(items) > MOST_PEOPLE:
        raise refused(node.location, node.key, f"{len(items)} people are named; at most {MOST_PEOPLE} may be.")
    people: list[Person] = []
    seen: dict[tuple[str, str], _Claim] = {}
    for item in items:
        person, claims = _person(item)
        for claim in claims:
            _require_single(claim, seen)
        people.append(person)
    return tuple(people)


def _require_single(claim: _Claim, seen: dict[tuple[str, str], _Claim]) -> None:
    first = seen.setdefault((claim.what, claim.value), claim)
    if first is claim:
        return
    raise refused(
        claim.node.location,
        claim.node.key,
        f"{claim.what} {named(claim.value)} stands twice, on line {first.node.location.line} and on line "
        f"{claim.node.location.line}; it belongs to one person only, so keep one of them.",
    )


def _person(node: Node) -> tuple[Person, tuple[_Claim, ...]]:
    entry = fields(node, required=("forgejo",), optional=("ssh", "login"))
    forgejo = fields(entry["forgejo"], required=("id", "login"), optional=())
    person = Person(
        forgejo_id=id_number(forgejo["id"]),
        forgejo_login=line_text(forgejo["login"], "the login in Forgejo", owner_problem, "the name without an @"),
        principals=_principals(entry.get("ssh")),
        login=_login(entry.get("login")),
    )
    claims = [
        _Claim(what="the Forgejo id", value=str(person.forgejo_id), node=forgejo["id"]),
        # two logins of a server never differ in case alone: `user.lower_name` is unique
        _Claim(what="the Forgejo login", value=person.forgejo_login.lower(), node=forgejo["login"]),
    ]
    if "ssh" in entry:
        items = sequence(entry["ssh"], "a list")
        claims += [
            _Claim(what="the SSH principal", value=name, node=item)
            for name, item in zip(person.principals, items, strict=True)
        ]
    if person.login is not None:
        claims.append(_Claim(what="the account", value=person.login, node=entry["login"]))
    return person, tuple(claims)


def _principals(node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    items = sequence(node, "a list of SSH principals, such as [ops-lead@example.org]")
    if not items:
        raise refused(node.location, node.key, "an empty list names no key; name a principal or leave the key out.")
    allowed = "write each principal by itself, as in the allowed signers file"
    return tuple(line_text(item, "an SSH principal", principal_problem, allowed) for item in items)


def _login(node: Node | None) -> str | None:
    if node is None:
        return None
    return account(node)

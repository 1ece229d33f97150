"""Whose signature it is, asked of a real ssh-keygen with real keys."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from runner_scope_doctor.approve.namespace import NAMESPACE
from runner_scope_doctor.approve.rules import judged
from runner_scope_doctor.model.approval import Approved
from runner_scope_doctor.model.host import Person
from runner_scope_doctor.plan.canonical import canonical_bytes
from support.approval_case import ANNA, BERT, MADE, a_plan, environment
from support.signing import NEEDS_SSH_KEYGEN, PLAN, Desk, Key, approved, declined, ssh_keygen

pytestmark = NEEDS_SSH_KEYGEN
OPS, LAPTOP, SECOND = "ops-lead@example.org", "ops-lead@laptop", "second@example.org"
Keys = dict[str, Key]


def fingerprint(key: Key) -> str:
    """As `ssh-keygen -l` prints it."""
    return ssh_keygen("-l", "-f", f"{key.file}.pub").decode().split()[1]


@pytest.mark.parametrize(
    ("name", "person", "principal"), [("anna", ANNA, LAPTOP), ("anna2", ANNA, OPS), ("bert", BERT, SECOND)]
)
def test_a_good_signature(desk: Desk, keys: Keys, name: str, person: Person, principal: str) -> None:
    """Ed25519, RSA and ECDSA keys alike name their person, their principal and themselves."""
    host = desk.host(f"{LAPTOP} {keys['anna'].line}", f"{OPS} {keys['anna2'].line}", f"{SECOND} {keys['bert'].line}")
    approval = approved(keys[name].signs(), host)
    assert (approval.forgejo_id, approval.login) == (person.forgejo_id, person.forgejo_login)
    assert approval.facts == (("principal", principal), ("key", fingerprint(keys[name])))


def test_the_whole_way_to_two_of_two(desk: Desk, keys: Keys) -> None:
    """Two people's signatures over a plan's bytes approve it; one person's by two keys do not."""
    host = desk.host(
        f"{OPS},{LAPTOP} {keys['anna'].line}", f"{OPS} {keys['anna2'].line}", f"{SECOND} {keys['bert'].line}"
    )
    host = replace(host, environments=(environment(required=2),))
    plan = canonical_bytes(a_plan())
    anna, anna2, bert = (approved(keys[name].signs(plan), host, plan=plan) for name in ("anna", "anna2", "bert"))
    assert anna.reference != anna2.reference
    assert isinstance(judged(a_plan(), host, [bert, anna], now=MADE), Approved)
    assert not isinstance(judged(a_plan(), host, [anna, anna2], now=MADE), Approved)


def test_a_signature_is_known_again(desk: Desk, keys: Keys) -> None:
    """Its reference is SHA-256 of what the armor holds, so that another wrapping is the same piece of evidence."""
    from base64 import b64decode

    host, signature = desk.host(f"{OPS} {keys['anna'].line}"), keys["anna"].signs()
    body = b"".join(signature.split(b"\n")[1:-2])
    wrapped = b"\r\n -----BEGIN SSH SIGNATURE-----\r\n" + b"\r\n".join(body[i : i + 9] for i in range(0, len(body), 9))
    again = wrapped + b"\r\n-----END SSH SIGNATURE-----"
    assert approved(again, host) == approved(signature, host)
    assert approved(signature, host).reference == hashlib.sha256(b64decode(body)).hexdigest()


@pytest.mark.parametrize("place", [0, 3, len(PLAN) - 1])
def test_a_plan_changed_by_one_byte(desk: Desk, keys: Keys, place: int) -> None:
    """The signature of another plan approves nothing."""
    host, signature = desk.host(f"{OPS} {keys['anna'].line}"), keys["anna"].signs()
    changed = bytearray(PLAN)
    changed[place] ^= 1
    wanted = "The signature does not fit this plan: the plan was altered afterwards, or another one was signed."
    assert declined(signature, host, plan=bytes(changed)) == wanted
    assert declined(signature, host, plan=PLAN + b"\n") == wanted


@pytest.mark.parametrize("namespace", ["git", "file", NAMESPACE + "x", NAMESPACE.upper(), "::error::\n x"])
def test_a_signature_for_something_else(desk: Desk, keys: Keys, namespace: str) -> None:
    """What was signed for another purpose is named as that, and never counts."""
    host = desk.host(f"{OPS} {keys['anna'].line}")
    shown = namespace if namespace.isascii() and namespace.replace("-", "").isalnum() else f'"{namespace}"'
    said = declined(keys["anna"].signs(namespace=namespace), host)
    assert (
        said
        == f"The signature was made for {shown}; a plan is signed with `ssh-keygen -Y sign -f KEY -n {NAMESPACE} PLAN`."
    )


def test_a_key_for_other_namespaces_only(desk: Desk, keys: Keys) -> None:
    """`namespaces=` in the allowed signers holds, with ssh-keygen's own words and the file's name."""
    said = declined(keys["anna"].signs(), desk.host(f'{OPS} namespaces="git,file" {keys["anna"].line}'))
    assert f"does not allow now ({desk.allowed}:1: key is not permitted for use in signature namespace" in said
    approved(keys["anna"].signs(), desk.host(f'{OPS} namespaces="git,{NAMESPACE}" {keys["anna"].line}'))
    approved(keys["anna"].signs(), desk.host(f'{OPS} namespaces="runner-*" {keys["anna"].line}'))


@pytest.mark.parametrize(
    ("option", "words"),
    [('valid-before="20200101Z"', "key has expired"), ('valid-after="20990101Z"', "key is not yet valid")],
)
def test_a_key_out_of_its_time(desk: Desk, keys: Keys, option: str, words: str) -> None:
    """`valid-before` and `valid-after` hold at the moment of judging; a second, valid line for the key counts."""
    line = f"{OPS} {option} {keys['anna'].line}"
    said = declined(keys["anna"].signs(), desk.host("# people", line))
    assert f"{desk.allowed} does not allow now ({desk.allowed}:2: {words}" in said
    approved(keys["anna"].signs(), desk.host(line, f"{LAPTOP} {keys['anna'].line}"))
    approved(
        keys["anna"].signs(), desk.host(f'{OPS} valid-after="20200101Z",valid-before="20990101Z" {keys["anna"].line}')
    )


def test_a_key_nobody_allows(desk: Desk, keys: Keys) -> None:
    """A stranger's key is named by its fingerprint; an empty file allows nobody."""
    for host in (desk.host(f"{OPS} {keys['anna'].line}"), desk.host()):
        said = declined(keys["stranger"].signs(), host)
        assert said.startswith(
            f"The signature was made with the key {fingerprint(keys['stranger'])}, which {desk.allowed}"
        )


@pytest.mark.parametrize("form", ["line", "list"])
def test_a_revoked_key(desk: Desk, keys: Keys, form: str) -> None:
    """A revoked key signs nothing, by a list of keys or by ssh-keygen's binary list; another key still does."""
    lines = (f"{OPS} {keys['anna'].line}", f"{SECOND} {keys['bert'].line}")
    revoked = f"# lost\n{keys['anna'].line}\n".encode()
    if form == "list":
        ssh_keygen("-q", "-k", "-f", str(desk.folder / "krl"), f"{keys['anna'].file}.pub")
        revoked = (desk.folder / "krl").read_bytes()
    host = desk.host(*lines, revoked=revoked)
    said = declined(keys["anna"].signs(), host)
    assert f"{fingerprint(keys['anna'])}, which {host.revoked_keys} revokes" in said
    approved(keys["bert"].signs(), host)
    approved(keys["anna"].signs(), desk.host(*lines, revoked=b""))


@pytest.mark.parametrize("revoked", [b"hash: SHA256:x\n", b"<html>\n", b"SSHKRL\n\x00\x00\x00"])
def test_a_list_of_revoked_keys_that_is_none(desk: Desk, keys: Keys, revoked: bytes) -> None:
    """What cannot be read as revoked keys revokes every key instead of none."""
    assert "revokes" in declined(keys["anna"].signs(), desk.host(f"{OPS} {keys['anna'].line}", revoked=revoked))


def test_principals_of_nobody(desk: Desk, keys: Keys) -> None:
    """An allowed key whose principals stand under no person approves nothing, nor does another spelling of one."""
    said = declined(keys["anna"].signs(), desk.host(f"Ops-Lead@example.org,ghost@example.org {keys['anna'].line}"))
    assert "of Ops-Lead@example.org, ghost@example.org, whom host.yml gives to none of the people" in said
    approved(keys["anna"].signs(), desk.host(f"ghost@example.org,{LAPTOP} {keys['anna'].line}"))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_one_key_of_two_people(desk: Desk, keys: Keys, order: tuple[int, int]) -> None:
    """A key that two people's principals have counts for neither, on one line or on two."""
    lines = (f"{OPS} {keys['anna'].line}", f"{SECOND} {keys['anna'].line}")
    wanted = "which may sign for more than one person: ops-lead and second-operator."
    assert wanted in declined(keys["anna"].signs(), desk.host(*(lines[place] for place in order)))
    names = [(OPS, SECOND)[place] for place in order]
    assert wanted in declined(keys["anna"].signs(), desk.host(f"{','.join(names)} {keys['anna'].line}"))


@pytest.mark.parametrize(
    "principals", ["*", "*@laptop", "*@example.org", f"{OPS},ops-?@laptop", f"!{SECOND},*", f'"{OPS},*"']
)
def test_a_key_given_to_a_pattern(desk: Desk, keys: Keys, principals: str) -> None:
    """A pattern beside a key stands for whoever comes to match it, so that key approves nothing, on any line."""
    line = f"{principals} {keys['anna'].line}"
    assert "to the pattern" in declined(keys["anna"].signs(), desk.host(line))
    assert "to the pattern" in declined(keys["anna"].signs(), desk.host(f"{OPS} {keys['anna'].line}", line))
    approved(
        keys["anna"].signs(), desk.host(f"{OPS} {keys['anna'].line}", f"{principals} {keys['bert'].line}", f"#{line}")
    )


@pytest.mark.parametrize("principal", ["-f", "--", "-Otest", "$(id)", "`id`;", "büro@ö", "a\\n", "::error::x", "%s%n"])
def test_a_hostile_principal(desk: Desk, keys: Keys, principal: str) -> None:
    """A principal is compared as it is, whatever it would mean to a shell, an option parser or a log."""
    person = replace(ANNA, principals=(principal,))
    host = desk.host(f"{principal} {keys['anna'].line}", people=(person, BERT))
    assert approved(keys["anna"].signs(), host).facts[0] == ("principal", principal)
    nobody = desk.host(f"{principal} {keys['anna'].line}")
    assert principal in declined(keys["anna"].signs(), nobody)


def test_a_line_that_is_none_keeps_nobody_out(desk: Desk, keys: Keys) -> None:
    """A line that ssh-keygen cannot read allows nothing itself; lines with Windows' ends are lines."""
    host = desk.host("garbage", f"{SECOND} ssh-ed25519 AAAA", f"{OPS} {keys['anna'].line}\r")
    approved(keys["anna"].signs(), host)
    declined(keys["bert"].signs(), host)

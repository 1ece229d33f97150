"""RSD018 wrong-instance: the contract was written for another server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.snapshot import Need, Snapshot
from support.contracts import contract
from support.diagnosing import found, unseen
from support.snapshots import runner, server, snapshot

KIND = FindingKind.WRONG_INSTANCE


def seen_at(instance: str | None) -> Snapshot:
    return replace(snapshot(runner(5, repo_id=35)), server=replace(server(), instance=instance))


@pytest.mark.parametrize(
    ("declared", "seen"),
    [
        ("https://git.example.org/", "https://git.example.org"),
        ("https://git.example.org", "https://git.example.org//"),
        ("https://Git.Example.ORG/", "HTTPS://git.example.org/"),
        ("https://git.example.org/", "https://git.example.org:443/"),
        ("http://git.example.org:80", "http://git.example.org/"),
        ("https://git.example.org/forge/", "https://git.example.org:443/forge"),
        ("https://git.example.org:3000/", "https://git.example.org:3000"),
        ("https://[2001:db8::1]/", "https://[2001:DB8::1]:443"),
        ("https://[2001:db8::1]:3000/", "https://[2001:db8::1]:3000/"),
        ("http://[::1]/git/", "http://[::1]:80/git"),
    ],
)
def test_two_spellings_of_one_address_are_one_server(declared: str, seen: str) -> None:
    """Case of scheme and host, the default port and closing slashes do not make another server (RFC 3986, 6.2)."""
    assert found(KIND, seen_at(seen), contract(instance=declared)) == []


@pytest.mark.parametrize(
    ("declared", "seen"),
    [
        ("https://git.example.org/", "https://test.example.org/"),
        ("https://git.example.org/", "http://git.example.org/"),
        ("https://git.example.org/", "https://git.example.org:3000/"),
        ("http://git.example.org/", "http://git.example.org:443/"),
        ("http://git.example.org/", "http://git.example.org:8080/"),
        ("https://git.example.org/", "https://git.example.org/forge/"),
        ("https://git.example.org/forge", "https://git.example.org/Forge"),
        ("https://[2001:db8::1]/", "https://[2001:db8::2]/"),
        ("https://[2001:db8::443]/", "https://[2001:db8::]/"),
        ("https://git.example.org/", "https://git.example.org.evil.example/"),
        ("https://git.example.org/", ""),
    ],
)
def test_another_address_is_an_error(declared: str, seen: str) -> None:
    """Another host, scheme, port or path is another server, however alike they look."""
    (finding,) = found(KIND, seen_at(seen), contract(instance=declared))
    assert finding.severity is Severity.ERROR
    assert finding.location is not None
    assert finding.location.line == 2


def test_without_the_key_any_server_will_do() -> None:
    """The contract pins a server only when it says so."""
    assert found(KIND, seen_at("https://git.example.org/"), contract()) == []
    assert found(KIND, seen_at("https://git.example.org/")) == []
    assert unseen(seen_at(None), contract()) == []


def test_a_database_alone_does_not_tell_its_address() -> None:
    """That is said, and does not spoil the verdict of who checks by URL."""
    agreed = contract(instance="https://git.example.org/")
    assert found(KIND, seen_at(None), agreed) == []
    (gap,) = unseen(seen_at(None), agreed)
    assert gap.need is Need.REQUIRED

"""A deploy host for tests: its configuration, its people with their keys, its database logins, and the commands run on it."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from runner_scope_doctor.database.address import DatabaseAddress, SqliteAddress
from support.command import Ended, doctor
from support.database_url import url_of

INSTANCE = "https://git.example.org/"
NAMESPACE = "runner-scope-doctor-plan"
MAKER, REVIEWER, SECOND_REVIEWER = "ops-lead", "second-operator", "third-operator"
"""Forgejo logins. The maker is whoever runs the tests."""
_IDS = {MAKER: 7, REVIEWER: 9, SECOND_REVIEWER: 11}


@dataclass(frozen=True, slots=True, kw_only=True)
class Logins:
    """Where each purpose's login leads. `approval` is None where the check's does that too."""

    check: DatabaseAddress
    backup: DatabaseAddress
    repair: DatabaseAddress
    approval: DatabaseAddress | None = None

    @property
    def by_purpose(self) -> dict[str, DatabaseAddress]:
        """Those that host.yml names."""
        own = {} if self.approval is None else {"approval": self.approval}
        return {"check": self.check, "backup": self.backup, "repair": self.repair} | own


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployHost:
    """The folder holds `host.yml`, the URL files, everybody's key and the state directory."""

    folder: Path

    @property
    def configuration(self) -> Path:
        return self.folder / "host.yml"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def doctor(self, *arguments: str | Path, environment: dict[str, str] | None = None) -> Ended:
        """Runs a command with this host's configuration."""
        return doctor(*arguments, environment={"RSD_HOST": str(self.configuration), **(environment or {})})

    def planned(self, *arguments: str) -> str:
        """Makes a plan and returns its digest."""
        ended = self.doctor("plan", *arguments)
        assert ended.code == 0, ended.out + ended.err
        return digest_in(ended.out)

    def plan_file(self, digest: str) -> Path:
        return self.state / "plans" / f"{digest}.json"

    def signed(self, digest: str, login: str = REVIEWER, *, namespace: str = NAMESPACE) -> Path:
        """That person's signature of the stored plan, in a file of its own."""
        return self.signature_of(self.plan_file(digest), login, namespace=namespace)

    def signature_of(self, file: Path, login: str = REVIEWER, *, namespace: str = NAMESPACE) -> Path:
        """That person's signature of any file, in a file of its own."""
        content = file.read_bytes()
        signature = self.folder / f"{hashlib.sha256(content).hexdigest()[:12]}.{login}.sig"
        made = subprocess.run(
            ["ssh-keygen", "-q", "-Y", "sign", "-f", self.key(login), "-n", namespace],
            input=content, capture_output=True, check=True,
        )  # fmt: skip
        signature.write_bytes(made.stdout)
        return signature

    def key(self, login: str) -> Path:
        return self.folder / "keys" / login

    def journal(self) -> list[str]:
        """The kinds of all events, in order."""
        file = self.state / "journal.jsonl"
        return [json.loads(line)["event"]["kind"] for line in file.read_text().splitlines()] if file.exists() else []


def digest_in(text: str) -> str:
    """The digest of the plan that was printed."""
    found = re.search(r"^plan ([0-9a-f]{64})$", text, re.MULTILINE)
    assert found is not None, text
    return found[1]


def deploy_host(folder: Path, logins: Logins, *, more: str = "", contract: str | None = None) -> DeployHost:
    """Sets a host up in an empty folder that only this user can write. `more` are further lines of host.yml."""
    (folder / "keys").mkdir(mode=0o700)
    for login in _IDS:
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", login, "-f", folder / "keys" / login], check=True
        )
    signers = [f"{login}@example.org {(folder / 'keys' / f'{login}.pub').read_text()}" for login in _IDS]
    (folder / "allowed_signers").write_text("".join(signers))
    for purpose, address in logins.by_purpose.items():
        _write_url(folder / f"{purpose}.url", address)
    if contract is not None:
        (folder / "runner-scope.yml").write_text(contract)
    (folder / "host.yml").write_text(_host_yml(folder, tuple(logins.by_purpose), more, contract))
    return DeployHost(folder=folder)


def one_login(address: DatabaseAddress) -> Logins:
    """The same login for every purpose, as on SQLite."""
    return Logins(check=address, backup=address, repair=address)


def _write_url(file: Path, address: DatabaseAddress) -> None:
    url = f"sqlite:///{address.path}" if isinstance(address, SqliteAddress) else url_of(address)
    file.write_text(f"{url}\n")
    file.chmod(0o600)


def _host_yml(folder: Path, purposes: tuple[str, ...], more: str, contract: str | None) -> str:
    own_login = pwd.getpwuid(os.getuid()).pw_name
    people = "".join(
        f"- {{forgejo: {{id: {number}, login: {login}}}, ssh: [{login}@example.org]"
        + (f", login: {own_login}" if login == MAKER else "")
        + "}\n"
        for login, number in _IDS.items()
    )
    connections = "".join(f"{purpose}: {{database_url_file: {folder}/{purpose}.url}}\n" for purpose in purposes)
    named_contract = "" if contract is None else f"contract: {folder}/runner-scope.yml\n"
    return (
        f"version: 1\ninstance: {INSTANCE}\nstate: {folder}/state\n{named_contract}"
        f"connections:\n{indent(connections, '  ')}people:\n{indent(people, '  ')}"
        f"allowed_signers: {folder}/allowed_signers\n{more}"
    )

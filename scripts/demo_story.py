"""The demo's story, from a sick database to a healthy one and the way back, with nobody asked. Exit 0 when all went as told."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from runner_scope_doctor.host.invoker import invoker

_HEALTHY, _REFUSED, _SICK = 0, 5, 10
_DIGEST = re.compile(r"^plan ([0-9a-f]{64})$", re.MULTILINE)


class WentWrong(Exception):
    """A command did not do what the story tells."""


def main() -> int:
    """Plays the story; 1 when something in it did not go as told."""
    with tempfile.TemporaryDirectory(prefix="runner-scope-demo-") as name:
        folder = Path(name).resolve()
        try:
            play(folder)
        except WentWrong as error:
            say(f"{error} This demo did not go as it should.")
            return 1
    return 0


def play(folder: Path) -> None:
    """The whole story in that folder."""
    database = f"sqlite:///{folder}/forgejo.db"
    with closing(sqlite3.connect(folder / "forgejo.db")) as connection:
        connection.executescript(Path(__file__).with_name("demo.sql").read_text(encoding="utf-8"))
    say("A small Forgejo 15 database was made. One deploy host in it was registered with")
    say("`forgejo-cli actions register --scope platform-team/platform`, and two deployments wait for it.")
    run(_SICK, "check", "--database", database)
    say(f"The check ended with {_SICK}: unhealthy, so a job that runs it fails.")
    say("Why do the two deployments wait?")
    run(_SICK, "why", "--database", database)
    if shutil.which("ssh-keygen") is None:
        say("What comes next needs ssh-keygen, which this machine lacks: plan, approval, repair, undo.")
    else:
        repair(folder, database)
    say("What comes next: point it at your own server, read-only, as the user that runs it:")
    say("  scripts/doctor check --database sqlite:////var/lib/forgejo/data/forgejo.db")


def repair(folder: Path, database: str) -> None:
    """Plan, refusal, approval, repair, the healthy check, and the way back."""
    say("The host that may write to the database has a configuration: who is who, who approves, where things are.")
    host = configured(folder, database)
    say("First a plan, which changes nothing:")
    digest = digest_in(run(_HEALTHY, "plan", *host))
    say("Nobody approved it yet, so a repair is refused:")
    run(_REFUSED, "apply", digest, *host)
    say("Another person reads the plan and signs it with their own key:")
    signature = signed(folder, digest)
    run(_HEALTHY, "apply", digest, "--signature", signature, "--watch", "0s", *host)
    say("The same check again:")
    run(_HEALTHY, "check", "--database", database)
    say("The way back is a plan too, and wants an approval of its own:")
    run(_HEALTHY, "undo", digest, *host)
    run(_HEALTHY, "status", *host)


def configured(folder: Path, database: str) -> tuple[str, ...]:
    """Writes host.yml, the reviewer's key and the file of the database's address; returns the option that names it."""
    (folder / "database.url").write_text(f"{database}\n", encoding="utf-8")
    run_quietly("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "reviewer", "-f", str(folder / "reviewer"))
    key = (folder / "reviewer.pub").read_text(encoding="ascii")
    (folder / "allowed_signers").write_text(f"second-operator@example.org {key}", encoding="ascii")
    login = f"database_url_file: {folder}/database.url"
    (folder / "host.yml").write_text(
        f"version: 1\ninstance: https://git.example.org/\nstate: {folder}/state\n"
        f"connections: {{check: {{{login}}}, backup: {{{login}}}, repair: {{{login}}}}}\n"
        f"people:\n"
        f'  - {{forgejo: {{id: 7, login: ops-lead}}, login: "{invoker(os.environ).login}"}}\n'
        f"  - {{forgejo: {{id: 9, login: second-operator}}, ssh: [second-operator@example.org]}}\n"
        f"allowed_signers: {folder}/allowed_signers\n",
        encoding="utf-8",
    )
    return ("--host", str(folder / "host.yml"))


def signed(folder: Path, digest: str) -> str:
    """The reviewer's signature, in a file beside their key."""
    plan = folder / "state" / "plans" / f"{digest}.json"
    copy = folder / "plan-to-sign.json"
    copy.write_bytes(plan.read_bytes())
    say("$ ssh-keygen -Y sign -f reviewer -n runner-scope-doctor-plan plan-to-sign.json")
    run_quietly(
        "ssh-keygen", "-q", "-Y", "sign", "-f", str(folder / "reviewer"), "-n", "runner-scope-doctor-plan", str(copy)
    )
    return f"{copy}.sig"


def run(expected: int, *arguments: str) -> str:
    """Runs the doctor as a person would, shows the command and what it prints, and returns that."""
    say(f"$ runner-scope-doctor {' '.join(arguments)}")
    command = [sys.executable, "-I", "-m", "runner_scope_doctor", *arguments]
    ended = subprocess.run(command, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    sys.stdout.write(ended.stdout)
    if ended.returncode != expected:
        raise WentWrong(f"{arguments[0]} ended with {ended.returncode} where {expected} was expected.")
    return ended.stdout


def run_quietly(*command: str) -> None:
    """Runs a program of the system."""
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def digest_in(text: str) -> str:
    """The digest of the plan that was shown."""
    found = _DIGEST.search(text)
    if found is None:
        raise WentWrong("No plan was shown.")
    return found[1]


def say(sentence: str) -> None:
    """Our own words, marked apart from the doctor's."""
    sys.stdout.write(f"# {sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

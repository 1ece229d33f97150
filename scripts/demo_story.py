"""The demo's story: a sick database, the check, what it found, what comes next. Exit 0 when all went as told."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

_SICK = 10


def main() -> int:
    """Plays the story; 1 when the check did not say what the story tells."""
    with tempfile.TemporaryDirectory(prefix="runner-scope-demo-") as folder:
        database = Path(folder, "forgejo.db")
        with closing(sqlite3.connect(database)) as connection:
            connection.executescript(Path(__file__).with_name("demo.sql").read_text(encoding="utf-8"))
        say("A small Forgejo 15 database was made. One deploy host in it was registered with")
        say("`forgejo-cli actions register --scope platform-team/platform`, and two deployments wait for it.")
        code = run("check", "--database", f"sqlite:///{database}")
        if code != _SICK:
            say(f"The check ended with {code} where {_SICK} was expected: this demo did not go as it should.")
            return 1
        say(f"The check ended with {code}: unhealthy, so a job that runs it fails.")
        say("What comes next: point it at your own server, read-only, as the user that runs it:")
        say("  scripts/doctor check --database sqlite:////var/lib/forgejo/data/forgejo.db")
        return 0


def run(*arguments: str) -> int:
    """Runs the doctor as a person would and shows the command."""
    say(f"$ runner-scope-doctor {' '.join(arguments)}")
    command = [sys.executable, "-I", "-m", "runner_scope_doctor", *arguments]
    return subprocess.run(command, check=False).returncode


def say(sentence: str) -> None:
    """Our own words, marked apart from the doctor's."""
    sys.stdout.write(f"# {sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

"""Runs a workflow for real: nektos `act` on this machine, without Docker and without a server.

`act` is not Forgejo's runner, but its engine: composite actions, inputs, outputs, masks and workflow commands are one code.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ACT = Path(sys.executable).with_name("act")
ACTION_USED = "doctor/runner-scope-doctor/action@0123456789abcdef0123456789abcdef01234567"
"""How a repository elsewhere names the action; `act` takes it from the folder it is given for that name."""


@dataclass(frozen=True)
class Line:
    """One thing `act` reported: a line of a step's log, a workflow command it obeyed, or a word of its own."""

    job: str
    step: str
    text: str
    command: str
    data: str
    printed: bool


@dataclass(frozen=True)
class ActRun:
    """How a workflow ended."""

    succeeded: bool
    lines: tuple[Line, ...]
    everything: str

    def log(self, step: str, job: str = "check") -> list[str]:
        """What one step printed, in order, without line ends; workflow commands not among it."""
        return [line.text for line in self.lines if (line.job, line.step) == (job, step) and line.printed]

    def commands(self) -> list[tuple[str, str]]:
        """Name and data of every workflow command the job's output held and `act` obeyed."""
        return [(line.command, line.data) for line in self.lines if line.command not in ("", "set-output")]


def run_workflow(
    workflow: str,
    folder: Path,
    *,
    checkout: Path,
    secrets: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
    folders: Mapping[str, Path] | None = None,
    substitutes: Mapping[str, Path] | None = None,
    inputs: Mapping[str, str] | None = None,
    told: Mapping[str, str] | None = None,
    event: str = "workflow_dispatch",
    branch: str = "main",
) -> ActRun:
    """Runs the workflow in a new repository below `folder` that holds `files` and copies of `folders`.

    `checkout` is a folder with `action/` in it; the workflow uses it as `ACTION_USED`. `substitutes` are folders that
    stand for other actions, `told` what the runner says of the run, such as its id. Neither HOME nor a cache of the user
    is touched.
    """
    repository, home = folder / "repository", folder / "home"
    _write(repository, {".forgejo/workflows/test.yml": workflow, **(files or {})})
    for name, source in (folders or {}).items():
        shutil.copytree(source, repository / name)
    _commit(repository, branch)
    local = {ACTION_USED.replace("/action@", "@"): checkout, **(substitutes or {})}
    given = _each("local-repository", local) + _each("secret", secrets) + _each("var", variables)
    given += _each("input", inputs) + _each("env", told)
    return act(event, "-W", ".forgejo/workflows/test.yml", *given, repository=repository, home=home, added=environment)


def act(*arguments: str, repository: Path, home: Path, added: Mapping[str, str] | None = None) -> ActRun:
    """Runs `act` in the repository; every label is this machine. `added` goes into the environment of the jobs."""
    _write(home, {".config/act/actrc": ""})
    command = [str(ACT), *arguments, "-P", "deploy=-self-hosted", "-P", "docker=-self-hosted", "--json"]
    ended = subprocess.run(
        [*command, "--no-cache-server", "--concurrent-jobs=2"],
        cwd=repository,
        env=_environment(home, added or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    lines = tuple(_line(text) for text in ended.stdout.splitlines() if text.startswith("{"))
    return ActRun(ended.returncode == 0, lines, ended.stdout + ended.stderr)


def _each(option: str, values: Mapping[str, str] | Mapping[str, Path] | None) -> list[str]:
    return [f"--{option}={name}={value}" for name, value in (values or {}).items()]


def frozen_checkout(folder: Path, root: Path) -> Path:
    """A copy of the action as a checkout brings it: nobody edits it during the tests."""
    shutil.copytree(root / "action", folder / "action", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, content in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")


def _commit(repository: Path, branch: str) -> None:
    git = ("git", "-c", "user.name=tests", "-c", "user.email=tests@example.org")
    for arguments in (
        ("init", "-q", "-b", branch),
        ("add", "--force", "."),
        ("commit", "-q", "--no-verify", "-m", "test"),
    ):
        subprocess.run([*git, *arguments], cwd=repository, check=True, capture_output=True)


def _environment(home: Path, added: Mapping[str, str]) -> dict[str, str]:
    # What a daemon on a host hands down: a way to programs and to the package registry.
    kept = ("PATH", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "PYENV_ROOT", "PYENV_VERSION")
    handed = {name: value for name, value in os.environ.items() if name in kept or name.startswith("PIP_")}
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        handed |= {each: os.environ[each] for each in (name, name.upper()) if each in os.environ}
    return {**handed, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), **added}


def _line(text: str) -> Line:
    record = json.loads(text)
    return Line(
        job=str(record.get("jobID", "")),
        step=str((record.get("stepID") or [""])[0]),
        text=str(record.get("msg", "")).rstrip("\r\n"),
        command=str(record.get("command", "")),
        data=str(record.get("arg", "")),
        printed=bool(record.get("raw_output")),
    )

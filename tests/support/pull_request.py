"""A repository with a contract and a pull request to it, whose contract-tests.yml is run for real."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from support.act import ActRun, act
from support.command import ROOT

CONTRACT = "docs/example/runner-scope.yml"
PAGE = "docs/example/runners.md"
WORKFLOWS = ".forgejo/workflows"
_KEPT = (WORKFLOWS, "docs/example", "action/action.yml", "action/setup", "zizmor.yml")
_GIT = ("git", "-c", "user.name=tests", "-c", "user.email=tests@example.org")


@dataclass(frozen=True)
class Prepared:
    """What the jobs of all tests share: the folder of Python environments, and where Pythons are."""

    cache: Path
    pyenv: str

    @property
    def environment(self) -> dict[str, str]:
        """For the jobs; the Python of the tests is one they find."""
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        return {"XDG_CACHE_HOME": str(self.cache), "PYENV_ROOT": self.pyenv, "PATH": path}


class PullRequest:
    """A repository below a folder: what is on main, and what the pull request makes of it."""

    def __init__(self, folder: Path, action: Path) -> None:
        """`action` is a frozen copy of the action's folder, so that its environment is made once for all tests."""
        self.repository = folder / "repository"
        self.home = folder / "home"
        for name in _KEPT:
            source, target = ROOT / name, self.repository / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                shutil.copy(source, target)
        shutil.copytree(action, self.repository / "action", dirs_exist_ok=True)
        self._git("init", "-q", "-b", "main")

    def merged(self, files: Mapping[str, str | None] | None = None) -> PullRequest:
        """Main with these files changed; None removes one."""
        self._commit(files or {})
        return self

    def proposed(self, files: Mapping[str, str | None] | None = None) -> PullRequest:
        """The pull request's branch with these files changed."""
        self._git("switch", "-q", "-c", "proposal")
        self._commit(files or {})
        return self

    def overtaken(self, files: Mapping[str, str | None]) -> PullRequest:
        """Main went on with these files after the pull request had begun."""
        self._git("switch", "-q", "main")
        self._commit(files)
        self._git("switch", "-q", "proposal")
        return self

    def text(self, name: str) -> str:
        """A file as it is now."""
        return (self.repository / name).read_text(encoding="utf-8")

    def tested(self, prepared: Prepared, *arguments: str, base: str = "main") -> ActRun:
        """Runs the workflow as for a pull request to that base; `arguments` are those of `act`."""
        start = self._git("rev-parse", "main^{commit}").strip()
        head = {"ref": "proposal", "sha": self._git("rev-parse", "HEAD").strip()}
        request = {"number": 1, "title": "$(exit 9)", "base": {"ref": base, "sha": start}, "head": head}
        event = self.home / "event.json"
        event.parent.mkdir(exist_ok=True)
        event.write_text(json.dumps({"action": "opened", "number": 1, "pull_request": request}), encoding="utf-8")
        file = f"{WORKFLOWS}/contract-tests.yml"
        return act(
            *("pull_request", "-W", file, "-e", str(event), *arguments),
            repository=self.repository,
            home=self.home,
            added=prepared.environment,
        )

    def _commit(self, files: Mapping[str, str | None]) -> None:
        for name, content in files.items():
            target = self.repository / name
            if content is None:
                target.unlink()
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(content, encoding="utf-8")
        self._git("add", "--all", "--force", ".")
        self._git("commit", "-q", "--no-verify", "--allow-empty", "-m", "test")

    def _git(self, *arguments: str) -> str:
        ended = subprocess.run([*_GIT, *arguments], cwd=self.repository, capture_output=True, text=True, check=True)
        return ended.stdout

"""One frozen copy of the action and one folder of Python environments for all tests of this folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.act import frozen_checkout
from support.command import ROOT
from support.pull_request import Prepared, PullRequest


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The action's folder as a checkout brings it; nobody edits it while the tests run."""
    return frozen_checkout(tmp_path_factory.mktemp("frozen"), ROOT) / "action"


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Test processes that run side by side share it: each environment is made once."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    root = ""
    if shutil.which("pyenv"):
        root = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=True).stdout.strip()
    return Prepared(cache=folder / "workflow-environments", pyenv=root)


@pytest.fixture
def pull_request(tmp_path: Path, frozen: Path) -> PullRequest:
    """This repository's own contract, page, snapshot and workflows, with nothing committed yet."""
    return PullRequest(tmp_path, frozen)

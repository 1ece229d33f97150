"""One frozen copy of the action and one environment of it for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.act import frozen_checkout, run_workflow
from support.action_jobs import Prepared, demo_database, job, workflow
from support.command import ROOT


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The action as a runner checks it out; nobody edits it while the tests run."""
    return frozen_checkout(tmp_path_factory.mktemp("checkout"), ROOT)


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a healthy database."""
    file = tmp_path_factory.mktemp("healthy") / "forgejo.db"
    return demo_database(file, "UPDATE action_runner SET owner_id = 0")


@pytest.fixture(scope="session")
def sick(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a database with the user's case."""
    return demo_database(tmp_path_factory.mktemp("sick") / "forgejo.db")


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, checkout: Path, healthy: str) -> Prepared:
    """Made by two jobs that start at once on a cache that is not there."""
    folder = tmp_path_factory.mktemp("prepared")
    cache = folder / "runner-scope-doctor"
    inputs = {"database-url": healthy, "cache-folder": str(cache)}
    text = workflow(job(inputs, name="first"), job(inputs, name="second"))
    return Prepared(cache, run_workflow(text, folder, checkout=checkout))

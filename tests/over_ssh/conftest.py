"""The zip application, built once, and a host to run it on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command import ROOT
from support.host_files import folder_of_the_operator
from support.stand_in_ssh import FarHost, far_host


@pytest.fixture(scope="session")
def zip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As scripts/build makes it."""
    file = tmp_path_factory.mktemp("zip") / "runner-scope-doctor.pyz"
    subprocess.run([ROOT / "scripts" / "build", file], capture_output=True, check=True)
    return file


@pytest.fixture
def far(zip_file: Path) -> Iterator[FarHost]:
    """A host of the test's own."""
    with far_host(zip_file) as host:
        yield host


@pytest.fixture
def folder(far: FarHost) -> Path:
    """On that host, for its configuration; its path is trusted."""
    return folder_of_the_operator(far.folder)

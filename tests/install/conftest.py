"""Machines to set up and to break, each of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.machine import OWN, Machine, bare, listening, machine, require_machine, with_server


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A machine's folders with a server and a runner's user, and nothing installed."""
    require_machine()
    folder = bare(tmp_path_factory.mktemp("bare"))
    with machine(folder, tmp_path_factory.mktemp("machine")) as host:
        with_server(host)
        return _kept(host, tmp_path_factory.mktemp("origin"))


@pytest.fixture(scope="session")
def golden(origin: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders of a machine on which everything is installed."""
    with machine(origin, tmp_path_factory.mktemp("machine")) as host:
        ended = host.installed()
        assert ended.code == 0, ended.out + ended.err
        return _kept(host, tmp_path_factory.mktemp("golden"))


@pytest.fixture
def fresh(origin: Path, tmp_path: Path) -> Iterator[Machine]:
    """A machine with nothing installed."""
    with machine(origin, tmp_path) as host:
        yield host


@pytest.fixture
def installed(golden: Path, tmp_path: Path) -> Iterator[Machine]:
    """A machine with everything installed."""
    with machine(golden, tmp_path) as host:
        yield host


@pytest.fixture
def healthy(golden: Path, tmp_path: Path) -> Iterator[Machine]:
    """A machine with everything installed, its socket listening."""
    with machine(golden, tmp_path) as host, listening(host):
        yield host


def _kept(host: Machine, folder: Path) -> Path:
    for place in OWN:
        host.shell(f"mkdir -p {(folder / place).parent}; cp -a /{place} {folder / place}")
    return folder

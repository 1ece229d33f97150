"""Keys for a whole session, because RSA keys take their time, and a host's folder for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner_scope_doctor.host.trust import trusted_folder
from runner_scope_doctor.model.errors import SettingsInvalid
from support.host_files import MYSELF
from support.signing import Desk, Key, new_key


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Key]:
    """Four keys of three kinds, and an authority's."""
    folder = tmp_path_factory.mktemp("keys")
    return {
        "anna": new_key(folder, "anna"),
        "anna2": new_key(folder, "anna2", "-t", "rsa", "-b", "2048"),
        "bert": new_key(folder, "bert", "-t", "ecdsa", "-b", "384"),
        "stranger": new_key(folder, "stranger"),
        "authority": new_key(folder, "authority"),
    }


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An empty folder whose path is trusted, skipped loudly where the temporary folder's is not."""
    try:
        with trusted_folder(tmp_path, operator=MYSELF):
            pass
    except SettingsInvalid as error:
        pytest.skip(f"the temporary folder is open to others: {error.problem}")
    folder = tmp_path / "etc"
    folder.mkdir()
    folder.chmod(0o755)
    return Desk(folder=folder)

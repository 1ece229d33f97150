"""A place that only this user and root can change, as the host's own folders are."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner_scope_doctor.host.trust import trusted_folder
from runner_scope_doctor.model.errors import SettingsInvalid
from support.host_files import MYSELF


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """An empty folder of mode 0755 whose path is trusted, skipped loudly where the temporary folder's is not."""
    try:
        with trusted_folder(tmp_path, operator=MYSELF):
            pass
    except SettingsInvalid as error:
        pytest.skip(f"the temporary folder is open to others: {error.problem}")
    folder = tmp_path / "etc"
    folder.mkdir()
    folder.chmod(0o755)
    return folder

"""Root goes on as the account that the state directory belongs to, with nothing of root's left in reach."""

import os
import subprocess
import sys
from pathlib import Path
from pwd import getpwnam

import pytest

from support.forked import ACTION

_ASK = """
import contextlib, os, pathlib, sys
from runner_scope_doctor.host.owner import go_on_as_owner_of
from runner_scope_doctor.model.errors import RepairRefused
with contextlib.suppress(RepairRefused):  # the tests' Python may lie where that account may not read
    go_on_as_owner_of(pathlib.Path(sys.argv[1]))
print(os.getresuid(), os.getgroups(), os.environ["HOME"])
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can go on as somebody else")
def test_the_home_directory_is_that_of_the_account(tmp_path: Path) -> None:
    """sudo leaves root's HOME, and libpq ends a connection with TLS where it may not look for a certificate below that."""
    nobody = getpwnam("nobody")
    os.chown(tmp_path, nobody.pw_uid, nobody.pw_gid)
    asked = [sys.executable, "-c", _ASK, str(tmp_path)]
    run = subprocess.run(
        asked, env={"HOME": "/root", "PYTHONPATH": str(ACTION)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.stdout == f"{(nobody.pw_uid,) * 3} [{nobody.pw_gid}] {nobody.pw_dir}\n", run.stderr

"""A job, the timer and an operator in the same moment, each with an approval of another kind: one repair, once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from support.command import ACTION
from support.deploy_host import SECOND_REVIEWER
from support.gate import Gate


@pytest.mark.parametrize("required", [1, 2])
def test_job_timer_and_operator(make: Callable[..., Gate], required: int) -> None:
    """Two jobs, two timers and an operator with a signature: the row is changed once and every approval stands once."""
    there = make(required=required)
    digest = there.host.planned()
    runs = there.dispatch(digest), there.dispatch(digest, SECOND_REVIEWER)
    signature = there.host.signed(digest, SECOND_REVIEWER)
    asked = [["apply", digest, "--run", str(run_id)] for run_id in runs]
    asked += [["apply-approved"], ["apply-approved"], ["apply", digest, "--signature", str(signature)]]
    environment = {"PYTHONPATH": str(ACTION), "RSD_HOST": str(there.host.configuration), "PATH": "/usr/bin:/bin"}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "runner_scope_doctor", *one],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for one in asked
    ]  # fmt: skip
    ends = [(process.communicate()[0], process.returncode) for process in started]
    assert {code for _, code in ends} <= {0, 5}, ends
    if required == 2:  # who came while another held the lock asks again; nothing of it was lost
        for run_id in runs:
            there.applied_by(run_id, digest)
    assert there.scope() == (0, 35)
    journal = there.host.journal()
    assert journal.count("updating") == journal.count("done") == 1
    assert journal.count("approval-noted") <= required
    assert sum("\nDONE: " in said for said, _ in ends) <= 1

"""Attacks on plans, files and times between approval and repair: each refused, nothing written, the reason in the last line."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from support.command import ROOT
from support.deploy_host import SECOND_REVIEWER
from support.gate import Gate
from support.plan_runs import PLAN_WORKFLOW

Make = Callable[..., Gate]


def test_an_expired_plan(make: Make) -> None:
    """Approved in time, asked for too late."""
    there = make(further="plan_valid_for: 1s\n")
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    time.sleep(1.1)
    ended = there.applied_by(run_id, digest)
    assert (ended.code, there.scope()) == (5, (1, 35))
    assert "The plan has expired." in ended.last_line


def test_a_used_plan(make: Make) -> None:
    """Done once; the row is sick again, and another reviewer approves the same plan anew."""
    there = make()
    digest = there.host.planned()
    assert there.applied_by(there.dispatch(digest), digest).code == 0
    there.world.execute("UPDATE action_runner SET owner_id = 1 WHERE id = 5")
    ended = there.applied_by(there.dispatch(digest, SECOND_REVIEWER), digest)
    assert (ended.code, there.scope()) == (5, (1, 35))
    assert "carried out already" in ended.last_line


def test_the_digest_of_another_plan(make: Make) -> None:
    """A run that approves one plan, named for another."""
    there = make()
    plain, fenced = there.host.planned(), there.host.planned("--with-counter-fence")
    ended = there.applied_by(there.dispatch(plain), fenced)
    assert (ended.code, there.scope()) == (5, (1, 35))
    assert f"names the digest {plain}, not that of this plan" in ended.last_line


@pytest.mark.parametrize("change", ["upper", "short", "line end", "path"])
def test_a_digest_that_is_none(make: Make, change: str) -> None:
    """In upper case, cut short, with a line end or as a path out of the folder it names no plan of this host."""
    there = make()
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    named = {
        "upper": digest.upper(),
        "short": digest[:32],
        "line end": f"{digest}\n",
        "path": f"../plans/{digest}.json",
    }
    ended = there.applied_by(run_id, named[change])
    assert ended.code == 5, ended.out + ended.err
    assert there.scope() == (1, 35)
    assert there.host.journal() == []


def test_a_plan_that_is_altered_after_its_approval(make: Make) -> None:
    """One byte of the stored file is another: its name no longer is its digest."""
    there = make()
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    file = there.host.plan_file(digest)
    file.write_bytes(file.read_bytes().replace(b'"repo_id":35', b'"repo_id":36'))
    ended = there.applied_by(run_id, digest)
    assert ended.code == 5, ended.out + ended.err
    assert there.scope() == (1, 35)
    assert there.host.journal() == []


@pytest.mark.parametrize("what", ["plan", "plans", "state"])
def test_a_link_in_the_place_of_the_plan_or_its_folder(make: Make, what: str) -> None:
    """A symlink could be turned round between two looks: it is refused, wherever it leads."""
    there = make()
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    place = {"plan": there.host.plan_file(digest), "plans": there.host.state / "plans", "state": there.host.state}[what]
    moved = place.with_name(f"{place.name}.moved")
    place.rename(moved)
    place.symlink_to(moved)
    ended = there.applied_by(run_id, digest)
    assert ended.code == 5, ended.out + ended.err
    assert "link" in ended.last_line
    assert there.scope() == (1, 35)


def test_a_world_that_changed_after_the_approval(make: Make) -> None:
    """The row was registered again with another secret: the plan was made, and approved, for another one."""
    there = make()
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    there.world.execute("UPDATE action_runner SET token_hash = 'ff' WHERE id = 5")
    ended = there.applied_by(run_id, digest)
    assert (ended.code, there.scope()) == (5, (1, 35))
    assert "its token_hash is another one, so it was registered again" in ended.last_line


@pytest.mark.parametrize("file", ["host.yml", "repair.url"])
def test_a_configuration_that_the_group_may_write(make: Make, file: str) -> None:
    """Who may write it could name themselves a reviewer, or lead the repair elsewhere."""
    there = make()
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    (there.host.folder / file).chmod(0o660)
    ended = there.applied_by(run_id, digest)
    assert ended.code == 5
    assert there.scope() == (1, 35)
    assert "group" in ended.last_line


def test_two_runs_and_the_timer_at_once(make: Make) -> None:
    """Two jobs and the timer ask in the same moment: one repairs, once, and the others are refused or told of it."""
    there = make()
    digest = there.host.planned()
    runs = there.dispatch(digest), there.dispatch(digest, SECOND_REVIEWER)
    asked = [["apply", digest, "--run", str(run_id)] for run_id in runs] + [["apply-approved"]]
    environment = {
        "PYTHONPATH": str(ROOT / "action"),
        "RSD_HOST": str(there.host.configuration),
        "PATH": "/usr/bin:/bin",
    }
    command = [sys.executable, "-m", "runner_scope_doctor"]
    started = [
        subprocess.Popen([*command, *one], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for one in asked
    ]
    ends = [(process.communicate()[0], process.returncode) for process in started]
    assert {code for _, code in ends} <= {0, 5}, ends
    assert sum("\nDONE: " in said for said, _ in ends) == 1, ends
    assert there.scope() == (0, 35)
    assert there.host.journal().count("updating") == 1


def test_a_row_that_is_too_large_for_a_plan(make: Make) -> None:
    """Whoever registers a runner chooses its name: no plan is stored that could not be read, and so not one more
    for each time the same run asks."""
    there = make()
    there.world.execute(f"UPDATE action_runner SET name = '{'n' * 1_000_000}' WHERE id = 5")
    run_id = there.dispatch("", inputs={"operation": "plan"}, workflow=PLAN_WORKFLOW)
    for asked in (["plan", "--run", str(run_id)], ["plan", "--run", str(run_id)], ["plan"]):
        ended = there.host.doctor(*asked)
        assert ended.code == 5, ended.out + ended.err
        assert "none with more than 262144 is read" in ended.last_line
    assert list((there.host.state / "plans").iterdir()) == []

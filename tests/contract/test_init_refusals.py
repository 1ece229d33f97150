"""A contract written from live rows blesses nothing sick."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.contract.init import contract_text
from runner_scope_doctor.model.errors import ContractRefused
from runner_scope_doctor.model.runner import (
    Absent,
    NotANumber,
    ObservedRepository,
    ObservedRunner,
)
from runner_scope_doctor.model.snapshot import Coverage, Snapshot
from support.init_contracts import declared
from support.snapshots import PLATFORM, TEAM, USERS_CASE, runner, snapshot


def reasons(seen: Snapshot) -> tuple[str, ...]:
    """Why no contract is written from it."""
    with pytest.raises(ContractRefused) as caught:
        contract_text(seen)
    assert caught.value.next_step
    return caught.value.reasons


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (
            USERS_CASE[1],
            "id=5 rs2000-deploy-host owner_id=1 repo_id=35 deleted=NULL: an owner and a repository at once",
        ),
        (runner(5, owner_id=-2), "owner_id is no id; delete the runner"),
        (runner(5, repo_id=-1), "repo_id is no id; delete the runner"),
        (runner(5, repo_id=NotANumber(text="35x")), "repo_id=35x deleted=NULL: repo_id is no id"),
        (runner(5, owner_id=NotANumber(text="'1'")), "owner_id is no id"),
        (runner(5, repo_id=36), "repository 36 does not exist; delete the runner in Forgejo."),
        (runner(5, repo_id=37), "the owner 9 of repository 37 does not exist"),
        (runner(5, repo_id=38), "repository 38 was not looked at"),
        (runner(5, owner_id=8), "owner 8 does not exist; delete the runner in Forgejo, or register it again."),
        (runner(5, owner_id=9), "owner 9 was not looked at"),
        (runner(5, name=""), "its name is empty; register the runner again under another name."),
        (runner(5, name="a\nb"), "its name holds a control character"),
        (runner(5, name="a\ud800"), "its name holds a control character"),
        (runner(5, name="x" * 256), "its name is longer than 255 bytes"),
    ],
)
def test_a_sick_row_is_refused_with_its_way_out(row: ObservedRunner, reason: str) -> None:
    """Each disease that a declaration would hide is named with the row's id and what to do."""
    (said,) = reasons(
        snapshot(
            row,
            runner(1, name="healthy"),
            owners=(TEAM, Absent(id=8)),
            repositories=(
                PLATFORM,
                Absent(id=36),
                ObservedRepository(id=37, owner_id=9, owner_name=None, name="orphan"),
            ),
        )
    )
    assert said.startswith("id=5 ")
    assert reason in said


def test_every_sick_row_is_listed_in_the_order_of_ids() -> None:
    """All rows to put right are known at once; the one-line problem shows twenty of them and counts the rest."""
    seen = snapshot(*(runner(number, name=f"r{99 - number}", owner_id=1, repo_id=35) for number in range(1, 31)))
    assert [reason.split()[0] for reason in reasons(seen)] == [f"id={number}" for number in range(1, 31)]
    with pytest.raises(ContractRefused, match=r"id=20 .* And 10 more\. Do for each row"):
        contract_text(seen)


def test_a_name_of_two_live_rows_is_refused_for_both() -> None:
    """Both rows are named, also where one is ephemeral: the contract would be broken from the start."""
    twin = replace(runner(6), ephemeral=True)
    assert len(reasons(snapshot(runner(4), runner(5)))) == 2
    (said,) = reasons(snapshot(runner(5), twin))
    assert "2 live rows have this name" in said
    assert list(declared(snapshot(runner(4, deleted=1778752131), runner(5)))) == ["rs2000-deploy-host"]


@pytest.mark.parametrize("coverage", [Coverage.CANDIDATES, Coverage.LISTED])
def test_a_part_of_the_table_is_not_enough(coverage: Coverage) -> None:
    """What was only partly seen is not written down as the whole."""
    assert reasons(replace(snapshot(runner(1)), coverage=coverage)) == ()


def test_an_empty_table_gives_no_contract() -> None:
    """No runner, no contract: an empty one would be refused by the parser."""
    assert reasons(snapshot(runner(1, deleted=1778752131))) == ()


@pytest.mark.parametrize("name", ["r{}", "{:0>255}"])
def test_more_than_a_contract_holds_is_refused(name: str) -> None:
    """Too many runners and too many bytes end in a sentence, not in a file that the parser refuses."""
    count = 10_001 if name == "r{}" else 4_000
    with pytest.raises(ContractRefused, match=f"^{count} live runners are more than a contract holds"):
        contract_text(snapshot(*(runner(number, name=name.format(number)) for number in range(1, count + 1))))

"""A contract written from live rows says what they are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.contract.init import contract_text
from runner_scope_doctor.model.runner import (
    UnreadableLabels,
)
from runner_scope_doctor.model.scope import InstanceScope, OwnerKind, OwnerScope, RepositoryScope
from support.init_contracts import ALICE, declared
from support.snapshots import TEAM, runner, snapshot


def test_each_scope_is_written_with_its_name_and_id() -> None:
    """Instance, organisation, user and repository rows become those scopes, sorted by the runners' names."""
    written = declared(
        snapshot(
            runner(4, name="d", repo_id=35),
            runner(3, name="c", owner_id=7, repo_id=None),
            runner(2, name="b", owner_id=1),
            runner(1, name="a", owner_id=None),
            owners=(TEAM, ALICE),
        )
    )
    assert list(written.items()) == [
        ("a", (InstanceScope(), ("deploy",))),
        ("b", (OwnerScope(kind=OwnerKind.ORGANIZATION, name="platform-team", id=1), ("deploy",))),
        ("c", (OwnerScope(kind=OwnerKind.USER, name="alice", id=7), ("deploy",))),
        ("d", (RepositoryScope(name="platform-team/platform", id=35), ("deploy",))),
    ]


def test_the_file_reads_well() -> None:
    """A reviewer sees plain lines, and is told to read them."""
    seen = snapshot(runner(4, repo_id=35, labels=("deploy", "docker")))
    seen = replace(seen, server=replace(seen.server, instance="https://git.example.org/"))
    lines = contract_text(seen).splitlines()
    assert lines[0].startswith("# What 1 live runner had when `runner-scope-doctor contract init` looked.")
    assert [line for line in lines if not line.startswith("#")] == [
        "version: 1",
        'instance: "https://git.example.org/"',
        "runners:",
        "  - name: rs2000-deploy-host",
        "    scope: {repository: platform-team/platform, id: 35}",
        "    labels: [deploy, docker]",
        "undeclared: warn",
    ]


def test_an_address_with_a_password_is_left_out() -> None:
    """An instance address that a contract refuses is not written, so no secret lands in a file."""
    seen = snapshot(runner(1))
    assert "hunter2" not in contract_text(
        replace(seen, server=replace(seen.server, instance="https://u:hunter2@git.example.org/"))
    )


def test_soft_deleted_and_ephemeral_rows_are_not_declared() -> None:
    """A deleted row is gone and an ephemeral one soon will be; the latter are counted in the header."""
    brief = replace(runner(3, name="brief"), ephemeral=True)
    seen = snapshot(runner(1, name="old", deleted=1778752131), runner(2, name="new"), brief)
    assert list(declared(seen)) == ["new"]
    assert "# 1 ephemeral runner not declared" in contract_text(seen)


@pytest.mark.parametrize(
    ("labels", "kept", "remark"),
    [
        ((), (), None),
        (None, (), "# This runner has never declared labels."),
        (UnreadableLabels(text='{"a": 1}'), (), "# The labels of this runner are not a list of texts"),
        (("deploy", "deploy"), ("deploy",), None),
        (("deploy:host", "docker"), ("docker",), '# Left out, no label that jobs match: "deploy:host". A restart'),
        (("",), (), '# Left out, no label that jobs match: "". A restart'),
        (("a\nscope: instance",), (), '# Left out, no label that jobs match: "a\\x0ascope'),
        (tuple(f"{x}:host" for x in "abcdefg"), (), '"e:host" and 2 more.'),
    ],
)
def test_only_labels_that_jobs_can_match_are_asked_for(
    labels: tuple[str, ...] | UnreadableLabels | None, kept: tuple[str, ...], remark: str | None
) -> None:
    """Raw `label:host` entries, as re-registering leaves them, unreadable and missing labels become a remark."""
    seen = snapshot(runner(1, labels=labels))
    assert declared(seen)["rs2000-deploy-host"] == (InstanceScope(), kept)
    comments = [line for line in contract_text(seen).splitlines() if line.startswith("    #")]
    assert len(comments) == (remark is not None)
    assert remark is None or remark in comments[0]

"""A contract written from live rows says what they are, and blesses nothing sick."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from runner_scope_doctor.contract.init import contract_text
from runner_scope_doctor.contract.schema import schema_text
from runner_scope_doctor.contract.write import quoted
from runner_scope_doctor.model.errors import ContractRefused
from runner_scope_doctor.model.runner import (
    Absent,
    NotANumber,
    ObservedOwner,
    ObservedRepository,
    ObservedRunner,
    UnreadableLabels,
)
from runner_scope_doctor.model.scope import InstanceScope, OwnerKind, OwnerScope, RepositoryScope, Scope
from runner_scope_doctor.model.snapshot import Coverage, Snapshot
from support.contract_texts import parsed
from support.snapshots import PLATFORM, TEAM, USERS_CASE, runner, snapshot

UNHURRIED = settings(deadline=None)  # the machine is shared: a slow example is no fault
VALIDATOR = Draft202012Validator(json.loads(schema_text()))
ALICE = ObservedOwner(id=7, name="alice", kind=OwnerKind.USER)


def declared(seen: Snapshot) -> dict[str, tuple[Scope, tuple[str, ...]]]:
    """Scope and labels by name, as the parser reads what init wrote; the schema accepts it too."""
    text = contract_text(seen)
    VALIDATOR.validate(yaml.safe_load(text))
    return {one.name: (one.scope, one.labels) for one in parsed(text).runners}


def reasons(seen: Snapshot) -> tuple[str, ...]:
    """Why no contract is written from it."""
    with pytest.raises(ContractRefused) as caught:
        contract_text(seen)
    assert caught.value.next_step
    return caught.value.reasons


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


ANY_TEXT = st.text(st.characters(codec="utf-8"))
ACCEPTED = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))
HOSTILE = st.text(
    st.one_of(st.sampled_from(list("'\"\\#:{}[]&*!|>%@`~,- <=?\u202e\u2066\ufeff\u200b\ud7ff😀")), ACCEPTED)
)
WORDS = st.sampled_from(
    ["on", "No", "y", "null", "~", "1", "1e5", "0x1", "1:30", "2024-01-01", ".inf", "<<", "=", "- a", " "]
)
NAMES = st.one_of(HOSTILE, WORDS).filter(lambda name: 0 < len(name.encode()) <= 255)
LABELS = NAMES.filter(lambda label: ":" not in label)


@UNHURRIED
@given(
    runners=st.lists(
        st.tuples(NAMES, st.lists(LABELS, max_size=3, unique=True), st.integers(0, 3)),
        min_size=1,
        unique_by=lambda r: r[0],
    ),
    owner=HOSTILE,
    repository=HOSTILE,
)
def test_what_is_written_is_read_back(runners: list[tuple[str, list[str], int]], owner: str, repository: str) -> None:
    """However hostile the names, the parser reads exactly the runners, scopes and labels of the rows."""
    ids = [(0, 0), (1, 0), (7, 0), (0, 35)]
    rows = [
        runner(number, name=name, labels=tuple(labels), owner_id=ids[kind][0], repo_id=ids[kind][1])
        for number, (name, labels, kind) in enumerate(runners, start=1)
    ]
    seen = snapshot(
        *rows,
        owners=(replace(TEAM, name=owner), ALICE),
        repositories=(replace(PLATFORM, owner_name=owner, name=repository),),
    )
    written = declared(seen)
    assert list(written) == sorted(name for name, _, _ in runners)
    for name, labels, kind in runners:
        scope, asked = written[name]
        assert asked == tuple(labels)
        assert _ids(scope) == ids[kind]


def _ids(scope: Scope) -> tuple[int | None, int | None]:
    match scope:
        case InstanceScope():
            return 0, 0
        case OwnerScope(id=owner_id):
            return owner_id, 0
        case RepositoryScope(id=repo_id):
            return 0, repo_id


@UNHURRIED
@given(ANY_TEXT)
def test_any_text_survives_yaml(text: str) -> None:
    """Whatever the text, one line of YAML holds it, for PyYAML and in a list as well."""
    line = f"[{quoted(text)}, x]"
    assert "\n" not in line
    assert yaml.safe_load(line) == [text, "x"]


@UNHURRIED
@given(ANY_TEXT)
def test_nothing_invisible_is_written(text: str) -> None:
    """What a reviewer cannot see stands in the file as an escape."""
    assert quoted(text).isprintable()

"""Whatever the names in the rows, the contract written from them says just those."""

from __future__ import annotations

from dataclasses import replace

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from runner_scope_doctor.contract.write import quoted
from runner_scope_doctor.model.scope import InstanceScope, OwnerScope, RepositoryScope, Scope
from support.init_contracts import ALICE, declared
from support.snapshots import PLATFORM, TEAM, runner, snapshot

UNHURRIED = settings(deadline=None)  # the machine is shared: a slow example is no fault
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

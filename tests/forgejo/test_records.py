"""JSON into values."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner_scope_doctor.forgejo.json_fields import WrongShape
from runner_scope_doctor.forgejo.records import (
    account_of,
    message_of,
    organization_of,
    repository_of,
    runners_of,
    version_text_of,
)
from runner_scope_doctor.model.runner import ObservedRepository, ObservedRunner, RunnerStatus
from support.api_recordings import RECORDED, needs_recordings
from support.forgejo_api import runner_item

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
RUNNER_KEYS = tuple(runner_item(1))


def test_runner_as_forgejo_15_sends_it() -> None:
    """Every field the API shows arrives, and what it does not show is None."""
    (runner,) = runners_of([runner_item(4, owner_id=2, repo_id=3)])
    assert runner == ObservedRunner(
        id=4,
        uuid="8f0f6a3c-41b6-4a84-9c53-000000000004",
        name="runner-4",
        version="v12.3.0",
        owner_id=2,
        repo_id=3,
        labels=("deploy",),
        last_online=None,
        deleted=None,
        ephemeral=False,
        status=RunnerStatus.IDLE,
    )


def test_null_is_an_empty_list() -> None:
    """Forgejo writes some empty lists as null."""
    assert runners_of(None) == ()


def test_labels_null_is_never_declared() -> None:
    """A runner without labels yet is told from one that declared none."""
    never, none = runners_of([runner_item(1) | {"labels": None}, runner_item(2) | {"labels": []}])
    assert (never.labels, none.labels) == (None, ())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", "4"),
        ("id", True),
        ("id", 4.0),
        ("owner_id", None),
        ("repo_id", 2**63),
        ("name", 7),
        ("name", "half \ud800 pair"),
        ("status", "asleep"),
        ("labels", "deploy"),
        ("labels", ["deploy", 1]),
        ("ephemeral", 0),
    ],
)
def test_wrong_value_is_refused_by_its_key(key: str, value: object) -> None:
    """A value of another type or range is no runner, and the message names the key."""
    with pytest.raises(WrongShape, match=key):
        runners_of([runner_item(1) | {key: value}])


@pytest.mark.parametrize("key", [key for key in RUNNER_KEYS if key != "description"])
def test_missing_key_is_refused(key: str) -> None:
    """A runner without one of the keys we read is refused rather than guessed."""
    item = runner_item(1)
    del item[key]
    with pytest.raises(WrongShape, match=key):
        runners_of([item])


@settings(deadline=None)  # a busy machine is no failure
@given(JSON | st.lists(st.dictionaries(st.sampled_from(RUNNER_KEYS), JSON | st.integers())))
def test_any_json_is_records_or_wrong_shape(value: object) -> None:
    """Whatever JSON arrives, a reader returns records or says that the shape is wrong."""
    for read in (runners_of, repository_of, organization_of, account_of, version_text_of):
        with suppress(WrongShape):
            read(value)
    assert isinstance(message_of(value), str)


@needs_recordings
def test_every_recorded_runner_list_is_read_whole() -> None:
    """Each list that a running server sent gives as many runners as it has items, the combined one with both ids."""
    lists = [answer for answer in RECORDED if answer.status == 200 and answer.path.split("?")[0].endswith("/runners")]
    assert len(lists) > 20
    for answer in lists:
        runners = runners_of(json.loads(answer.body))
        assert len(runners) == answer.body.count(b'"uuid"')
        combined = {runner.id for runner in runners if runner.owner_id and runner.repo_id}
        if answer.name.startswith("bad-admin-runners-visible") and "limit2" not in answer.name:
            assert 4 in combined


@needs_recordings
def test_every_recorded_repository_and_version_is_read() -> None:
    """What running servers say of repository 3 and of their version is read as they mean it."""
    repositories = [answer for answer in RECORDED if answer.path == "/api/v1/repositories/3"]
    versions = [answer for answer in RECORDED if answer.path == "/api/v1/version"]
    assert repositories
    assert versions
    for answer in repositories:
        deploy = ObservedRepository(id=3, owner_id=2, owner_name="owner1", name="deploy")
        assert repository_of(json.loads(answer.body)) == deploy
    majors = {"v11": "11.", "v15": "15.", "v16": "16."}
    for answer in versions:
        assert version_text_of(json.loads(answer.body)).startswith(majors[answer.folder.split("-")[0]])


@needs_recordings
def test_every_recorded_body_is_survived() -> None:
    """No answer of any endpoint makes a reader fail in another way than by its shape."""
    for answer in RECORDED:
        try:
            value = json.loads(answer.body)
        except ValueError:
            continue
        for read in (runners_of, repository_of, organization_of, account_of, version_text_of):
            with suppress(WrongShape):
                read(value)

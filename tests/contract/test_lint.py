"""Advice on valid contracts."""

from __future__ import annotations

import pytest

from runner_scope_doctor.contract.lint import lint
from runner_scope_doctor.contract.parse import parse_contract


def sentences(entry: str) -> list[str]:
    """What is advised on the one runner, which stands on line 3."""
    contract = parse_contract(f"version: 1\nrunners:\n  - {entry}\n", file="c.yml")
    advice = lint(contract)
    assert {one.location for one in advice} <= {contract.runners[0].location}
    return [one.sentence for one in advice]


@pytest.mark.parametrize(
    "entry",
    [
        "{name: deploy-host, scope: {repository: a/b, id: 5}, labels: [deploy], online_within: 60s}",
        "{name: shared, scope: instance, labels: [docker]}",
        "{name: team, scope: {organization: {id: 5}}, labels: [docker]}",
    ],
)
def test_a_good_declaration_gets_no_advice(entry: str) -> None:
    """Advice is silent where nothing could be said better."""
    assert sentences(entry) == []


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("{name: Deploy-1, scope: instance, labels: [x]}", "any repository may run jobs on it"),
        ("{name: host, scope: instance, labels: [x, deploy]}", "any repository may run jobs on it"),
        ("{name: host, scope: {repository: a/b}, labels: [x]}", "by name only"),
        ("{name: host, scope: {user: a}, labels: [x]}", "by name only"),
        ("{name: host, scope: instance}", "declares no labels"),
        ("{name: host, scope: instance, labels: [x], online_within: 59s}", "online_within below 60s"),
    ],
)
def test_each_advice(entry: str, words: str) -> None:
    """One weakness gives one sentence, beginning with the runner's name."""
    (sentence,) = sentences(entry)
    assert words in sentence
    assert sentence.startswith(entry.split(",")[0].removeprefix("{name: ") + " ")

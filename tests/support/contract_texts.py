"""Contract texts for tests, and what the parser says of them."""

from __future__ import annotations

import pytest

from runner_scope_doctor.contract.parse import parse_contract
from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.errors import SettingsInvalid

FILE = "runner-scope.yml"
BOTH_PARSERS = pytest.mark.parametrize("libyaml", [True, False], ids=["libyaml", "pure"])


def parsed(text: str) -> Contract:
    """The contract in the text."""
    return parse_contract(text, file=FILE)


def refusal(text: str) -> str:
    """What is said about a text that is no contract."""
    with pytest.raises(SettingsInvalid) as caught:
        parsed(text)
    return caught.value.problem


def one_runner(*lines: str, name: str = "builder") -> str:
    """A contract with one instance-wide runner and further lines of its entry; those begin on line 5."""
    return "\n".join(
        ["version: 1", "runners:", f"  - name: {name}", "    scope: instance", *(f"    {x}" for x in lines)]
    )


def scoped(scope: str) -> str:
    """A contract with one runner of that scope, which stands on line 4."""
    return f"version: 1\nrunners:\n  - name: builder\n    scope: {scope}\n"


SKETCH = """\
version: 1
instance: https://git.example.org/          # optional; pins which server this is about
runners:
  - name: rs2000-deploy-host
    scope: {repository: platform-team/platform, id: 35}
    labels: [deploy]
    online_within: 10m
    max_wait: 15m

  - name: "shared"
    scope: instance
undeclared: fail
"""

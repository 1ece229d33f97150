"""Contracts as `contract init` writes them from live rows."""

from __future__ import annotations

import json

import yaml
from jsonschema import Draft202012Validator

from runner_scope_doctor.contract.init import contract_text
from runner_scope_doctor.contract.schema import schema_text
from runner_scope_doctor.model.runner import (
    ObservedOwner,
)
from runner_scope_doctor.model.scope import OwnerKind, Scope
from runner_scope_doctor.model.snapshot import Snapshot
from support.contract_texts import parsed

VALIDATOR = Draft202012Validator(json.loads(schema_text()))
ALICE = ObservedOwner(id=7, name="alice", kind=OwnerKind.USER)


def declared(seen: Snapshot) -> dict[str, tuple[Scope, tuple[str, ...]]]:
    """Scope and labels by name, as the parser reads what init wrote; the schema accepts it too."""
    text = contract_text(seen)
    VALIDATOR.validate(yaml.safe_load(text))
    return {one.name: (one.scope, one.labels) for one in parsed(text).runners}

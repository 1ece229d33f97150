"""A plan as bytes, and back. One plan has one form: sorted keys, no white space, ASCII, whole numbers only."""

from __future__ import annotations

import hashlib
import json

from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.plan import (
    Maker,
    Plan,
    PlannedStatement,
    PlannedTarget,
    RowImage,
    Surroundings,
)
from runner_scope_doctor.plan.fields import PlanFields, Value, WrongPlan

SCHEMA_VERSION = 1
LARGEST_PLAN = 1 << 18
"""Bytes. A plan has one row and at most three statements."""


def canonical_bytes(plan: Plan) -> bytes:
    """The plan's only form, ending in a line end."""
    return (json.dumps(_document(plan), sort_keys=True, separators=(",", ":"), allow_nan=False) + "\n").encode("ascii")


def digest_of(content: bytes) -> str:
    """SHA-256 over the canonical bytes, 64 lower-case hex digits: the plan's name."""
    return hashlib.sha256(content).hexdigest()


def plan_from_bytes(content: bytes, *, file: str) -> Plan:
    """The plan those bytes are the canonical form of.

    Raises SettingsInvalid for anything else: another order or spelling, a key too many, too few or twice, a plan of another
    schema. So a plan that can be read has exactly one digest.
    """
    if len(content) > LARGEST_PLAN:
        raise _refused(file, f"is larger than {LARGEST_PLAN} bytes")
    try:
        document = PlanFields(json.loads(content.decode("ascii")), "")
        if document.integer("schema_version") != SCHEMA_VERSION:
            raise WrongPlan(
                f"has schema_version {document.integer('schema_version')}, and this tool knows {SCHEMA_VERSION}"
            )
        plan = _plan(document)
    except (ValueError, RecursionError) as error:
        raise _refused(file, "is not a plan's JSON") from error
    except WrongPlan as error:
        raise _refused(file, str(error)) from error
    if canonical_bytes(plan) != content:
        raise _refused(file, "is not in canonical form, so something has changed it since it was made")
    return plan


def _refused(file: str, reason: str) -> SettingsInvalid:
    return SettingsInvalid(f"The plan {file} {reason}.", next_step="Make a new one: runner-scope-doctor plan")


def _document(plan: Plan) -> dict[str, Value]:
    target = plan.target
    return {
        "schema_version": SCHEMA_VERSION,
        "plan_id": plan.plan_id,
        "tool_version": plan.tool_version,
        "target": {
            "instance": target.instance,
            "engine": target.engine.value,
            "database": target.database,
            "identity": target.identity,
            "forgejo": target.forgejo,
            "major": target.major,
            "table_fingerprint": target.table_fingerprint,
        },
        "finding": plan.finding,
        "repository": plan.repository,
        "before": _image(plan.before),
        "after": _image(plan.after),
        "statements": [_statement(statement) for statement in plan.statements],
        "surroundings": {"others": plan.surroundings.others, "fingerprint": plan.surroundings.fingerprint},
        "maker": {"forgejo_id": plan.maker.forgejo_id, "login": plan.maker.login},
        "created": plan.created,
        "expires": plan.expires,
    }


def _image(image: RowImage) -> dict[str, Value]:
    return {
        "id": image.id,
        "uuid": image.uuid,
        "name": image.name,
        "owner_id": image.owner_id,
        "repo_id": image.repo_id,
        "description": image.description,
        "created": image.created,
        "ephemeral": image.ephemeral,
        "token_hash": image.token_hash,
        "token_salt": image.token_salt,
    }


def _statement(statement: PlannedStatement) -> dict[str, Value]:
    return {
        "purpose": statement.purpose.value,
        "text": statement.text,
        "parameters": [[name, value] for name, value in statement.parameters],
        "rows": statement.rows,
    }


def _plan(document: PlanFields) -> Plan:
    target, around, maker = document.part("target"), document.part("surroundings"), document.part("maker")
    return Plan(
        plan_id=document.text("plan_id"),
        tool_version=document.text("tool_version"),
        target=PlannedTarget(
            instance=target.text("instance"),
            engine=target.engine("engine"),
            database=target.text("database"),
            identity=target.text("identity"),
            forgejo=target.text("forgejo"),
            major=target.integer("major"),
            table_fingerprint=target.text("table_fingerprint"),
        ),
        finding=document.text("finding"),
        repository=document.text("repository"),
        before=_image_of(document.part("before")),
        after=_image_of(document.part("after")),
        statements=tuple(_statement_of(part) for part in document.parts("statements")),
        surroundings=Surroundings(others=around.integer("others"), fingerprint=around.text("fingerprint")),
        maker=Maker(forgejo_id=maker.optional_integer("forgejo_id"), login=maker.text("login")),
        created=document.integer("created"),
        expires=document.integer("expires"),
    )


def _image_of(part: PlanFields) -> RowImage:
    return RowImage(
        id=part.integer("id"),
        uuid=part.text("uuid"),
        name=part.text("name"),
        owner_id=part.integer("owner_id"),
        repo_id=part.integer("repo_id"),
        description=part.optional_text("description"),
        created=part.optional_integer("created"),
        ephemeral=part.optional_truth("ephemeral"),
        token_hash=part.optional_text("token_hash"),
        token_salt=part.optional_text("token_salt"),
    )


def _statement_of(part: PlanFields) -> PlannedStatement:
    return PlannedStatement(
        purpose=part.purpose("purpose"),
        text=part.text("text"),
        parameters=part.parameters("parameters"),
        rows=part.integer("rows"),
    )

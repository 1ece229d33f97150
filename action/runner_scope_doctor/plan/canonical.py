"""A plan as bytes, and back. One plan has one form, and so one digest."""

from __future__ import annotations

from runner_scope_doctor.canonical import form
from runner_scope_doctor.canonical.fields import Fields, Value, WrongDocument
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.plan import (
    AskingRun,
    Maker,
    Plan,
    PlannedStatement,
    PlannedTarget,
    Purpose,
    RowImage,
    Surroundings,
)
from runner_scope_doctor.model.server import Engine

SCHEMA_VERSION = 1
LARGEST_PLAN = 1 << 18
"""Bytes. A plan has one row and at most two statements."""


def canonical_bytes(plan: Plan) -> bytes:
    """The plan's only form, ending in a line end."""
    return form.canonical_bytes(_document(plan)) + b"\n"


def digest_of(content: bytes) -> str:
    """SHA-256 over the canonical bytes, 64 lower-case hex digits: the plan's name."""
    return form.digest_of(content)


def plan_from_bytes(content: bytes, *, file: str) -> Plan:
    """The plan those bytes are the canonical form of.

    Raises SettingsInvalid for anything else: another order or spelling, a key too many, too few or twice, a plan of another
    schema. So a plan that can be read has exactly one digest.
    """
    try:
        plan = _plan(Fields(form.parsed(content, version=SCHEMA_VERSION, most_bytes=LARGEST_PLAN), ""))
    except WrongDocument as error:
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
        "environment": plan.environment,
        "finding": plan.finding,
        "undoes": plan.undoes,
        "repository": plan.repository,
        "before": _image(plan.before),
        "after": _image(plan.after),
        "statements": [_statement(statement) for statement in plan.statements],
        "surroundings": {"others": plan.surroundings.others, "fingerprint": plan.surroundings.fingerprint},
        "maker": _maker(plan.maker),
        "created": plan.created,
        "expires": plan.expires,
    }


def _maker(maker: Maker) -> dict[str, Value]:
    """Without the key `run` where there is none: plans of before it had that form, and keep their digest."""
    person: dict[str, Value] = {"forgejo_id": maker.forgejo_id, "login": maker.login}
    return person if maker.run is None else {**person, "run": {"id": maker.run.id, "created": maker.run.created}}


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


def _plan(document: Fields) -> Plan:
    target, around = document.part("target"), document.part("surroundings")
    return Plan(
        plan_id=document.text("plan_id"),
        tool_version=document.text("tool_version"),
        target=PlannedTarget(
            instance=target.text("instance"),
            engine=target.word("engine", Engine),
            database=target.text("database"),
            identity=target.text("identity"),
            forgejo=target.text("forgejo"),
            major=target.integer("major"),
            table_fingerprint=target.text("table_fingerprint"),
        ),
        environment=document.optional_text("environment"),
        finding=document.optional_text("finding"),
        undoes=document.optional_text("undoes"),
        repository=document.text("repository"),
        before=_image_of(document.part("before")),
        after=_image_of(document.part("after")),
        statements=tuple(_statement_of(part) for part in document.parts("statements")),
        surroundings=Surroundings(others=around.integer("others"), fingerprint=around.text("fingerprint")),
        maker=_maker_of(document.part("maker")),
        created=document.integer("created"),
        expires=document.integer("expires"),
    )


def _maker_of(part: Fields) -> Maker:
    run = part.optional_part("run")
    return Maker(
        forgejo_id=part.optional_integer("forgejo_id"),
        login=part.text("login"),
        run=None if run is None else AskingRun(id=run.integer("id"), created=run.integer("created")),
    )


def _image_of(part: Fields) -> RowImage:
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


def _statement_of(part: Fields) -> PlannedStatement:
    return PlannedStatement(
        purpose=part.word("purpose", Purpose),
        text=part.text("text"),
        parameters=part.named_values("parameters"),
        rows=part.integer("rows"),
    )

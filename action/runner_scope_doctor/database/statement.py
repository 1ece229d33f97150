"""A reviewed SQL text and how each engine wants it written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from runner_scope_doctor.model.server import Engine

Scalar = int | float | str
Parameters = Mapping[str, Scalar | tuple[Scalar, ...]]

_PARAMETER = re.compile(r":([a-z_]+)")
_QUOTED_NAME = re.compile(r'"([a-z]+)"')


@dataclass(frozen=True, slots=True)
class Statement:
    """One SELECT. `text` writes identifiers that need it as "name", parameters as :name, and a list as IN :names."""

    text: str


def written_for(engine: Engine, statement: Statement, parameters: Parameters) -> tuple[str, dict[str, Scalar]]:
    """The statement in the engine's own quoting and parameter style, with lists spread into one parameter a value.

    Only placeholders are ever inserted into the text; values always travel beside it.
    """
    values: dict[str, Scalar] = {}

    def placeholder(name: str) -> str:
        return f":{name}" if engine is Engine.SQLITE else f"%({name})s"

    def spread(match: re.Match[str]) -> str:
        name = match.group(1)
        value = parameters[name]
        if not isinstance(value, tuple):
            values[name] = value
            return placeholder(name)
        for position, item in enumerate(value):
            values[f"{name}_{position}"] = item
        return "(" + ", ".join(placeholder(f"{name}_{position}") for position in range(len(value))) + ")"

    match engine:
        case Engine.SQLITE:
            text = statement.text
        case Engine.POSTGRES:
            text = statement.text.replace("%", "%%")
        case Engine.MYSQL:
            text = _QUOTED_NAME.sub(r"`\1`", statement.text.replace("%", "%%"))
        case _:
            assert_never(engine)
    return _PARAMETER.sub(spread, text), values

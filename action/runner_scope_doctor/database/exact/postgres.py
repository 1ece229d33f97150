"""How psycopg keeps values exact: it would make Python objects of JSON, times and networks, and lose how they are written."""

from __future__ import annotations

import psycopg
from psycopg.types.string import TextLoader

from runner_scope_doctor.database.reader import Row

# Settings of a server, a database or a role that change how a value is written out.
SETTINGS = (
    "; SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = hex"
    "; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL TimeZone = 'UTC'"
)
_EXACT = frozenset({"bool", "int2", "int4", "int8", "oid", "float4", "float8", "numeric", "bytea"})
"""Types for which psycopg's own Python values lose nothing."""


def register_exact_loaders(connection: psycopg.Connection[Row]) -> None:
    """Later results of the connection hold every other type as the text PostgreSQL writes."""
    for info in psycopg.adapters.types:
        if info.name not in _EXACT:
            connection.adapters.register_loader(info.oid, TextLoader)
        if info.array_oid:
            connection.adapters.register_loader(info.array_oid, TextLoader)

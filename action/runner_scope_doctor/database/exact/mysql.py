"""How PyMySQL keeps values exact: it would make dates of some texts, and lose what Python's dates cannot say."""

from __future__ import annotations

from decimal import Decimal

from pymysql.connections import Connection
from pymysql.constants import FIELD_TYPE

_INTEGERS = (
    FIELD_TYPE.TINY,
    FIELD_TYPE.SHORT,
    FIELD_TYPE.INT24,
    FIELD_TYPE.LONG,
    FIELD_TYPE.LONGLONG,
    FIELD_TYPE.YEAR,
)
_DECIMALS = (FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL)


def keep_exact(connection: Connection) -> None:
    """Later results of the connection hold integers, decimals, doubles, texts and, for binary columns, bytes.

    A FLOAT is not exact, because the server itself writes it with six digits.
    """
    connection.decoders = {
        **dict.fromkeys(_INTEGERS, int),
        **dict.fromkeys(_DECIMALS, Decimal),
        FIELD_TYPE.FLOAT: float,
        FIELD_TYPE.DOUBLE: float,
    }

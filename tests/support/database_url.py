"""The URL a person would write for a database of a test."""

from __future__ import annotations

from urllib.parse import quote

from runner_scope_doctor.database.address import MysqlAddress, PostgresAddress


def url_of(address: PostgresAddress | MysqlAddress, *, query: str = "") -> str:
    """The whole URL, password included, for RSD_DATABASE_URL. Only for addresses over TCP."""
    scheme = "postgres" if isinstance(address, PostgresAddress) else "mysql"
    password = "" if address.password is None else f":{quote(address.password.secret, safe='')}"
    return f"{scheme}://{quote(address.user, safe='')}{password}@{address.host}:{address.port}/{address.name}{query}"

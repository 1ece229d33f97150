"""The words people write for a TLS mode, in an app.ini and in a URL."""

from __future__ import annotations

from collections.abc import Mapping

from runner_scope_doctor.database.address import TlsMode

POSTGRES_TLS_WORDS: Mapping[str, TlsMode] = {
    "disable": TlsMode.DISABLE,
    # libpq's `allow` tries without TLS first; both end up connected, and ours protects whenever it can.
    "allow": TlsMode.PREFER,
    "prefer": TlsMode.PREFER,
    "require": TlsMode.REQUIRE,
    "verify-ca": TlsMode.VERIFY_CA,
    "verify-full": TlsMode.VERIFY_FULL,
}
"""libpq's `sslmode`, which is Forgejo's `SSL_MODE` for PostgreSQL."""

MYSQL_TLS_WORDS: Mapping[str, TlsMode] = {
    "false": TlsMode.DISABLE,
    "0": TlsMode.DISABLE,
    "disable": TlsMode.DISABLE,
    # Forgejo's documentation says `prefer`, its driver (go-sql-driver) knows `preferred`.
    "prefer": TlsMode.PREFER,
    "preferred": TlsMode.PREFER,
    "skip-verify": TlsMode.REQUIRE,
    "true": TlsMode.VERIFY_FULL,
    "1": TlsMode.VERIFY_FULL,
}
"""Forgejo's `SSL_MODE` for MySQL and MariaDB, in lower case."""

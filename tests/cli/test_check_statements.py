"""What one whole check sends to a server, by the server's own log."""

from __future__ import annotations

import re
from pathlib import Path

from runner_scope_doctor.model.server import Engine
from support.access_case import contract_in
from support.access_page import login_with, page_grants
from support.command import doctor
from support.connection import FreshDatabase, run
from support.database_url import url_of
from support.mariadb_server import MariadbServer
from support.postgres_server import PostgresServer
from support.world import World, users_case


def test_what_is_sent_to_postgres(
    postgres_server: PostgresServer, postgres_database: FreshDatabase, tmp_path: Path
) -> None:
    """Only read-only transactions with settings of their own, SELECTs and ROLLBACKs: fit for a pooler, nothing left."""
    world = World.create(postgres_database.connection, Engine.POSTGRES, 16)
    users_case(world)
    reader = login_with(postgres_server, postgres_database, page_grants(Engine.POSTGRES, 16))
    run(postgres_database.connection, f"ALTER ROLE {reader.user} SET log_statement = 'all'")
    log = postgres_server.process.folders[0] / "log"
    before = log.stat().st_size
    ended = doctor(
        "check", "--contract", contract_in(tmp_path), "--sample", "1s",
        environment={"RSD_DATABASE_URL": url_of(reader, query="?schema=public"), "FORGEJO_ACTIONS": "true"},
    )  # fmt: skip
    assert ended.code == 10
    with log.open(encoding="utf-8") as file:
        file.seek(before)
        sent = re.findall(r"LOG:  (statement|execute ([^:]*)):\s+(.*)", file.read())
    assert len(sent) > 30
    others = {" ".join(text.split()[:2]) for _, _, text in sent if not text.startswith("SELECT ")}
    assert others == {"BEGIN READ", "ROLLBACK"}
    opening = {text for _, _, text in sent if text.startswith("BEGIN")}
    assert opening == {
        "BEGIN READ ONLY; SET LOCAL statement_timeout = 10000; SET LOCAL row_security = off"
        '; SET LOCAL search_path = "public", pg_temp'
    }
    assert {name for kind, name, _ in sent if kind.startswith("execute")} == {"<unnamed>"}
    assert (
        run(postgres_database.connection, "SELECT pid FROM pg_stat_activity WHERE usename = %s", (reader.user,)) == ()
    )


def test_what_is_sent_to_mariadb(
    mariadb_server: MariadbServer, mariadb_database: FreshDatabase, tmp_path: Path
) -> None:
    """Only read-only transactions, SELECTs, SHOW GRANTS and ROLLBACKs; beside them every client announces its character set."""
    users_case(World.create(mariadb_database.connection, Engine.MYSQL, 16))
    reader = login_with(mariadb_server, mariadb_database, page_grants(Engine.MYSQL, 16))
    run(mariadb_database.connection, "SET GLOBAL log_output = 'TABLE'")
    run(mariadb_database.connection, "SET GLOBAL general_log = ON")
    try:
        ended = doctor(
            "check", "--contract", contract_in(tmp_path), "--sample", "1s",
            environment={"RSD_DATABASE_URL": url_of(reader), "FORGEJO_ACTIONS": "true"},
        )  # fmt: skip
    finally:
        run(mariadb_database.connection, "SET GLOBAL general_log = OFF")
    assert ended.code == 10
    logged = run(
        mariadb_database.connection,
        "SELECT command_type, argument FROM mysql.general_log WHERE user_host LIKE %s",
        (f"%{reader.user}%",),
    )
    kinds = {str(kind) for kind, _ in logged}
    assert kinds == {"Connect", "Query", "Quit"}
    texts = [
        (text.decode() if isinstance(text, bytes) else str(text)).strip() for kind, text in logged if kind == "Query"
    ]
    assert len(texts) > 30
    others = {text for text in texts if not text.startswith("SELECT")}
    assert others == {"SET NAMES utf8mb4", "START TRANSACTION READ ONLY", "SHOW GRANTS", "ROLLBACK"}

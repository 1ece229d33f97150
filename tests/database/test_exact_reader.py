"""A backup reads what is stored, on every engine, and loses nothing of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from runner_scope_doctor.database.address import PostgresAddress
from runner_scope_doctor.database.exact.backup_tables import ColumnToSave, ExactRow, TableToSave, pages, tables_to_save
from runner_scope_doctor.database.exact.reader import opened_for_backup
from runner_scope_doctor.database.exact.values import ExactValue, RawText
from runner_scope_doctor.database.reader import Patience, Reader
from runner_scope_doctor.model.backup import BackupScope
from runner_scope_doctor.model.errors import RepairRefused, SourceUnavailable, TableMissing
from runner_scope_doctor.model.server import Engine
from support.backups import PATIENCE, exact_rows, same
from support.connection import FreshDatabase, Value, placeholder, run
from support.empty_server import EmptyServer
from support.logins import Grant, postgres_login
from support.postgres_server import PostgresServer
from support.world import World

LARGEST, SMALLEST = 2**63 - 1, -(2**63)
HOSTILE_TEXT = "rs2000\n::set-env name=PATH::/tmp\t\x01\x1b[31m \u202e\u0085'\"`;--%s:x 😀\U0010ffff e\u0301"


def test_odd_values_are_read_as_they_are_stored(any_engine_world: EmptyServer) -> None:
    """NULL, the ends of the number range, control characters, quotes and characters outside the basic plane."""
    world = any_engine_world.create(15)
    values: dict[str, Value] = {
        "owner_id": LARGEST, "repo_id": SMALLEST, "description": HOSTILE_TEXT, "token_salt": "", "last_online": None,
        "base": -(2**31), "repo_range": " trailing ", "agent_labels": "x" * 60_000,
    }  # fmt: skip
    id = world.runner("odd")
    sign = placeholder(world.engine)
    setting = ", ".join(f"{name} = {sign}" for name in values)
    world.execute(f"UPDATE action_runner SET {setting}", tuple(values.values()))
    (row,) = exact_rows(any_engine_world.address, "action_runner")
    assert {name: row[name] for name in values} == values
    assert (row["id"], row["name"]) == (id, "odd")
    assert type(row["owner_id"]) is int


def test_the_types_are_those_of_the_engine(any_engine_world: EmptyServer) -> None:
    """A truth value is one where the engine has them; bytes are bytes; a short CHAR is padded where the engine pads it."""
    world = any_engine_world.create(15)
    world.runner("odd", uuid="short", ephemeral=True)
    repository = world.repository(world.user("owner"), "repo")
    job = world.job(repository, workflow_payload=bytes(range(256)))
    world.task(job, 1, log_indexes=b"")
    engine, address = any_engine_world.engine, any_engine_world.address
    (runner,) = exact_rows(address, "action_runner")
    assert same(runner["ephemeral"], engine is Engine.POSTGRES or 1)
    assert runner["uuid"] == ("short".ljust(36) if engine is Engine.POSTGRES else "short")
    (found,) = exact_rows(address, "action_run_job", BackupScope.ALL_ACTIONS)
    assert found["workflow_payload"] == bytes(range(256))
    (task,) = exact_rows(address, "action_task", BackupScope.ALL_ACTIONS)
    assert same(task["log_indexes"], b"")


def test_sqlite_keeps_whatever_a_column_holds(sqlite_database: FreshDatabase) -> None:
    """SQLite stores any type in any column, and text that is no UTF-8; each is read as what it is."""
    world = World.create(sqlite_database.connection, Engine.SQLITE, 15)
    id = world.runner("odd")
    run(
        sqlite_database.connection,
        "UPDATE action_runner SET name = CAST(x'66ff6f' AS TEXT), description = x'ff00', version = 'a' || char(0) || 'b',"
        " owner_id = 'seven', repo_id = 1.5, last_online = -0.0, last_active = 9e999, token_salt = CAST(x'eda080' AS TEXT),"
        " repo_range = 5",
    )
    (row,) = exact_rows(sqlite_database.address, "action_runner")
    wanted: dict[str, ExactValue] = {
        "id": id, "name": RawText(b"f\xffo"), "description": b"\xff\x00", "version": "a\x00b", "owner_id": "seven",
        "repo_id": 1.5, "last_active": float("inf"), "token_salt": RawText(b"\xed\xa0\x80"), "repo_range": "5",
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted


def test_postgres_types_without_an_exact_python_type_stay_text(postgres_database: FreshDatabase) -> None:
    """JSON keeps its spaces, a time its year 10000, a network its words, a numeric its zeros, a float its last bit."""
    World.create(postgres_database.connection, Engine.POSTGRES, 15).runner("odd")
    columns = {
        "a_json": ("json", '{"b" :  1.0, "b": 2}', '{"b" :  1.0, "b": 2}'),
        "a_jsonb": ("jsonb", '{"a": 1.10}', '{"a": 1.10}'),
        "a_time": ("timestamp", "11000-01-02 03:04:05.000006", "11000-01-02 03:04:05.000006"),
        "a_zoned": ("timestamptz", "2026-01-02 03:04:05+02", "2026-01-02 01:04:05+00"),
        "an_end": ("timestamptz", "infinity", "infinity"),
        "a_span": ("interval", "1 month 2 days", "1 mon 2 days"),
        "a_number": ("numeric", "123456789012345678901234567890.1200", Decimal("123456789012345678901234567890.1200")),
        "a_float": ("double precision", "0.30000000000000004", 0.30000000000000004),
        "an_array": ("bigint[]", "{1,NULL,3}", "{1,NULL,3}"),
        "a_uuid": ("uuid", "7d3c0c5e-1f4a-4b6e-9a51-000000000001", "7d3c0c5e-1f4a-4b6e-9a51-000000000001"),
        "a_network": ("inet", "10.0.0.1", "10.0.0.1"),
        "some_bytes": ("bytea", "\\x00ff5c", b"\x00\xff\\"),
    }
    name = postgres_database.address.name if isinstance(postgres_database.address, PostgresAddress) else ""
    for column, (kind, text, _) in columns.items():
        run(postgres_database.connection, f"ALTER TABLE action_runner ADD COLUMN {column} {kind}")
        run(postgres_database.connection, f"UPDATE action_runner SET {column} = %s::{kind}", (text,))
    for setting in (
        "extra_float_digits = 0",
        "bytea_output = escape",
        "datestyle = 'German'",
        "timezone = 'Asia/Tokyo'",
    ):
        run(postgres_database.connection, f'ALTER DATABASE "{name}" SET {setting}')
    (row,) = exact_rows(postgres_database.address, "action_runner")
    assert {column: row[column] for column in columns} == {column: value for column, (_, _, value) in columns.items()}


def test_mysql_types_without_an_exact_python_type_stay_text(mariadb_database: FreshDatabase) -> None:
    """A date of no calendar, a span of 838 hours and digits behind the point stay; the greatest unsigned number fits."""
    World.create(mariadb_database.connection, Engine.MYSQL, 15).runner("odd")
    run(mariadb_database.connection, "SET sql_mode = ''")
    columns: dict[str, tuple[str, Value, ExactValue]] = {
        "a_date": ("DATE", "0000-00-00", "0000-00-00"),
        "a_time": ("DATETIME(6)", "2026-02-00 01:02:03.000004", "2026-02-00 01:02:03.000004"),
        "a_span": ("TIME(3)", "-838:59:58.999", "-838:59:58.999"),
        "a_year": ("YEAR", 1999, 1999),
        "a_number": (
            "DECIMAL(40,4)",
            "123456789012345678901234567890.1200",
            Decimal("123456789012345678901234567890.1200"),
        ),
        "unsigned": ("BIGINT UNSIGNED", 2**64 - 1, 2**64 - 1),
        "a_double": ("DOUBLE", "0.30000000000000004", 0.30000000000000004),
        "some_bits": ("BIT(12)", 0xABC, b"\x0a\xbc"),
        "some_bytes": ("VARBINARY(9)", b"\x00\xff\\", b"\x00\xff\\"),
        "old_text": ("VARCHAR(9) CHARACTER SET latin1", "é€", "é€"),
        "a_json": ("JSON", '{"b" :  1.0}', '{"b" :  1.0}'),
        "a_word": ("ENUM('no','yes')", "yes", "yes"),
    }
    for column, (kind, value, _) in columns.items():
        run(mariadb_database.connection, f"ALTER TABLE action_runner ADD COLUMN `{column}` {kind}")
        run(mariadb_database.connection, f"UPDATE action_runner SET `{column}` = %s", (value,))
    (row,) = exact_rows(mariadb_database.address, "action_runner")
    assert {column: row[column] for column in columns} == {column: value for column, (_, _, value) in columns.items()}


@pytest.mark.parametrize(("table", "count"), [("action_runner", 2_500), ("action_variable", 125)])
def test_every_row_is_read_once_whatever_its_id(any_engine_world: EmptyServer, table: str, count: int) -> None:
    """Pages follow the ids from the least to the greatest, below zero and with gaps, each row once."""
    world = any_engine_world.create(15)
    ids = [SMALLEST + 1, -5, *range(3, 3 * count, 3), LARGEST - 1]
    names, row = ("id", "name", "data", "created_unix"), ("n", "d", 0)
    if table == "action_runner":
        names, row = ("id", "uuid", "token_hash"), ("u", "t")  # type: ignore[assignment]
    world.insert_many(
        table, names, [(id, *(f"{one}{id}" if isinstance(one, str) else one for one in row)) for id in ids]
    )
    found = exact_rows(any_engine_world.address, table, BackupScope.ALL_ACTIONS)
    assert [one["id"] for one in found] == sorted(ids)


@pytest.mark.parametrize("count", [0, 999, 1_000, 1_001, 2_000])
def test_a_full_last_page_is_no_end_too_early(sqlite_database: FreshDatabase, count: int) -> None:
    """No row is lost or read twice where the number of rows is about a whole number of pages."""
    world = World.create(sqlite_database.connection, Engine.SQLITE, 15)
    world.insert_many("action_tasks_version", ("repo_id",), [(number,) for number in range(count)])
    found = exact_rows(sqlite_database.address, "action_tasks_version")
    assert [row["repo_id"] for row in found] == list(range(count))


def test_a_key_of_another_name_is_followed(any_engine_world: EmptyServer) -> None:
    """Forgejo's `action_run_index` has the key `group_id`, the repository; its rows are read by that."""
    world = any_engine_world.create(15)
    world.execute("CREATE TABLE action_run_index (group_id BIGINT PRIMARY KEY NOT NULL, max_index BIGINT)")
    world.insert_many("action_run_index", ("group_id", "max_index"), [(number, 7) for number in range(120, 0, -1)])
    found = exact_rows(any_engine_world.address, "action_run_index", BackupScope.ALL_ACTIONS)
    assert [row["group_id"] for row in found] == list(range(1, 121))


def test_a_server_writes_between_two_pages(sqlite_database: FreshDatabase) -> None:
    """No lock is held while a page is worked on: in DELETE mode a writer without any patience gets through."""
    world = World.create(sqlite_database.connection, Engine.SQLITE, 15)
    world.insert_many("action_tasks_version", ("repo_id",), [(number,) for number in range(2_500)])
    run(sqlite_database.connection, "PRAGMA busy_timeout = 0")
    with opened_for_backup(sqlite_database.address, PATIENCE) as reader:
        (table,) = [
            one for one in tables_to_save(reader, BackupScope.RUNNER_TABLES) if one.name == "action_tasks_version"
        ]
        seen: list[ExactRow] = []
        for page in pages(reader, table):
            seen += page
            world.execute("UPDATE action_tasks_version SET version = 1 WHERE repo_id = ?", (len(seen) - 1,))
    assert len(seen) == 2_500


def test_the_definition_makes_the_same_table_again(
    any_engine_world: EmptyServer, request: pytest.FixtureRequest
) -> None:
    """What is saved of a definition, executed in an empty database, makes tables of which the same is read."""
    any_engine_world.create(15)
    make = request.getfixturevalue("fresh_database")
    other: FreshDatabase = make(any_engine_world.engine)
    with opened_for_backup(any_engine_world.address, PATIENCE) as reader:
        tables = tables_to_save(reader, BackupScope.RUNNER_TABLES)
    assert [table.name for table in tables] == ["action_runner", "action_runner_token", "action_tasks_version"]
    quote = '"' if any_engine_world.engine is Engine.POSTGRES else "`"
    for name in ("user", "repository"):  # tokens refer to them
        run(other.connection, f"CREATE TABLE {quote}{name}{quote} (id BIGINT PRIMARY KEY)")
    for table in tables:
        for statement in table.definition.split(";\n"):
            if statement.strip():
                run(other.connection, statement)
    with opened_for_backup(other.address, PATIENCE) as reader:
        assert tables_to_save(reader, BackupScope.RUNNER_TABLES) == tables


def test_all_actions_are_the_tables_with_that_beginning(any_engine_world: EmptyServer) -> None:
    """`all-actions` takes tables this program never heard of, and neither views nor what only looks alike."""
    world = any_engine_world.create(15)
    world.execute("CREATE TABLE action_new_thing (id BIGINT PRIMARY KEY, data VARCHAR(9))")
    world.execute("CREATE TABLE actionable (id BIGINT PRIMARY KEY)")
    world.execute("CREATE VIEW action_view AS SELECT id FROM action_runner")
    with opened_for_backup(any_engine_world.address, PATIENCE) as reader:
        tables = tables_to_save(reader, BackupScope.ALL_ACTIONS)
    assert [table.name for table in tables] == [
        "action_new_thing", "action_run", "action_run_job", "action_runner", "action_runner_token", "action_task",
        "action_tasks_version", "action_variable",
    ]  # fmt: skip
    columns = {table.name: [column.name for column in table.columns] for table in tables}
    assert columns["action_new_thing"] == ["id", "data"]
    assert len(columns["action_runner"]) == 18


def read_whole(reader: Reader, scope: BackupScope) -> None:
    """Every row of every table, thrown away."""
    for table in tables_to_save(reader, scope):
        for _ in pages(reader, table):
            pass


def refusal(server: EmptyServer, scope: BackupScope = BackupScope.RUNNER_TABLES) -> RepairRefused:
    """Why the tables of this server are not saved."""
    with opened_for_backup(server.address, PATIENCE) as reader, pytest.raises(RepairRefused) as caught:
        read_whole(reader, scope)
    assert caught.value.next_step
    return caught.value


@pytest.mark.parametrize("name", ["note more", 'a"b', "a`b", "Note", "a;drop", "ä", "a:b", "a%sb"])
def test_a_hostile_column_gets_into_no_statement(any_engine_world: EmptyServer, name: str) -> None:
    """A column's name that Forgejo could not have given is refused before anything is read of the table."""
    world = any_engine_world.create(15)
    quote = "`" if any_engine_world.engine is not Engine.POSTGRES else '"'
    quoted = name.replace(quote, quote * 2)
    world.execute(f"ALTER TABLE action_runner ADD COLUMN {quote}{quoted}{quote} INTEGER")
    problem = refusal(any_engine_world).problem
    assert "has a column named" in problem


def test_a_hostile_table_gets_into_no_statement(any_engine_world: EmptyServer) -> None:
    """A table's name that begins as Forgejo's do and goes on otherwise is refused, not passed over."""
    world = any_engine_world.create(15)
    quote = "`" if any_engine_world.engine is not Engine.POSTGRES else '"'
    world.execute(f"CREATE TABLE {quote}action_x y{quote} (id BIGINT PRIMARY KEY)")
    problem = refusal(any_engine_world, BackupScope.ALL_ACTIONS).problem
    assert problem == 'The database has a table named "action_x y", which Forgejo does not make.'


def test_a_view_in_place_of_a_table_is_refused(any_engine_world: EmptyServer) -> None:
    """What stands in place of a runner table must be one: a view could not be restored."""
    world = any_engine_world.create(15)
    world.execute("ALTER TABLE action_tasks_version RENAME TO elsewhere")
    world.execute("CREATE VIEW action_tasks_version AS SELECT * FROM elsewhere")
    for scope in BackupScope:
        assert refusal(any_engine_world, scope).problem == (
            "action_tasks_version is not a table as Forgejo makes it but a view."
        )


def test_another_primary_key_is_refused(any_engine_world: EmptyServer) -> None:
    """Without a unique id no page could follow another, and rows would be lost without a word."""
    world = any_engine_world.create(15)
    world.execute("DROP TABLE action_tasks_version")
    world.execute("CREATE TABLE action_tasks_version (repo_id BIGINT, id BIGINT, PRIMARY KEY (repo_id, id))")
    assert refusal(any_engine_world).problem == (
        "The primary key of action_tasks_version is (repo_id, id) and not one column, as Forgejo makes it."
    )
    world.execute("DROP TABLE action_tasks_version")
    world.execute("CREATE TABLE action_tasks_version (id BIGINT)")
    assert "is () and not one column" in refusal(any_engine_world).problem


def test_an_id_that_is_no_number_is_refused(sqlite_database: FreshDatabase) -> None:
    """SQLite lets a key hold a text, which no comparison of numbers would ever reach."""
    world = World.create(sqlite_database.connection, Engine.SQLITE, 15)
    world.execute("DROP TABLE action_tasks_version")
    world.execute("CREATE TABLE action_tasks_version (id INT PRIMARY KEY)")
    world.execute("INSERT INTO action_tasks_version VALUES (NULL)")
    server = EmptyServer(engine=Engine.SQLITE, address=sqlite_database.address, database=sqlite_database)
    assert "has a row whose id is no whole number" in refusal(server).problem


def test_a_float_of_mysql_is_refused(mariadb_database: FreshDatabase) -> None:
    """MySQL writes a FLOAT with six digits, so that it cannot be saved exactly; DOUBLE can."""
    world = World.create(mariadb_database.connection, Engine.MYSQL, 15)
    world.execute("ALTER TABLE action_runner ADD COLUMN share FLOAT")
    server = EmptyServer(engine=Engine.MYSQL, address=mariadb_database.address, database=mariadb_database)
    assert refusal(server).problem.startswith("action_runner.share is a float, of which MySQL gives out six digits")


def test_rows_of_heirs_are_not_the_tables_own(postgres_database: FreshDatabase) -> None:
    """A table that inherits from a saved one may have rows of the same ids, which belong to it alone."""
    world = World.create(postgres_database.connection, Engine.POSTGRES, 15)
    world.counter(0, 1, 5, id=1)
    world.execute("CREATE TABLE heir () INHERITS (action_tasks_version)")
    world.execute("INSERT INTO heir (id, version) VALUES (1, 6)")
    assert [row["version"] for row in exact_rows(postgres_database.address, "action_tasks_version")] == [5]


def test_a_missing_table_is_named(any_engine_world: EmptyServer) -> None:
    """A database without one of the tables is not Forgejo's, or not the right one; nothing is saved of it."""
    world = any_engine_world.create(15)
    world.execute("DROP TABLE action_runner_token")
    with opened_for_backup(any_engine_world.address, PATIENCE) as reader, pytest.raises(TableMissing) as caught:
        tables_to_save(reader, BackupScope.RUNNER_TABLES)
    assert "action_runner_token" in caught.value.problem


def test_a_database_without_tables_is_a_sentence(any_engine_world: EmptyServer) -> None:
    """An empty database ends with the missing table too."""
    if any_engine_world.engine is Engine.SQLITE:
        run(any_engine_world.database.connection, "CREATE TABLE other (id INTEGER)")  # an empty file is refused before
    with opened_for_backup(any_engine_world.address, PATIENCE) as reader, pytest.raises(TableMissing):
        tables_to_save(reader, BackupScope.RUNNER_TABLES)


def test_a_gone_server_is_a_sentence(postgres_server: PostgresServer, postgres_database: FreshDatabase) -> None:
    """A connection that ends between two pages raises SourceUnavailable, not a driver's error."""
    world = World.create(postgres_database.connection, Engine.POSTGRES, 15)
    world.insert_many("action_tasks_version", ("repo_id",), [(number,) for number in range(1_500)])
    login = postgres_login(
        postgres_server, postgres_database, (Grant(privilege="SELECT", table="action_tasks_version"),)
    )  # fmt: skip
    with opened_for_backup(login, Patience(10)) as reader:
        table = TableToSave(
            name="action_tasks_version", key="id", definition="", columns=(ColumnToSave(name="id", type="bigint"),)
        )  # fmt: skip
        reading = pages(reader, table)
        assert len(next(reading)) == 1_000
        run(
            postgres_database.connection,
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{login.user}'",
        )
        with pytest.raises(SourceUnavailable, match=r"terminat|closed"):
            next(reading)

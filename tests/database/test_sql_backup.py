"""The statements of a backup only read, and no foreign name gets into one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.database.sql import backup as sql_backup
from runner_scope_doctor.database.statement import Statement, written_for
from runner_scope_doctor.model.errors import RepairRefused
from runner_scope_doctor.model.server import Engine


def test_every_statement_only_reads() -> None:
    """Each begins with SELECT, but for MySQL's SHOW CREATE TABLE, and is one statement."""
    texts = [value.text for value in vars(sql_backup).values() if isinstance(value, Statement)]
    for engine in Engine:
        texts.append(sql_backup.select_page(engine, "action_runner", ("id", "index"), "id").text)
        texts.append(sql_backup.select_next_page(engine, "action_runner", ("id", "index"), "id").text)
    texts.append(sql_backup.select_right_to_all("action_runner").text)
    assert len(texts) > 12
    assert {text.split()[0] for text in texts} == {"SELECT"}
    assert not any(";" in text for text in texts)
    assert sql_backup.show_mysql_definition("action_runner").text == "SHOW CREATE TABLE `action_runner`"


def test_names_are_quoted_as_the_engine_does() -> None:
    """A column named like a word of SQL, such as Forgejo's own `index`, is only a name."""
    wanted = {
        Engine.SQLITE: 'SELECT "id", "index" FROM "action_run" WHERE "id" > :after ORDER BY "id" LIMIT :rows',
        Engine.POSTGRES: 'SELECT "id", "index" FROM ONLY "action_run" WHERE "id" > %(after)s ORDER BY "id" LIMIT %(rows)s',
        Engine.MYSQL: "SELECT `id`, `index` FROM `action_run` WHERE `id` > %(after)s ORDER BY `id` LIMIT %(rows)s",
    }
    for engine, text in wanted.items():
        statement = sql_backup.select_next_page(engine, "action_run", ("id", "index"), "id")
        assert written_for(engine, statement, {"after": -5, "rows": 10}) == (text, {"after": -5, "rows": 10})


@given(st.text().filter(lambda text: not (text.isascii() and text.replace("_", "a").isalnum() and text.islower())))
def test_no_other_name_is_taken(name: str) -> None:
    """Only small letters, digits and underscores get into a statement, and only behind `action_` as a table."""
    for table, columns in ((f"action_{name}", ("id",)), ("action_runner", ("id", name)), (name, ("id",))):
        if all(character in "0123456789_" for character in name) and name and table != name:
            continue  # digits and underscores alone are a good name
        with pytest.raises(RepairRefused):
            sql_backup.refuse_hostile_names(table, columns)
        for engine in Engine:
            with pytest.raises(RepairRefused):
                sql_backup.select_page(engine, table, columns, "id")


@pytest.mark.parametrize("name", ["user", "action", "action_", "xaction_runner", "action_runner\n", "action_Runner"])
def test_only_tables_of_the_actions_are_read(name: str) -> None:
    """No other table of the server can be read through a backup."""
    with pytest.raises(RepairRefused):
        sql_backup.refuse_hostile_names(name, ("id",))

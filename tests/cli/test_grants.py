"""`grants` prints what the pages list, letter by letter, and names that a person gives become names and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from runner_scope_doctor.cli.grants import ALSO, LOGINS, PARTS
from runner_scope_doctor.cli.main import main
from runner_scope_doctor.model.grants import Part
from runner_scope_doctor.model.server import Engine
from support.command import ROOT, Ended
from support.connection import FreshDatabase, run
from support.world import World

HEADINGS = {Engine.POSTGRES: "PostgreSQL", Engine.MYSQL: "MySQL and MariaDB"}
CHECK_PAGE, REPAIR_PAGE = ROOT / "docs" / "access.md", ROOT / "docs" / "access-repair.md"
ENGINES = pytest.mark.parametrize("engine", list(HEADINGS), ids=[engine.value for engine in HEADINGS])


def said_to(*arguments: str) -> Ended:
    """What the command says, within this process: it looks at nothing, so a process of its own would prove nothing more."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["grants", *arguments])
    return Ended(code, out.getvalue(), err.getvalue())


def printed(engine: Engine, purpose: str, *more: str) -> Ended:
    """What it says for that purpose."""
    return said_to("--engine", engine.value, "--for", purpose, *more)


def statements(text: str) -> list[str]:
    """The lines that a database would run."""
    return [line for line in text.splitlines() if line and not line.startswith("--")]


def page_of(part: Part) -> Path:
    check = next(iter(PARTS))
    also = [more for purpose, more in ALSO.values() if purpose is check]
    return CHECK_PAGE if part in (*PARTS[check], *also) else REPAIR_PAGE


def section(engine: Engine, part: Part) -> str:
    """The page's SQL under that heading, blocks one behind the other."""
    text = page_of(part).read_text(encoding="utf-8")
    body = text.split(f"\n### {part.value} on {HEADINGS[engine]}\n")[1].split("\n#")[0]
    return "".join(re.findall(r"```sql\n(.*?)```", body, re.DOTALL))


def creations(page: Path, engine: Engine) -> list[str]:
    """The page's statements that make logins on that engine."""
    text = page.read_text(encoding="utf-8").split(f"\n## {HEADINGS[engine]}\n")[1].split("\n### ")[0]
    return re.findall(r"^CREATE (?:ROLE|USER) .*;$", text, re.MULTILINE)


@ENGINES
def test_every_section_of_the_pages_is_what_is_printed(engine: Engine) -> None:
    """Required and optional, the newer versions' blocks, all that `--also` adds: each section is the program's to the letter."""
    of_word = {part: word for word, (_, part) in ALSO.items()}
    purpose_of = {part: purpose for purpose, parts in PARTS.items() for part in parts}
    purpose_of |= {part: purpose for purpose, part in ALSO.values()}
    assert set(purpose_of) == set(Part)
    for part, purpose in purpose_of.items():
        also = ("--also", of_word[part]) if part in of_word else ()
        ended = printed(engine, purpose.value, *also)
        assert (ended.code, ended.err) == (0, "")
        said = ended.out.split(f"\n-- {part.value}\n")[1]
        assert said.split("\n\n")[0].rstrip("\n") == section(engine, part).rstrip("\n"), part


@ENGINES
def test_the_pages_have_no_other_sections(engine: Engine) -> None:
    """No page lists a statement under a heading that the program does not know."""
    for page in (CHECK_PAGE, REPAIR_PAGE):
        found = re.findall(rf"^### (.*) on {HEADINGS[engine]}$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert {Part(heading) for heading in found} == {part for part in Part if page_of(part) == page}


@ENGINES
def test_the_logins_are_made_as_on_the_pages(engine: Engine) -> None:
    """Each login's CREATE stands on its page, with words in the place of a password; the fence makes no login."""
    made = {purpose: statements(printed(engine, purpose.value).out)[0] for purpose in PARTS}
    assert "CREATE" not in printed(engine, "fence").out
    of_check = made.pop(next(iter(PARTS)))
    assert creations(CHECK_PAGE, engine) == [of_check]
    others = {made[purpose] for purpose in made if purpose.value != "fence"}
    assert set(creations(REPAIR_PAGE, engine)) == others
    assert all(re.search(r"'choose (one|another one|a third one)'", text) for text in (of_check, *others))


@pytest.mark.parametrize(("major", "has"), [("13", False), ("14", True), ("16", True)])
def test_a_version_gets_only_its_own_columns(major: str, has: bool) -> None:
    """With `--major` the statements about columns that the version lacks are left out."""
    said = printed(Engine.POSTGRES, "approval", "--major", major).out
    assert ("workflow_directory" in said) is has


def test_what_is_left_out_is_named() -> None:
    """Without `--also` no right of it is printed, but the word that would bring it."""
    said = printed(Engine.POSTGRES, "backup").out
    assert "-- More for all-actions: not printed without --also all-actions" in said
    assert "action_variable" not in said


@ENGINES
def test_names_that_are_given_stay_names(engine: Engine, fresh_database: Callable[[Engine], FreshDatabase]) -> None:
    """A role with quotes and blanks gets exactly the rights of the page, when the printed statements are run as they are."""
    database = fresh_database(engine)
    World.create(database.connection, engine, 16)
    role = """o'dd "ro`le; --"""
    name = getattr(database.address, "name", "")
    more = ("--schema", "public") if engine is Engine.POSTGRES else ()
    ended = printed(engine, "check", "--role", role, "--database", name, "--major", "16", *more)
    assert (ended.code, ended.err) == (0, "")
    for statement in statements(ended.out):
        run(database.connection, statement)
    if engine is Engine.POSTGRES:
        asked = (
            "SELECT COUNT(*) FROM information_schema.column_privileges WHERE grantee = %s AND privilege_type = 'SELECT'"
        )
        assert run(database.connection, asked, (role,)) == ((10 + 1 + 3 + 3 + 8 + 2 + 4 + 2 + 3 + 4 + 4,),)
        run(database.connection, """DROP OWNED BY "o'dd ""ro`le; --"; DROP ROLE "o'dd ""ro`le; --" """)
    else:
        asked = "SELECT COUNT(*) FROM information_schema.column_privileges WHERE grantee = %s AND table_schema = %s"
        grantee = f"'{role}'@'%'"
        found = run(database.connection, asked, (grantee, name))
        run(database.connection, """DROP USER 'o''dd "ro`le; --'@'%'""")
        assert found == ((10 + 1 + 3 + 3 + 8 + 2 + 4 + 2 + 3 + 4 + 4,),)


@pytest.mark.parametrize(
    ("engine", "option", "value"),
    [
        (Engine.POSTGRES, "--role", "public"),
        (Engine.POSTGRES, "--role", "none"),
        (Engine.POSTGRES, "--role", "pg_read_all_data"),
        (Engine.POSTGRES, "--role", "x" * 64),
        (Engine.POSTGRES, "--role", "a\nb"),
        (Engine.POSTGRES, "--schema", "a\u202eb"),
        (Engine.POSTGRES, "--database", "a\tb"),
        (Engine.MYSQL, "--role", "x" * 33),
        (Engine.MYSQL, "--role", "back\\slash"),
        (Engine.MYSQL, "--role", "name@ho'st"),
        (Engine.MYSQL, "--role", "@host"),
        (Engine.MYSQL, "--schema", "public"),
        (Engine.SQLITE, "--role", "anybody"),
    ],
)
def test_a_name_that_would_be_something_else_is_refused(engine: Engine, option: str, value: str) -> None:
    """Everybody, a name cut short by the engine, line ends, direction marks: nothing is printed, exit code 2."""
    ended = printed(engine, "check", option, value)
    assert (ended.code, ended.out) == (2, "")
    assert "Next:" in ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--for", "check"),
        ("--engine", "postgres"),
        ("--engine", "oracle", "--for", "check"),
        ("--engine", "postgres", "--for", "everything"),
        ("--engine", "postgres", "--for", "check", "--also", "all-actions"),
        ("--engine", "postgres", "--for", "check", "--major", "6"),
    ],
)
def test_what_there_are_no_statements_for_is_refused(arguments: tuple[str, ...]) -> None:
    """A missing or unknown engine, purpose, part or version ends with 2 and names what there is."""
    ended = said_to(*arguments)
    assert (ended.code, ended.out) == (2, "")


def test_a_schema_of_its_own_is_written_before_each_table() -> None:
    """With `--schema` no search path decides which table is meant."""
    said = statements(printed(Engine.POSTGRES, "repair", "--schema", "Git Ea").out)
    assert said[2] == 'GRANT USAGE ON SCHEMA "Git Ea" TO runner_scope_repair;'
    assert said[4] == 'GRANT UPDATE (owner_id) ON "Git Ea".action_runner TO runner_scope_repair;'


def test_the_fence_on_mysql_names_both_logins() -> None:
    """There the login of the backup must see the counters' triggers, and may have a name of its own."""
    said = printed(Engine.MYSQL, "fence", "--role", "writer@10.0.0.7", "--backup-role", "reader").out
    assert "GRANT UPDATE (version) ON forgejo.action_tasks_version TO 'writer'@'10.0.0.7';" in said
    assert "GRANT TRIGGER ON forgejo.action_tasks_version TO 'reader'@'%';" in said


@pytest.mark.parametrize("purpose", [purpose.value for purpose in LOGINS])
def test_on_sqlite_the_owner_of_the_file_is_named_instead(purpose: str) -> None:
    """There are no statements, and what holds in their place is said; exit code 0."""
    ended = printed(Engine.SQLITE, purpose)
    assert (ended.code, ended.err) == (0, "")
    assert "GRANT" not in ended.out
    assert "who owns the file" in ended.out

"""The structure that `ls` shows is the structure the imports have."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "action" / "runner_scope_doctor"


def test_the_import_laws_hold() -> None:
    """import-linter finds every contract in .importlinter kept."""
    lint = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [sys.executable, str(lint), "--no-cache"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "action"), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_sql_stands_only_in_the_database_room() -> None:
    """No module outside `database` holds a SELECT, so that an administrator finds every statement in one folder."""
    sql = re.compile(r"\bSELECT\s+[\w*.,( ]+\s+FROM\b")
    outside = [path for path in PACKAGE.rglob("*.py") if PACKAGE / "database" not in path.parents]
    assert outside
    assert [str(path) for path in outside if sql.search(path.read_text(encoding="utf-8"))] == []


def test_the_check_has_no_statement_that_writes() -> None:
    """The statements of the check begin with SELECT, whatever version they are written for, but for the one SHOW GRANTS."""
    import inspect

    from runner_scope_doctor.database.sql import catalog, check, privileges, waiting, work
    from runner_scope_doctor.database.statement import Statement
    from runner_scope_doctor.model.server import Engine

    texts = []
    for name, value in (vars(check) | vars(catalog) | vars(work) | vars(waiting) | vars(privileges)).items():
        if isinstance(value, Statement):
            texts.append(value.text)
        elif name.startswith(("select_", "count_")):
            wanted = inspect.signature(value).parameters
            for major in range(7, 17):
                for engine in Engine:
                    texts.append(value(**{k: v for k, v in (("major", major), ("engine", engine)) if k in wanted}).text)
    assert len(texts) > 100
    assert {text.split()[0] for text in texts if text != "SHOW GRANTS"} == {"SELECT"}


def test_only_writing_asks_with_another_verb_than_get() -> None:
    """POST and PATCH are put into a request in one module, which notify alone may import; no other verb is known."""
    naming = {path for path in PACKAGE.rglob("*.py") if re.search(r"Verb\.(?!GET\b)", path.read_text(encoding="utf-8"))}
    assert naming == {PACKAGE / "forgejo" / "writing.py"}
    exchange = (PACKAGE / "forgejo" / "exchange.py").read_text(encoding="utf-8")
    assert re.findall(r'^    [A-Z]+ = "([A-Z]+)"$', exchange, re.MULTILINE) == ["GET", "POST", "PATCH"]
    sending = {path for path in PACKAGE.rglob("*.py") if "requests.Request(" in path.read_text(encoding="utf-8")}
    assert sending == {PACKAGE / "forgejo" / "exchange.py", PACKAGE / "notify" / "ping.py"}


def test_no_driver_or_http_library_is_loaded_to_print_the_help() -> None:
    """Start-up time is part of our speed: nothing costly is imported before it is used."""
    costly = ("requests", "yaml", "psycopg", "pymysql", "sqlite3", "json", "urllib.request", "ssl")
    program = (
        "import sys; from runner_scope_doctor.cli.main import main\n"
        "try: main(['--version'])\n"
        "except SystemExit: pass\n"
        f"print(sorted(set({costly!r}) & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ROOT / "action")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.splitlines()[-1] == "[]"

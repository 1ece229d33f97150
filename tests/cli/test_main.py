"""The command line itself: grammar, exit codes, and what happens to errors of our own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from runner_scope_doctor import __version__
from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.explain import page_of
from runner_scope_doctor.model.finding import FindingKind
from support.command import ACTION, ROOT, doctor

PASSWORD = "correct-horse-battery"


def test_the_exit_codes_are_those_of_the_docs() -> None:
    """docs/exit-codes.md and the enum are the same list; 1 is in neither."""
    page = (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| ([A-Z]+) \|", page, re.MULTILINE)
    assert {(int(code), name) for code, name in rows} == {(code.value, code.name) for code in ExitCode}
    assert 1 not in {code.value for code in ExitCode}


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        ((), 2, "required: COMMAND"),
        (("cure",), 2, "invalid choice"),
        (("check",), 2, "No server was named"),
        (("check", "--repair"), 2, "unrecognized arguments"),
        (("check", "--database", "sqlite://relative.db"), 3, "absolute"),
        (("check", "--database", "sqlite:////x", "--format", "pdf"), 2, "there is no format 'pdf'"),
        (("check", "--database", "sqlite:////x", "--format", "text,json"), 2, "two reports to one place"),
        (("check", "--database", "sqlite:////x", "--format", "json="), 2, "file name is missing"),
        (("check", "--database", "sqlite:////x", "--timeout", "soon"), 2, "--timeout soon"),
        (("check", "--database", "sqlite:////x", "--timeout", "nan"), 2, "--timeout nan"),
        (
            ("check", "--database", "sqlite:////x", "--format", "json=/nonexistent/report.json"),
            3,
            "could not be written",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(arguments: tuple[str, ...], code: int, reason: str) -> None:
    """A wrong argument or setting ends with its code and one sentence on standard error, and no report."""
    ended = doctor(*arguments)
    assert ended.code == code
    assert ended.out == ""
    assert reason in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--database", f"postgres://doctor:{PASSWORD}@localhost/forgejo"),
        ("check", "--databse", f"postgres://doctor:{PASSWORD}@localhost/forgejo"),
        ("check", "--api-token", PASSWORD),
        ("check", f"--password={PASSWORD}"),
        ("check", PASSWORD),
    ],
)
def test_a_password_on_the_command_line_is_refused_and_not_repeated(arguments: tuple[str, ...]) -> None:
    """Arguments are readable by every user of the machine; the refusal does not repeat the password."""
    ended = doctor(*arguments)
    assert ended.code == 2
    assert PASSWORD not in ended.out + ended.err


def test_a_database_url_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    """RSD_DATABASE_URL and RSD_DATABASE_URL_FILE name the database, and no message repeats them."""
    url = "sqlite:////nonexistent/forgejo.db"
    (tmp_path / "url").write_text(f"{url}\n")
    for environment in ({"RSD_DATABASE_URL": url}, {"RSD_DATABASE_URL_FILE": str(tmp_path / "url")}):
        ended = doctor("check", environment=environment)
        assert ended.code == 4
        assert "/nonexistent/forgejo.db" in ended.last_line
    missing = doctor("check", environment={"RSD_DATABASE_URL_FILE": str(tmp_path / "other")})
    assert (missing.code, "RSD_DATABASE_URL_FILE" in missing.err) == (3, True)


def test_the_version_names_the_servers_it_knows() -> None:
    """`--version` says of which release this is, and the oldest and newest Forgejo and every engine that it knows."""
    ended = doctor("--version")
    assert (ended.code, ended.err) == (0, "")
    assert (
        ended.out
        == f"runner-scope-doctor {__version__}\nknows Forgejo 7 to 16 on SQLite, PostgreSQL, MySQL or MariaDB\n"
    )


PLANTED = "import time\ntime.time = lambda: {}['planted']\n"


def test_an_error_of_ours_is_one_sentence_and_a_file_on_request(tmp_path: Path) -> None:
    """A bug ends with 4 and a sentence; the traceback goes only to the file named with --debug."""
    (tmp_path / "sitecustomize.py").write_text(PLANTED)
    arguments = ("check", "--database", "sqlite:////nonexistent/forgejo.db")
    ended = doctor(*arguments, paths=(tmp_path,))
    assert ended.code == 4
    assert ended.err == (
        "INCONCLUSIVE: an unexpected error of this tool (KeyError) ended the look. "
        "Next: run it again with --debug FILE and report that file.\n"
    )
    debug = tmp_path / "debug.txt"
    assert doctor(*arguments, "--debug", debug, paths=(tmp_path,)).code == 4
    assert "KeyError: 'planted'" in debug.read_text(encoding="utf-8")


def test_a_terminal_without_unicode_is_no_error(tmp_path: Path) -> None:
    """On a terminal that knows only ASCII other letters come out as escapes."""
    ended = doctor(
        "check",
        "--database",
        "sqlite:////nonexistent/übel.db",
        environment={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
    )
    assert ended.code == 4
    assert "\\xfcbel.db" in ended.last_line


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    """`| head -0` closes our standard output; we end quietly and not with 0."""
    ended = subprocess.run(
        [
            "bash",
            "-c",
            f"set -o pipefail; {sys.executable} -m runner_scope_doctor check "
            "--database sqlite:////nonexistent/x.db | true",
        ],
        env={"PYTHONPATH": str(ACTION), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 4
    assert ended.stderr == ""


def test_explain_prints_the_page_of_a_finding() -> None:
    """`explain` knows every finding by code and by name, and prints its page of the docs."""
    for kind in FindingKind:
        page = (ROOT / "docs" / "findings" / f"{kind.title}.md").read_text(encoding="utf-8")
        if kind in (FindingKind.COMBINED_SCOPE, FindingKind.POWERFUL_TOKEN):
            assert doctor("explain", kind.value).out == page
            assert doctor("explain", kind.title).out == page
        assert page_of(kind) == page

"""Several formats of one check, each where it was asked for, whatever the check comes to."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from support.command import ROOT, Ended, doctor
from support.exposition import value
from support.html_document import Node, document
from support.junit_document import cases, results
from support.sarif_document import run_of

CONTRACT = """\
version: 1
runners:
  - {name: rs2000-deploy-host, scope: {repository: platform-team/platform, id: 35}}
  - {name: shared-builder, scope: instance}
"""
LAST = "runner_scope_doctor_last_success_timestamp_seconds"
REPAIR = "UPDATE action_runner SET owner_id = 0 WHERE id = 5"
PLANTED = {
    "a bug": "import sqlite3\ndel sqlite3.connect\n",
    "interrupted": "import sqlite3\ndef interrupted(*a, **k): raise KeyboardInterrupt\nsqlite3.connect = interrupted\n",
}
"""What happens in the middle of a look at SQLite."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sick database, its contract, and a place for reports; runs begin there."""
    monkeypatch.chdir(tmp_path)
    with closing(sqlite3.connect(tmp_path / "forgejo.db")) as connection:
        connection.executescript((ROOT / "scripts" / "demo.sql").read_text(encoding="utf-8"))
    (tmp_path / "runner-scope.yml").write_text(CONTRACT, encoding="utf-8")
    (tmp_path / "out").mkdir()
    return tmp_path


def change(folder: Path, statement: str) -> None:
    """Changes the server's database."""
    with closing(sqlite3.connect(folder / "forgejo.db")) as connection, connection:
        connection.execute(statement)


def check(folder: Path, formats: str, *more: str | Path, paths: tuple[Path, ...] = ()) -> Ended:
    """One check of the database in `folder`, unless something else is to be looked at."""
    source = () if "--app-ini" in more or "--snapshot" in more else ("--database", f"sqlite:///{folder / 'forgejo.db'}")
    return doctor("check", *source, *more, "--format", formats, paths=paths)


def every_format(folder: Path) -> str:
    """Each format to a file of its own, but for the line of Nagios."""
    names = {
        "json": "a.json",
        "junit": "a.xml",
        "sarif": "a.sarif",
        "prometheus": "a.prom",
        "text": "a.txt",
        "html": "a.html",
    }
    return ",".join([f"{name}={folder / 'out' / file}" for name, file in names.items()] + ["nagios"])


def read(folder: Path, name: str) -> str:
    """One of the reports."""
    return (folder / "out" / name).read_text(encoding="utf-8")


def read_page(folder: Path, name: str) -> Node:
    """One of the reports for a browser."""
    return document(read(folder, name))


def test_every_format_at_once(folder: Path) -> None:
    """One look is told in seven formats, and the exit code is the check's own because Nagios is not alone."""
    ended = check(folder, every_format(folder), "--contract", "runner-scope.yml")
    assert (ended.code, ended.err) == (10, "")
    assert ended.out.startswith("RUNNER SCOPE CRITICAL - ")
    assert ended.out.count("\n") == 1
    assert json.loads(read(folder, "a.json"))["verdict"] == "unhealthy"
    assert results(cases(read(folder, "a.xml"))) == {"failure"}
    (result,) = run_of(read(folder, "a.sarif"))["results"]
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "runner-scope.yml"},
        "region": {"startLine": 3},
    }
    assert value(read(folder, "a.prom"), "runner_scope_doctor_up", check="a") == 1
    assert read(folder, "a.txt").splitlines()[-1].startswith("UNHEALTHY: RSD001 ")
    assert read_page(folder, "a.html").all("h1")[0].text.startswith("UNHEALTHY RSD001 ")
    assert len(list((folder / "out").iterdir())) == 6  # no temporary file is left


@pytest.mark.parametrize(
    ("statement", "arguments", "code", "state"),
    [
        (REPAIR, (), 0, "OK"),
        (REPAIR, ("--contract", "lacks-one.yml", "--fail-on", "warning"), 2, "CRITICAL"),
        ("UPDATE action_runner SET name = name", (), 2, "CRITICAL"),
        ("DROP TABLE action_runner", (), 3, "UNKNOWN"),
        (REPAIR, ("--contract", "missing.yml"), 3, "UNKNOWN"),
        (REPAIR, ("--fail-on", "mood"), 3, "UNKNOWN"),
    ],
)
def test_alone_the_line_of_nagios_has_its_exit_codes(
    folder: Path, statement: str, arguments: tuple[str, ...], code: int, state: str
) -> None:
    """0, 1, 2 and 3 mean what they mean to a monitoring server, and the line says the same."""
    (folder / "lacks-one.yml").write_text("".join(CONTRACT.splitlines(keepends=True)[:3]), encoding="utf-8")
    change(folder, statement)
    ended = check(folder, "nagios", *arguments)
    assert ended.code == code
    assert ended.out.startswith(f"RUNNER SCOPE {state} - ")
    assert ended.out.count("\n") == 1


def test_a_warning_alone_is_1(folder: Path) -> None:
    """Healthy with a warning is the plugin's WARNING, the one meaning that 1 has anywhere."""
    (folder / "lacks-one.yml").write_text("".join(CONTRACT.splitlines(keepends=True)[:3]), encoding="utf-8")
    change(folder, REPAIR)
    ended = subprocess.run(
        [sys.executable, "-m", "runner_scope_doctor", "check", "--contract", "lacks-one.yml"],
        env={
            "PYTHONPATH": str(ROOT / "action"),
            "RSD_DATABASE_URL": f"sqlite:///{folder / 'forgejo.db'}",
            "RSD_FORMAT": "nagios",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (1, "")
    assert ended.stdout.startswith("RUNNER SCOPE WARNING - HEALTHY: ")


def test_alone_in_a_file_it_has_them_too(folder: Path) -> None:
    """Alone means the only format, wherever it goes."""
    ended = check(folder, "nagios=out/line")
    assert (ended.code, ended.out) == (2, "")
    assert read(folder, "line").startswith("RUNNER SCOPE CRITICAL - ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--format", "nagios", "--nonsense"),
        ("check", "--format=nagios"),
        ("check", "--format", "text", "--format", "nagios", "--help"),
        ("check", "--format", "nagios", "--database", "sqlite:////x", "--format", "nagios="),
    ],
)
def test_a_plugin_never_ends_with_2_for_a_wrong_command_line(arguments: tuple[str, ...]) -> None:
    """A wrong argument is UNKNOWN to a monitoring server, and not CRITICAL; so is everything that is no check."""
    assert doctor(*arguments).code == 3


@pytest.mark.parametrize(
    ("arguments", "variable", "code"),
    [
        (("check",), "nagios", 3),
        (("check", "--format", "text"), "nagios", 2),
        (("check", "--format", "nagios,json=x.json"), "", 2),
        (("explain", "nothing"), "nagios", 2),
    ],
)
def test_only_the_check_with_that_format_alone_is_a_plugin(
    arguments: tuple[str, ...], variable: str, code: int
) -> None:
    """The variable asks for it too, an argument overrules it, and other commands keep their codes."""
    assert doctor(*arguments, environment={"RSD_FORMAT": variable}).code == code


def test_a_plugin_whose_line_is_lost_is_unknown(folder: Path) -> None:
    """On a full disk nobody read that it is OK."""
    change(folder, REPAIR)
    command = f"exec {sys.executable} -m runner_scope_doctor check --database sqlite:///{folder / 'forgejo.db'}"
    ended = subprocess.run(
        ["bash", "-c", f"{command} --format nagios > /dev/full"],
        env={"PYTHONPATH": str(ROOT / "action"), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (3, "")


def test_the_picture_has_every_runner_and_only_then_are_all_read(folder: Path) -> None:
    """A healthy runner that the check would leave out is drawn, and the verdict is that of a check that draws nothing."""
    healthy = (
        "INSERT INTO action_runner (id, uuid, name, version, owner_id, repo_id, last_online, agent_labels, token_hash)"
    )
    change(folder, f"{healthy} VALUES (60, 'u', 'team-builder', 'v12', 1, 0, 0, '[\"docker\"]', 'h')")
    ended = check(folder, "text=out/a.txt,html=out/a.html,json=out/a.json")
    root = read_page(folder, "a.html")
    assert "team-builder" in root.with_id("owner-1").text
    assert json.loads(read(folder, "a.json"))["coverage"] == "all"
    assert (ended.code, check(folder, "json=out/b.json").code) == (10, 10)
    assert json.loads(read(folder, "b.json"))["coverage"] == "candidates"


def test_the_page_can_go_to_standard_output(folder: Path) -> None:
    """Without a file name it is printed, and nothing beside it."""
    ended = check(folder, "html")
    assert document(ended.out).all("h1")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--database", "sqlite:////nonexistent/forgejo.db"), 4, "There is no SQLite database"),
        (("--contract", "broken.yml"), 3, "broken.yml:1"),
        (("--app-ini", "missing.ini"), 4, "missing.ini"),
        (("--snapshot", "broken.yml"), 3, "broken.yml"),
        ((), 4, "AttributeError"),
        ((), 4, "Interrupted before the look was finished."),
    ],
    ids=["no database", "broken contract", "no app.ini", "no snapshot", "a bug", "interrupted"],
)
def test_what_could_not_be_looked_at_is_told_in_every_format(
    folder: Path, arguments: tuple[str, ...], code: int, said: str, request: pytest.FixtureRequest
) -> None:
    """After a healthy check a failed one leaves nothing behind that reads as healthy, and keeps the last success."""
    change(folder, REPAIR)
    formats = every_format(folder).replace(f"json={folder / 'out' / 'a.json'},", "")
    assert check(folder, formats, "--contract", "runner-scope.yml").code == 0
    last = value(read(folder, "a.prom"), LAST)
    (folder / "broken.yml").write_text("x\n", encoding="utf-8")
    planted = PLANTED.get(request.node.callspec.id, "")
    (folder / "sitecustomize.py").write_text(planted, encoding="utf-8")
    ended = check(folder, formats, *arguments, paths=(folder,) if planted else ())
    assert ended.code == code
    assert ended.out.startswith("RUNNER SCOPE UNKNOWN - INCONCLUSIVE: ")
    assert said in ended.out
    assert results(cases(read(folder, "a.xml"))) == {"error"}
    assert run_of(read(folder, "a.sarif"))["invocations"][0]["executionSuccessful"] is False
    assert read_page(folder, "a.html").all("h1")[0].text.startswith("INCONCLUSIVE ")
    prom = read(folder, "a.prom")
    assert value(prom, "runner_scope_doctor_up") == 0
    assert value(prom, "runner_scope_doctor_verdict", verdict="healthy") == 0
    assert (value(prom, LAST), value(prom, "runner_scope_doctor_last_run_timestamp_seconds")) != (0, last)
    assert value(prom, LAST) == last


def test_the_prometheus_file_is_replaced_by_rename(folder: Path) -> None:
    """A collector reads the old file or the new one, and may read it: mode 0644."""
    assert check(folder, "prometheus=out/a.prom").code == 10
    first = (folder / "out" / "a.prom").stat()
    with (folder / "out" / "a.prom").open(encoding="utf-8") as old:
        assert check(folder, "prometheus=out/a.prom").code == 10
        assert value(old.read(), "runner_scope_doctor_up") == 1
    second = (folder / "out" / "a.prom").stat()
    assert first.st_ino != second.st_ino
    assert second.st_mode & 0o777 == 0o644


@pytest.mark.parametrize("earlier", ["huge", "binary", "empty", "link to a pipe", "broken link"])
def test_a_damaged_earlier_file_keeps_no_check_from_telling(folder: Path, earlier: str) -> None:
    """Whatever stood there, the next file is whole; a time that cannot be read is 0."""
    target = folder / "out" / "a.prom"
    match earlier:
        case "huge":
            target.write_text(f"{LAST} 1700000000\n" * 10_000, encoding="utf-8")
        case "binary":
            target.write_bytes(os.urandom(5000))
        case "empty":
            target.touch()
        case "link to a pipe":
            target.symlink_to("/dev/null")
        case _:
            target.symlink_to(folder / "nowhere")
    ended = check(folder, "prometheus=out/a.prom", "--contract", "missing.yml")
    assert ended.code == 3
    if earlier != "link to a pipe":  # what is no file is written to and never replaced
        assert value(target.read_text(encoding="utf-8"), LAST) == 0
    assert not (folder / "nowhere").exists()


def test_a_file_that_cannot_be_written_keeps_no_other_from_it(folder: Path) -> None:
    """The first failure is said and ends with 3; the other reports are there, with what was found."""
    (folder / "out" / "full").symlink_to("/dev/full")
    ended = check(folder, "json=out/full,prometheus=out/a.prom,nagios")
    assert ended.code == 3
    assert "The report could not be written to out/full: No space left on device." in ended.err
    assert value(read(folder, "a.prom"), "runner_scope_doctor_verdict", verdict="unhealthy") == 1
    assert ended.out.startswith("RUNNER SCOPE CRITICAL - ")


def test_a_reader_that_goes_away_costs_no_file(folder: Path) -> None:
    """Files are written before standard output, in whatever order they were named."""
    command = f"{sys.executable} -m runner_scope_doctor check --database sqlite:///{folder / 'forgejo.db'}"
    subprocess.run(
        ["bash", "-c", f"{command} --format text,prometheus={folder / 'out' / 'a.prom'} | true"],
        env={"PYTHONPATH": str(ROOT / "action"), "PATH": os.environ["PATH"]},
        check=True,
    )
    assert value(read(folder, "a.prom"), "runner_scope_doctor_up") == 1


@pytest.mark.parametrize(
    ("formats", "code"),
    [
        ("sarif=out/a,junit=out/a", 2),
        ("sarif=out/a,junit=./out/../out/a", 2),
        ("sarif=out/a,junit=out/link", 2),
        ("text,nagios", 2),
        ("text,sarif=/dev/stdout", 2),
        (f"junit=out/{'a' * 300}", 3),
        ("junit=out", 3),
        ("junit=nowhere/a", 3),
    ],
)
def test_a_place_taken_twice_or_that_cannot_be_written_is_refused(folder: Path, formats: str, code: int) -> None:
    """It is refused in a sentence, and no file is left half written."""
    (folder / "out" / "link").symlink_to("a")
    ended = check(folder, formats)
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.count("\n") == 1
    assert [one.name for one in (folder / "out").iterdir()] == ["link"]


@pytest.mark.parametrize("name", ["junit", "prometheus"])
@pytest.mark.parametrize("target", ["forgejo.db", "forgejo.db-wal", "runner-scope.yml", "app.ini", "link"])
def test_no_report_of_a_failure_replaces_what_is_read(folder: Path, name: str, target: str) -> None:
    """Not even when the check fails before it knows which database the server has."""
    (folder / "forgejo.db-wal").write_bytes(b"what is not in the database yet")
    (folder / "app.ini").write_text("[database]\nDB_TYPE = nonsense\n", encoding="utf-8")
    (folder / "link").symlink_to("forgejo.db-wal")
    before = {
        file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in os.listdir(folder) if "." in file
    }
    formats = f"prometheus=nowhere/a.prom,{name}={target}" if name != "prometheus" else f"{name}={target}"
    ended = check(folder, formats, "--app-ini", "app.ini", "--contract", "runner-scope.yml")
    assert ended.code == 2
    assert "would overwrite" in ended.err
    after = {
        file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in os.listdir(folder) if "." in file
    }
    assert before == after


def test_a_wrong_command_line_writes_no_file(folder: Path) -> None:
    """Options that contradict each other leave the last report as it was."""
    (folder / "out" / "a.prom").write_text("as it was", encoding="utf-8")
    ended = check(folder, "prometheus=out/a.prom", "--fail-on", "mood")
    assert (ended.code, read(folder, "a.prom")) == (2, "as it was")

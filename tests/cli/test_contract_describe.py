"""`contract describe` from outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner_scope_doctor.report.contract_page import BEGIN, END
from support.command import ROOT, Ended, doctor

EXAMPLE = ROOT / "docs" / "example"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page that has the marks and no table yet."""
    file = tmp_path / "runners.md"
    file.write_text(f"# Runners\n{BEGIN}\n{END}\nthe rest\n", encoding="utf-8")
    return file


def describe(*more: str | Path, contract: Path = EXAMPLE / "runner-scope.yml") -> Ended:
    """Describes the example's contract."""
    return doctor("contract", "describe", contract, *more)


def test_the_example_is_in_step() -> None:
    """The page that is committed as an example says what its contract says."""
    ended = describe("--check", EXAMPLE / "runners.md")
    assert (ended.code, ended.err) == (0, "")
    assert ended.last_line.startswith("IN STEP: ")


def test_the_table_is_printed_with_its_marks() -> None:
    """What is printed can be pasted into a page, which is then in step."""
    ended = describe()
    assert ended.code == 0
    assert ended.out.splitlines()[0] == BEGIN
    assert ended.out.splitlines()[-1] == END
    assert ended.out in (EXAMPLE / "runners.md").read_text(encoding="utf-8")


def test_check_write_check(page: Path) -> None:
    """Out of step is 10 with the difference and the command that mends it; that command makes it 0; the rest stays."""
    page.chmod(0o640)
    before = describe("--check", page)
    assert before.code == 10
    assert any(line.startswith("+| shared-builder |") for line in before.out.splitlines())
    command = before.last_line.partition("Next: runner-scope-doctor ")[2].split()
    assert doctor(*command).code == 0
    assert describe("--check", page).code == 0
    assert page.read_text(encoding="utf-8").startswith(f"# Runners\n{BEGIN}\n")
    assert page.read_text(encoding="utf-8").endswith(f"{END}\nthe rest\n")
    assert page.stat().st_mode & 0o777 == 0o640


def test_the_page_may_be_named_by_a_variable(page: Path) -> None:
    """As every option; to check and to write at once is refused, and nothing is written."""
    contract = EXAMPLE / "runner-scope.yml"
    variables = {"RSD_CHECK": str(page), "RSD_WRITE": str(page)}
    assert doctor("contract", "describe", contract, environment=variables).code == 2
    assert doctor("contract", "describe", contract, environment={"RSD_CHECK": str(page)}).code == 10


def test_nothing_is_written_that_is_in_step(page: Path) -> None:
    """A second --write leaves the very file there."""
    describe("--write", page)
    number = page.stat().st_ino
    assert describe("--write", page).last_line.startswith("IN STEP: ")
    assert page.stat().st_ino == number


def test_a_link_stays_a_link(page: Path, tmp_path: Path) -> None:
    """What the link leads to is written."""
    link = tmp_path / "link.md"
    link.symlink_to(page)
    assert describe("--write", link).code == 0
    assert link.is_symlink()
    assert "shared-builder" in page.read_text(encoding="utf-8")


def test_a_page_without_marks_is_refused_and_left_alone(page: Path) -> None:
    """3, with the two lines to put in; nothing is written."""
    page.write_text("nothing here\n", encoding="utf-8")
    for option in ("--check", "--write"):
        ended = describe(option, page)
        assert (ended.code, ended.out) == (3, "")
        assert BEGIN in ended.err
    assert page.read_text(encoding="utf-8") == "nothing here\n"


def test_a_page_that_cannot_be_written_is_3(page: Path) -> None:
    """A full disk, played by a limit: the reason of the system is told, the page is as it was, and nothing lies beside it."""
    before = page.read_text(encoding="utf-8")
    full = ("prlimit", "--fsize=10")
    ended = doctor("contract", "describe", EXAMPLE / "runner-scope.yml", "--write", page, prefix=full)
    assert ended.code == 3
    assert f"{page}: the page cannot be written: File too large." in ended.err
    assert page.read_text(encoding="utf-8") == before
    assert [file.name for file in page.parent.iterdir()] == ["runners.md"]


def test_a_contract_that_is_none_is_3(page: Path, tmp_path: Path) -> None:
    """Nothing is described or written of it."""
    broken = tmp_path / "broken.yml"
    broken.write_text("version: 1\nrunners: 7\n", encoding="utf-8")
    ended = describe("--write", page, contract=broken)
    assert (ended.code, ended.out) == (3, "")
    assert "the rest" in page.read_text(encoding="utf-8")

"""The samples of docs/formats.md are printed by the program, from the example of docs/example made sick."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from runner_scope_doctor.cli.exit_codes import NagiosCode
from runner_scope_doctor.cli.formats import Format
from runner_scope_doctor.model.picture import Mark
from runner_scope_doctor.report.nagios import State
from support.command import ROOT, doctor

PAGE = ROOT / "docs" / "formats.md"
TIME = re.compile(r"^(runner_scope_doctor_last_(?:run|success)_timestamp_seconds\{.*\}) \d+$", re.MULTILINE)
HEALTHY_ROW = '3561", "name": "rs2000-deploy-host", "version": "v12.3.0", "owner_id": 0'


def samples(folder: Path) -> dict[Format, str]:
    """What the program prints for the example with owner 1 in the row of runner 5, in each format."""
    example = ROOT / "docs" / "example"
    shutil.copy(example / "runner-scope.yml", folder)
    healthy = (example / "snapshot.json").read_text(encoding="utf-8")
    assert HEALTHY_ROW in healthy
    sick = healthy.replace(HEALTHY_ROW, HEALTHY_ROW.removesuffix("0") + "1")
    (folder / "snapshot.json").write_text(sick, encoding="utf-8")
    outputs = ",".join(f"{form.value}=runner-scope.{form.value}" for form in Format)
    ended = doctor("check", "--snapshot", "snapshot.json", "--contract", "runner-scope.yml", "--format", outputs)
    assert (ended.code, ended.out, ended.err) == (10, "", "")
    return {form: (folder / f"runner-scope.{form.value}").read_text(encoding="utf-8") for form in Format}


def sections() -> dict[str, str]:
    """The text below each heading of the second level."""
    parts = re.split(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def timeless(text: str) -> str:
    """The text without what depends on the clock."""
    return TIME.sub(r"\1 NOW", text)


def test_each_sample_is_the_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first block of each format's section is what the program prints, to the letter. To renew it: copy from the
    failure's left side."""
    monkeypatch.chdir(tmp_path)
    for form, printed in samples(tmp_path).items():
        block = re.search(r"^```[a-z]+\n(.*?)^```$", sections()[form.value], re.MULTILINE | re.DOTALL)
        assert block
        whole = timeless(printed)
        # A page of HTML is mostly style; its sample is the part that is read first.
        shown = whole if form is not Format.HTML else whole[whole.index("<header>") : whole.index("<nav")]
        assert shown == timeless(block[1]), form.value


def test_every_format_has_its_row_and_section() -> None:
    """The table is the list of formats, in its order."""
    rows = re.findall(r"^\| \[`([a-z]+)`\]\(#([a-z]+)\) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(form.value, form.value) for form in Format]


def test_the_states_of_a_plugin_are_those_of_the_page() -> None:
    """Names and exit codes of the table, of the line, and of the process are the same four."""
    rows = re.findall(r"^\| ([A-Z]+) \| (\d) \|", sections()["nagios"], re.MULTILINE)
    assert rows == [(code.name, str(code.value)) for code in NagiosCode]
    assert [code.name for code in NagiosCode] == [state.value for state in State]


def test_the_words_of_the_picture_are_those_of_the_page() -> None:
    """The table of the section is the list of marks, in its order."""
    rows = re.findall(r"^\| ([a-z]+) \| ", sections()["html"], re.MULTILINE)
    assert [row for row in rows if row != "word"] == [mark.value for mark in Mark]

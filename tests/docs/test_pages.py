"""What the pages say is what the program does."""

from __future__ import annotations

import subprocess

from runner_scope_doctor.model.finding import FindingKind
from support.command import ROOT


def test_every_finding_has_its_page_example_and_test() -> None:
    """Code, enum member, module, docs page and test file are one list."""
    for kind in FindingKind:
        module = kind.title.replace("-", "_")
        page = ROOT / "docs" / "findings" / f"{kind.title}.md"
        assert page.read_text(encoding="utf-8").startswith(f"# {kind.value} {kind.title}\n")
        assert (ROOT / "action" / "runner_scope_doctor" / "diagnose" / f"{module}.py").exists()
        assert (ROOT / "tests" / "diagnose" / f"test_{module}.py").exists()
    pages = {path.stem for path in (ROOT / "docs" / "findings").glob("*.md")}
    assert pages == {kind.title for kind in FindingKind}


def test_every_finding_page_answers_the_same_questions() -> None:
    """What it means, why it matters, how it looks per version, what to do, what never to do."""
    for kind in FindingKind:
        page = (ROOT / "docs" / "findings" / f"{kind.title}.md").read_text(encoding="utf-8")
        headings = [line for line in page.splitlines() if line.startswith("## ")]
        assert headings == [
            "## What it means",
            "## Why it matters",
            "## How it looks, per version",
            "## What to do",
            "## What never to do",
        ], kind.title


def test_the_sample_in_the_readme_is_the_programs_own() -> None:
    """Every line of the README's sample, but for paths, times and the gap, is printed by the demo."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    sample = readme.split("```console\n")[1].split("```")[0].splitlines()
    said = subprocess.run([ROOT / "scripts" / "demo"], capture_output=True, text=True, check=True).stdout.splitlines()
    lines = [line for line in sample if not line.startswith(("$ ", "Forgejo ", "…")) and "looked at" not in line]
    assert len(lines) > 4
    assert [line for line in lines if line not in said] == []


def test_the_readme_lists_every_finding_in_its_pages_words() -> None:
    """The README's table is the list of codes, each with the opening sentence of its page."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for kind in FindingKind:
        page = (ROOT / "docs" / "findings" / f"{kind.title}.md").read_text(encoding="utf-8")
        sentence = [line for line in page.splitlines() if line][1]
        assert f"| {kind.value} | [{kind.title}](docs/findings/{kind.title}.md): {sentence} |" in readme

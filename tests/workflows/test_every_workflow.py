"""What holds for every workflow and action of this repository, because others copy them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.command import ACTION, ROOT

WORKFLOWS = sorted((ROOT / ".forgejo" / "workflows").iterdir())
ACTIONS = sorted(ACTION.rglob("action.yml"))
PAGE = ROOT / "docs" / "workflows.md"
BY_NAME = pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
BOTH = pytest.mark.parametrize("file", [*WORKFLOWS, *ACTIONS], ids=lambda file: str(file.relative_to(ROOT)))
LOCKED = re.compile(r"^([a-z0-9-]+==[^ ;\\]+)", re.MULTILINE)


def loaded(file: Path) -> dict[str, Any]:  # a test reads documents of any form
    """The file as a tree. YAML takes the key `on` for yes; it is put back."""
    tree = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in tree.items()}


def jobs_of(file: Path) -> list[dict[str, Any]]:  # see loaded
    """The jobs of a workflow; what an action runs counts as one."""
    tree = loaded(file)
    return list(tree["jobs"].values()) if "jobs" in tree else [tree["runs"]]


def steps_of(file: Path) -> Iterator[dict[str, Any]]:  # see loaded
    """Every step."""
    for job in jobs_of(file):
        yield from job["steps"]


def tool(name: str, *arguments: str | Path) -> str:
    """What a linter says; it must be content."""
    program = Path(sys.executable).with_name(name)
    ended = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def test_linters_find_nothing() -> None:
    """zizmor in its strictest persona, with the settings it finds by itself, and the schemas accept all of them."""
    said = tool("zizmor", "--offline", "--no-progress", "--persona", "auditor", *WORKFLOWS, *ACTIONS)
    assert "No findings" in said
    assert said.count("completed") == len(WORKFLOWS) + len(ACTIONS) >= 4
    tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)
    tool("check-jsonschema", "--builtin-schema", "vendor.github-actions", *ACTIONS)


@BY_NAME
def test_a_workflow_asks_for_nothing_and_ends(file: Path) -> None:
    """No permission, no two runs at once, a name and a time limit for each job, a name for each step."""
    tree = loaded(file)
    assert tree["permissions"] == {}
    assert set(tree["concurrency"]) == {"group", "cancel-in-progress"}
    assert all(job["name"] and job["timeout-minutes"] <= 60 for job in jobs_of(file))
    assert all(step.get("name") for step in steps_of(file))


@BOTH
def test_no_value_is_pasted_into_a_command(file: Path) -> None:
    """Commands get what they need through the environment, and name their shell."""
    commands = [step for step in steps_of(file) if "run" in step]
    assert [step["run"] for step in commands if "${{" in step["run"]] == []
    assert {step["shell"] for step in commands} <= {"bash"}


@BOTH
def test_contexts_are_those_every_runner_has(file: Path) -> None:
    """`github.*` is what Forgejo and others share; `forgejo.*` fails elsewhere."""
    used = re.findall(r"\$\{\{(.*?)\}\}|^\s+(?:- )?if: (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    names = {name for pair in used for name in re.findall(r"(?<![\w.-])([a-z]+)\.", " ".join(pair))}
    assert names <= {"github", "matrix", "steps", "vars", "secrets", "inputs", "needs"}


def test_a_checkout_leaves_no_credentials_behind() -> None:
    """No later step finds the job's token in the workspace."""
    steps = [step for file in WORKFLOWS for step in steps_of(file)]
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert len(checkouts) >= 3
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@BOTH
def test_every_foreign_action_is_pinned(file: Path) -> None:
    """What others may move under the same name is named by its commit, with the version beside it."""
    used = [line.strip() for line in file.read_text("utf-8").splitlines() if re.match(r"\s*(- )?uses: (?!\./)", line)]
    assert [line for line in used if not re.search(r"@[0-9a-f]{40} # v\d", line)] == []


def test_strangers_get_no_secret_and_no_deploy_host() -> None:
    """The workflow for pull requests names no secret and no variable, and runs where containers are thrown away."""
    (file,) = [file for file in WORKFLOWS if "pull_request" in loaded(file)["on"]]
    assert not re.search(r"\b(secrets|vars)\.|\btoken\b", file.read_text(encoding="utf-8"))
    assert {job["runs-on"] for job in jobs_of(file)} == {"docker"}
    assert loaded(file)["on"] == {
        "pull_request": {"branches": ["main"], "types": ["opened", "synchronize", "reopened", "edited"]}
    }


def test_the_linters_are_those_of_the_tests() -> None:
    """What judges pull requests is locked to the very versions that are tested here."""
    tested = set(LOCKED.findall((ROOT / "tests" / "requirements.lock").read_text(encoding="utf-8")))
    locked = set(LOCKED.findall((ACTION / "linters.lock").read_text(encoding="utf-8")))
    assert {"zizmor", "check-jsonschema"} <= {name.partition("==")[0] for name in locked}
    assert locked - tested == set()


@BY_NAME
def test_the_page_describes_each(file: Path) -> None:
    """docs/workflows.md has a section for every workflow there is."""
    assert f"\n## `{file.name}`\n" in PAGE.read_text(encoding="utf-8")


def test_the_page_has_a_row_for_each_input_and_output_of_the_setup() -> None:
    """What action/setup takes and gives stands in the page, word for word."""
    setup, page = loaded(ACTION / "setup" / "action.yml"), PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", page, re.MULTILINE)
    entries = {**setup["inputs"], **setup["outputs"]}
    assert rows == [(name, entry["description"]) for name, entry in entries.items()]

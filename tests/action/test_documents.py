"""What action.yml, its page and the workflows say is what there is, and linters agree."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from pwd import getpwuid
from typing import Any

import pytest
import yaml

from support.act import ActRun, run_workflow
from support.action_jobs import Prepared
from support.command import ACTION, ROOT, doctor
from support.socket_service import NEEDS_ACTIVATE, service

PAGE = ROOT / "docs" / "action.md"
WORKFLOW = ROOT / ".forgejo" / "workflows" / "scope-check.yml"
UPLOAD = "actions/upload-artifact@c6a3b2bd78b3985e4b2f15397fec357f0fd808de"
KEEP = """\
name: Stand-in
description: Keeps the file where the test looks for it.
inputs:
  name: {description: unused}
  path: {description: the file}
  retention-days: {description: unused}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        FROM: ${{ inputs.path }}
      run: cp "$FROM" "$KEPT"
"""


def _yaml(text: str) -> dict[str, Any]:  # a test reads documents of any form
    loaded = yaml.safe_load(text)
    assert isinstance(loaded, dict)
    return loaded


def _action() -> dict[str, Any]:  # see _yaml
    return _yaml((ACTION / "action.yml").read_text(encoding="utf-8"))


def _examples() -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def _tool(name: str, *arguments: str | Path) -> str:
    program = Path(sys.executable).with_name(name)
    ended = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


@pytest.mark.parametrize("part", ["inputs", "outputs"])
def test_the_page_has_a_row_for_each(part: str) -> None:
    """The tables of the page hold what action.yml says, word for word and in its order."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {part.capitalize()}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", section, re.MULTILINE)
    assert rows == [(name, entry["description"]) for name, entry in _action()[part].items()]


def test_every_option_of_the_check_is_an_input() -> None:
    """What the command line can do a job can do too; only options that make no sense there are left out."""
    options = set(re.findall(r"^  --([a-z-]+)", doctor("check", "--help").out, re.MULTILINE))
    beyond = {"database-url", "database-url-file", "api-token", "formats", "python", "cache-folder"}
    assert set(_action()["inputs"]) == options - {"database", "format", "debug"} | beyond


def test_every_input_reaches_the_check_through_the_environment() -> None:
    """Each input is read once, into a variable, and no value is pasted into the command."""
    (step,) = _action()["runs"]["steps"]
    inputs = re.findall(r"^\$\{\{ inputs\.([a-z-]+) \}\}$", "\n".join(step["env"].values()), re.MULTILINE)
    assert sorted(inputs) == sorted(_action()["inputs"])
    assert step["run"] == 'python3 -I "$GITHUB_ACTION_PATH/start.py"'
    renamed = {"FORMATS": "FORMAT", "PYTHON": "ACTION_PYTHON", "CACHE_FOLDER": "ACTION_CACHE"}
    for variable, value in step["env"].items():
        name = value.removeprefix("${{ inputs.").removesuffix(" }}").replace("-", "_").upper()
        assert variable == f"RSD_{renamed.get(name, name)}"
    assert {entry["default"] for entry in _action()["inputs"].values()} == {""}


def test_linters_find_nothing(tmp_path: Path) -> None:
    """zizmor in its strictest persona and the schemas accept the action, our workflows and the page's examples."""
    examples = []
    for number, text in enumerate(_examples()):
        file = tmp_path / ".forgejo" / "workflows" / f"example-{number}.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        examples.append(file)
    assert len(examples) == 2
    workflows = [*sorted(WORKFLOW.parent.glob("*.yml")), *examples]
    strict = ("--offline", "--no-progress", "-c", "zizmor.yml", "--persona", "auditor")
    assert "No findings" in _tool("zizmor", *strict, ACTION / "action.yml", *workflows)
    _tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)
    _tool("check-jsonschema", "--builtin-schema", "vendor.github-actions", ACTION / "action.yml")


def test_the_linters_would_find_something(tmp_path: Path) -> None:
    """The same tools reject an action that pastes a value into its command, and a workflow with a word too many."""
    pasted = (
        (ACTION / "action.yml").read_text(encoding="utf-8").replace('"$GITHUB_ACTION_PATH', '"${{ inputs.python }}')
    )
    action = tmp_path / "action.yml"
    action.write_text(pasted, encoding="utf-8")
    with pytest.raises(AssertionError, match="template-injection"):
        _tool("zizmor", "--offline", "--no-progress", "-c", "zizmor.yml", action)
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(_examples()[0].replace("runs-on:", "run-on:"), encoding="utf-8")
    with pytest.raises(AssertionError, match="run-on"):
        _tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", wrong)


def test_the_examples_use_inputs_and_outputs_that_exist() -> None:
    """Every `with:` key of the action and every output read in an example or workflow is one of action.yml."""
    action = _action()
    for text in (*_examples(), WORKFLOW.read_text(encoding="utf-8")):
        steps = [step for job in _yaml(text)["jobs"].values() for step in job["steps"]]
        (ours,) = [step for step in steps if re.search(r"(runner-scope-doctor|\.)/action\b", step.get("uses", ""))]
        assert set(ours["with"]) <= set(action["inputs"])
        assert set(re.findall(r"steps\.doctor\.outputs\.([a-z-]+)", text)) <= set(action["outputs"])


def test_every_foreign_action_is_pinned() -> None:
    """What others may move under the same name is named by its commit, with the version beside it."""
    used = [line.strip() for file in WORKFLOW.parent.glob("*.yml") for line in file.read_text("utf-8").splitlines()]
    foreign = [line for line in used if re.match(r"(- )?uses: (?!\./)", line)]
    assert foreign
    assert [line for line in foreign if not re.search(r"@[0-9a-f]{40} # v\d", line)] == []


@pytest.mark.parametrize(("state", "event"), [("healthy", "schedule"), ("sick", "workflow_dispatch")])
def test_the_scheduled_check_runs(
    state: str, event: str, tmp_path: Path, checkout: Path, prepared: Prepared, request: pytest.FixtureRequest
) -> None:
    """scope-check.yml passes on a healthy server and fails on a sick one, and keeps the report either way."""
    run, kept = _scheduled(
        tmp_path, checkout, prepared, event, secrets={"RSD_DATABASE_URL": request.getfixturevalue(state)}
    )
    assert run.succeeded == (state == "healthy"), run.everything
    verdict = {"healthy": "healthy", "sick": "unhealthy"}[state]
    assert _yaml(kept.read_text(encoding="utf-8"))["verdict"] == verdict


@NEEDS_ACTIVATE
@pytest.mark.parametrize("state", ["healthy", "sick"])
def test_the_scheduled_check_asks_the_hosts_socket(
    state: str, tmp_path: Path, checkout: Path, prepared: Prepared, private: Path, request: pytest.FixtureRequest
) -> None:
    """With the variable RSD_SOCKET alone scope-check.yml judges what the host's service sees, and holds no credential."""
    url = private / "check.url"
    url.write_text(f"{request.getfixturevalue(state)}\n", encoding="utf-8")
    host = private / "host.yml"
    host.write_text(
        f"version: 1\ninstance: https://git.example.org/\nstate: {private}/state\n"
        f"connections: {{check: {{database_url_file: {url}}}}}\n"
        f'service: {{callers: ["{getpwuid(os.getuid()).pw_name}"]}}\n',
        encoding="utf-8",
    )
    for file in (url, host):
        file.chmod(0o600)
    with service("-m", "runner_scope_doctor", "serve", "--host", host) as served:
        run, kept = _scheduled(tmp_path, checkout, prepared, "schedule", variables={"RSD_SOCKET": str(served.path)})
    assert run.succeeded == (state == "healthy"), run.everything
    report = _yaml(kept.read_text(encoding="utf-8"))
    assert report["verdict"] == {"healthy": "healthy", "sick": "unhealthy"}[state]


def _scheduled(
    folder: Path,
    checkout: Path,
    prepared: Prepared,
    event: str,
    *,
    secrets: dict[str, str] | None = None,
    variables: dict[str, str] | None = None,
) -> tuple[ActRun, Path]:
    """How scope-check.yml ended, and where the report is that it kept."""
    keeper, kept = folder / "keeper", folder / "kept.json"
    keeper.mkdir()
    (keeper / "action.yml").write_text(KEEP, encoding="utf-8")
    run = run_workflow(
        WORKFLOW.read_text(encoding="utf-8"),
        folder,
        checkout=checkout,
        folders={"action": checkout / "action"},
        substitutes={UPLOAD: keeper},
        secrets=secrets,
        variables=variables,
        environment={"XDG_CACHE_HOME": str(prepared.cache.parent), "KEPT": str(kept)},
        event=event,
    )
    return run, kept

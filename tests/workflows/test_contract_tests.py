"""contract-tests.yml, run for real on pull requests: what passes, and what each step stops."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from prepare import candidates, suitable
from support.act import ActRun
from support.pull_request import CONTRACT, PAGE, WORKFLOWS, Prepared, PullRequest

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"
VERSIONS = ("3.11", "3.12", "3.13")
ONE_PYTHON = ("--matrix", f"python:{HERE}")
"""The matrix is run whole by one test; what a step refuses does not depend on Python, and three take three times as long."""
SETUP = "action/setup"
UNPINNED = """\
name: Unpinned
on: workflow_dispatch
jobs:
  work:
    runs-on: docker
    steps:
      - uses: actions/checkout@v4
"""


def failed(run: ActRun) -> list[str]:
    """The steps that failed, by id or number, each with its job in front."""
    return [f"{line.job}/{line.step}" for line in run.lines if "❌  Failure - Main" in line.text]


def contract_job(request: PullRequest, prepared: Prepared, base: str = "main") -> ActRun:
    """How the job about the contract ended, on one Python."""
    return request.tested(prepared, "-j", "contract", *ONE_PYTHON, base=base)


def said(run: ActRun, step: str) -> list[str]:
    """What a step of that job printed."""
    return run.log(step, "contract")


def changed(request: PullRequest, file: str, old: str, new: str) -> dict[str, str | None]:
    """The file with other words in it."""
    text = request.text(file)
    assert old in text
    return {file: text.replace(old, new)}


def wrong_repository(request: PullRequest) -> dict[str, str | None]:
    """A contract that no saved look agrees with, and the page in step with it."""
    return changed(request, CONTRACT, "id: 35}", "id: 36}") | changed(request, PAGE, "(35)", "(36)")


@pytest.mark.parametrize("version", VERSIONS)
def test_our_own_contract_passes_on_each_python(version: str, pull_request: PullRequest, prepared: Prepared) -> None:
    """A pull request that leaves everything right is green, and each Python of the matrix is really the one that ran."""
    if not any(suitable(each, version) for each in candidates(version)):
        pytest.skip(f"Python {version} is not on this machine")
    run = (
        pull_request.merged()
        .proposed({"docs/note.md": "x\n"})
        .tested(prepared, "-j", "contract", "--matrix", f"python:{version}")
    )
    assert run.succeeded, run.everything
    assert said(run, "4")[-1] == "NO WORSE: nothing new is found, verdict healthy -> healthy."
    (interpreter,) = {line.text.partition("python=")[2] for line in run.lines if "python=" in line.text}
    assert f"cpython-{version.replace('.', '')}-" in interpreter


def test_the_matrix_is_every_python_that_the_product_supports(pull_request: PullRequest) -> None:
    """The workflow names the three that this file runs, as texts: a bare 3.10 would be the number 3.1."""
    jobs = yaml.safe_load(pull_request.text(f"{WORKFLOWS}/contract-tests.yml"))["jobs"]
    assert tuple(jobs["contract"]["strategy"]["matrix"]["python"]) == VERSIONS


def test_our_own_workflows_pass(pull_request: PullRequest, prepared: Prepared) -> None:
    """The linters' job is green on what is committed here, and looked at every workflow and action."""
    run = pull_request.merged().proposed().tested(prepared, "-j", "workflows")
    assert run.succeeded, run.everything
    for name in (f"{WORKFLOWS}/contract-tests.yml", f"{WORKFLOWS}/scope-check.yml", f"{SETUP}/action.yml"):
        assert any(f"completed {name}" in line for line in run.log("2", "workflows"))


def test_a_contract_that_is_none_stops_at_its_line(pull_request: PullRequest, prepared: Prepared) -> None:
    """A misspelt key fails the step that says so, with file, line and key, and nothing is compared with it."""
    files = changed(pull_request, CONTRACT, "labels: [docker]", "lables: [docker]")
    run = contract_job(pull_request.merged().proposed(files), prepared)
    assert not run.succeeded
    assert failed(run) == ["contract/valid"]
    assert f"{CONTRACT}:13: runners.lables: unknown key; did you mean labels?" in said(run, "valid")[-1]
    assert said(run, "4") == []


def test_a_worse_diagnosis_fails_with_the_difference(pull_request: PullRequest, prepared: Prepared) -> None:
    """A wrong repository in the contract is found by the saved look: the new finding, its line and both verdicts are shown."""
    run = contract_job(pull_request.merged().proposed(wrong_repository(pull_request)), prepared)
    assert failed(run) == ["contract/4"], run.everything
    assert any(line.startswith("new: RSD002 ") and f"{CONTRACT}:5)" in line for line in said(run, "4"))
    assert said(run, "4")[-1].startswith("WORSE: RSD002 ")
    assert "verdict healthy -> unhealthy" in said(run, "4")[-1]
    assert said(run, "5")[-1].startswith("IN STEP: ")


def test_a_page_out_of_step_fails_with_the_difference(pull_request: PullRequest, prepared: Prepared) -> None:
    """A contract changed without its page is stopped; the page's lines are shown, and the command that mends it."""
    files = changed(pull_request, CONTRACT, "Builds in containers that hold no secrets.", "Builds.")
    run = contract_job(pull_request.merged().proposed(files), prepared)
    assert failed(run) == ["contract/5"], run.everything
    assert [line[:16] for line in said(run, "5") if line[:3] in ("-| ", "+| ")] == [
        "-| shared-builder"[:16],
        "+| shared-builder"[:16],
    ]
    assert said(run, "5")[-1].endswith(f"contract describe {CONTRACT} --write {PAGE}")


@pytest.mark.parametrize(
    ("text", "step", "words"),
    [
        pytest.param(UNPINNED, "2", "unpinned-uses", id="zizmor"),
        pytest.param(UNPINNED.replace("@v4", f"@{'0' * 40}").replace("runs-on", "run-on"), "3", "run-on", id="schema"),
    ],
)
def test_a_workflow_that_cannot_be_trusted_is_stopped(
    text: str, step: str, words: str, pull_request: PullRequest, prepared: Prepared
) -> None:
    """An action that others can move, and a key that no runner knows, each fail the linters' job."""
    run = pull_request.merged().proposed({f"{WORKFLOWS}/new.yml": text}).tested(prepared, "-j", "workflows")
    assert f"workflows/{step}" in failed(run)
    assert words in "\n".join(run.log(step, "workflows"))


def test_another_base_is_refused(pull_request: PullRequest, prepared: Prepared) -> None:
    """A pull request to a branch that is not main fails before anything of it is run."""
    run = contract_job(pull_request.merged().proposed(), prepared, base="main2")
    assert failed(run) == ["contract/1"], run.everything
    assert said(run, "1")[-1].startswith("REFUSED: this pull request goes to another branch than main.")
    assert said(run, "valid") == []


@pytest.mark.parametrize("before", [None, "version: 1\nrunners: 7\n"], ids=["none", "broken"])
def test_a_first_contract_needs_no_older_one(before: str | None, pull_request: PullRequest, prepared: Prepared) -> None:
    """Where main holds no contract, or one that cannot be read, the new one is compared with no contract at all."""
    contract = pull_request.text(CONTRACT)
    run = contract_job(pull_request.merged({CONTRACT: before}).proposed({CONTRACT: contract}), prepared)
    assert run.succeeded, run.everything
    assert said(run, "4")[-1] == "NO WORSE: nothing new is found, verdict healthy -> healthy."


def test_main_may_have_gone_on(pull_request: PullRequest, prepared: Prepared) -> None:
    """What main mended meanwhile is not held against a pull request that began before: it changed nothing of it."""
    right = {CONTRACT: pull_request.text(CONTRACT), PAGE: pull_request.text(PAGE)}
    before = pull_request.merged(wrong_repository(pull_request))
    run = contract_job(before.proposed({"docs/note.md": "x\n"}).overtaken(right), prepared)
    assert run.succeeded, run.everything
    assert any(line.startswith("still: RSD002 ") for line in said(run, "4"))


def test_hostile_text_stays_text(tmp_path: Path, pull_request: PullRequest, prepared: Prepared) -> None:
    """Names and pages of a stranger's pull request give no workflow command, and nothing in them is run."""
    name = f"::error::forged $(touch {tmp_path}/owned) `touch {tmp_path}/owned` ##[error]forged"
    page = pull_request.text(PAGE).replace("| shared-builder", "::error::forged\n| shared-builder")
    contract = pull_request.text(CONTRACT).replace("name: shared-builder", f"name: '{name}'")
    run = contract_job(pull_request.merged().proposed({CONTRACT: contract, PAGE: page}), prepared)
    assert failed(run) == ["contract/4", "contract/5"], run.everything
    assert {command for command, _ in run.commands()} <= {"set-output"}
    assert not any(line.startswith(("::", "##[")) for step in ("valid", "4", "5") for line in said(run, step))
    assert any("forged" in line for line in said(run, "4"))
    assert any("forged" in line for line in said(run, "5"))
    assert not (tmp_path / "owned").exists()

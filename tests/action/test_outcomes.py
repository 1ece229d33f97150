"""The action in a real engine: what the job sees for each way a check can end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.act import ActRun, run_workflow
from support.action_jobs import Prepared, demo_database, job, workflow

SECRET = "correct-horse-battery"
RULES = "version: 1\nrunners:\n  - name: rs2000-deploy-host\n    scope: {repository: platform-team/platform, id: 35}\n"
REASON = "UNHEALTHY: RSD001 active deploy runner rs2000-deploy-host has owner_id=1; expected 0"


def _outputs(run: ActRun, name: str = "check") -> dict[str, str]:
    return dict(line.partition("=")[::2] for line in run.log("after", name))


def _finished(prepared: Prepared, **inputs: str) -> dict[str, str]:
    return {"cache-folder": str(prepared.cache), **{name.replace("_", "-"): text for name, text in inputs.items()}}


def test_a_healthy_server_passes_and_tells_so_in_the_outputs(
    tmp_path: Path, checkout: Path, prepared: Prepared, healthy: str
) -> None:
    """Exit code 0, the job goes on, and a later step reads verdict and counts."""
    inputs = _finished(prepared, database_url=healthy)
    run = run_workflow(workflow(job(inputs)), tmp_path, checkout=checkout)
    assert run.succeeded, run.everything
    assert run.log("doctor")[-1].startswith("HEALTHY: ")
    outputs = _outputs(run)
    assert (outputs["verdict"], outputs["exit-code"]) == ("healthy", "0")
    assert int(outputs["finding-count"]) == sum(line.startswith("RSD") for line in run.log("doctor"))


def test_a_sick_server_fails_the_step_with_the_finding_and_the_reason_last(
    tmp_path: Path, checkout: Path, prepared: Prepared, sick: str
) -> None:
    """The finding stands as `place: CODE sentence`, the reason is the last line and the error line, and the outputs are
    set although the step failed."""
    inputs = _finished(prepared, database_url=sick, formats="json=kept/report.json")
    text = workflow(job(inputs, before="mkdir kept"))
    run = run_workflow(text, tmp_path, checkout=checkout)
    assert not run.succeeded
    said = run.log("doctor")
    place = f'"SQLite {sick.removeprefix("sqlite:///")}"'
    assert f"{place}: RSD001 active deploy runner rs2000-deploy-host has owner_id=1; expected 0" in said
    assert said[-1].startswith(REASON)
    assert [data for name, data in run.commands() if name == "error"] == [said[-1]]
    outputs = _outputs(run)
    assert (outputs["verdict"], outputs["exit-code"]) == ("unhealthy", "10")
    reports = outputs["reports"].split()
    assert reports[0] == outputs["report"]
    assert [Path(report).name for report in reports] == ["report.json", "report.json"]
    assert Path(reports[1]).parent.name == "kept"


def test_the_report_is_there_for_a_later_step(tmp_path: Path, checkout: Path, prepared: Prepared, sick: str) -> None:
    """The path in `report` holds the JSON report while the job runs, also after the step has failed."""
    keep = tmp_path / "kept.json"
    text = workflow(job(_finished(prepared, database_url=sick)))
    text += "      - if: always()\n        shell: bash\n        env:\n          REPORT: ${{ steps.doctor.outputs.report }}\n"
    text += f'        run: cp "$REPORT" {keep}\n'
    run = run_workflow(text, tmp_path, checkout=checkout)
    assert not run.succeeded
    report = json.loads(keep.read_text(encoding="utf-8"))
    assert (report["verdict"], report["findings"][0]["code"]) == ("unhealthy", "RSD001")


def test_a_database_that_cannot_be_reached_is_inconclusive(tmp_path: Path, checkout: Path, prepared: Prepared) -> None:
    """Exit code 4 fails the step; the password of the URL is nowhere, not even where the engine would mask it."""
    url = f"postgres://doctor:{SECRET}@127.0.0.1:1/forgejo"
    inputs = _finished(prepared, database_url="${{ secrets.DATABASE }}", timeout="1")
    run = run_workflow(workflow(job(inputs)), tmp_path, checkout=checkout, secrets={"DATABASE": url})
    assert not run.succeeded
    assert _outputs(run)["verdict"] == "inconclusive"
    assert _outputs(run)["exit-code"] == "4"
    assert run.log("doctor")[-1].startswith("INCONCLUSIVE: could not see ")
    assert SECRET not in run.everything


def test_a_token_is_never_printed(tmp_path: Path, checkout: Path, prepared: Prepared) -> None:
    """A token that the engine does not know as a secret, so that it masks nothing, is not in the log either."""
    inputs = _finished(prepared, api_url="http://127.0.0.1:1/", timeout="1")
    text = workflow(job({**inputs, "api-token": "${{ env.TOKEN }}"}), environment={"TOKEN": SECRET})
    run = run_workflow(text, tmp_path, checkout=checkout)
    assert _outputs(run)["exit-code"] == "4"
    printed = [line.text for line in run.lines]
    assert [line for line in printed if SECRET in line] == []


@pytest.mark.parametrize(
    ("contract", "code", "words"),
    [
        pytest.param("version: 1\nrunners: 7\n", "3", "runner-scope.yml:2", id="wrong-type"),
        pytest.param(RULES, "0", "HEALTHY: ", id="kept"),
    ],
)
def test_the_contract_of_the_workspace_is_read(
    contract: str, code: str, words: str, tmp_path: Path, checkout: Path, prepared: Prepared, healthy: str
) -> None:
    """A relative path is one of the workspace; a contract that cannot be used is 3, with file and line last."""
    inputs = _finished(prepared, database_url=healthy, contract="runner-scope.yml")
    run = run_workflow(workflow(job(inputs)), tmp_path, checkout=checkout, files={"runner-scope.yml": contract})
    assert run.succeeded == (code == "0"), run.everything
    assert _outputs(run)["exit-code"] == code
    assert words in run.log("doctor")[-1]


def test_a_wrong_contract_leaves_nothing_to_count(
    tmp_path: Path, checkout: Path, prepared: Prepared, sick: str
) -> None:
    """What was not judged has no number of findings and no report, and its verdict is inconclusive."""
    inputs = _finished(prepared, database_url=sick, contract="runner-scope.yml")
    run = run_workflow(workflow(job(inputs)), tmp_path, checkout=checkout, files={"runner-scope.yml": ""})
    expected = {"verdict": "inconclusive", "exit-code": "3", "finding-count": "", "report": "", "reports": ""}
    assert _outputs(run) == expected


def test_a_snapshot_is_judged_without_a_server(tmp_path: Path, checkout: Path, prepared: Prepared, sick: str) -> None:
    """One job saves what it saw, the next judges the file and comes to the same verdict."""
    saved = tmp_path / "snapshot.json"
    looks = job(_finished(prepared, database_url=sick, save_snapshot=str(saved)), name="look")
    judges = job(_finished(prepared, snapshot=str(saved)))
    judges = judges.replace("    runs-on", "    needs: look\n    if: always()\n    runs-on", 1)
    run = run_workflow(workflow(looks, judges), tmp_path, checkout=checkout)
    assert _outputs(run, "look")["exit-code"] == "10"
    assert (_outputs(run)["verdict"], _outputs(run)["exit-code"]) == ("unhealthy", "10")


def test_app_ini_leads_to_the_database(tmp_path: Path, checkout: Path, prepared: Prepared, sick: str) -> None:
    """app.ini of a container and a path map are enough."""
    folder = Path(sick.removeprefix("sqlite:///")).parent
    ini = "[database]\nDB_TYPE = sqlite3\nPATH = /data/forgejo.db\n"
    inputs = _finished(prepared, app_ini="app.ini", path_map=f"/data={folder}")
    run = run_workflow(workflow(job(inputs)), tmp_path, checkout=checkout, files={"app.ini": ini})
    assert _outputs(run)["exit-code"] == "10", run.everything


def test_a_hostile_name_gives_no_command_and_no_output(tmp_path: Path, checkout: Path, prepared: Prepared) -> None:
    """A runner's name with line ends, workflow commands and output lines in it stays one line of text."""
    name = "evil\n::error::forged\n::set-output name=verdict::healthy\n##[error]forged\nverdict=healthy\n::add-mask::10"
    url = demo_database(tmp_path / "forgejo.db", f"UPDATE action_runner SET name = '{name}' WHERE id = 5")
    run = run_workflow(workflow(job(_finished(prepared, database_url=url))), tmp_path, checkout=checkout)
    assert _outputs(run)["verdict"] == "unhealthy"
    assert sorted({command for command, _ in run.commands()}) == ["endgroup", "error", "group"]
    assert [data for command, data in run.commands() if command == "error"] == [run.log("doctor")[-1]]
    assert not any(line.startswith(("::", "##[", "verdict")) for line in run.log("doctor"))
    assert any("evil" in line and "verdict=healthy" in line for line in run.log("doctor"))

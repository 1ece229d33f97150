"""Nothing that lies in the workspace, or that a job sets for Python, runs inside the check."""

from __future__ import annotations

from pathlib import Path

from support.act import run_workflow
from support.action_jobs import Prepared, demo_database, job, workflow

PLANTED = ("json", "requests", "yaml", "argparse", "sitecustomize", "usercustomize", "runner_scope_doctor/__init__")
MARKS = "import os, pathlib; pathlib.Path(os.environ.get('RSD_MARK', '{mark}')).open('a').write(__name__ + '\\n')\n"


def test_planted_modules_do_not_run(tmp_path: Path, checkout: Path, prepared: Prepared) -> None:
    """Modules in the workspace and in PYTHONPATH run in the job's own Python and never in the check, whichever of its
    interpreters it uses and although contract and API make it load the libraries of those names."""
    mark = tmp_path / "mark"
    planted = {f"{where}{name}.py": MARKS.format(mark=mark) for name in PLANTED for where in ("", "planted/")}
    contract = "version: 1\nrunners:\n  - name: shared-builder\n    scope: instance\n"
    url = demo_database(tmp_path / "forgejo.db", "UPDATE action_runner SET owner_id = 0")
    inputs = {"database-url": url, "contract": "runner-scope.yml", "api-url": "http://127.0.0.1:1/", "timeout": "1"}
    inputs |= {"api-token": "nothing", "optional": "api"}
    before = f"""\
        cd planted && python3 -c 'import json'
        grep -q json {mark}
        rm {mark}
    """
    own = job({**inputs, "cache-folder": str(prepared.cache)}, name="own", before=before)
    ready = job({**inputs, "python": str(next(prepared.cache.glob("*/bin/python")))}, name="ready", before=before)
    ready = ready.replace("    runs-on", "    needs: own\n    runs-on", 1)
    environment = {
        "PYTHONPATH": "${{ github.workspace }}/planted:${{ github.workspace }}",
        "PYTHONSTARTUP": "${{ github.workspace }}/json.py",
        "PYTHONHOME": '""',
        "PYTHONUSERBASE": "${{ github.workspace }}",
    }
    run = run_workflow(
        workflow(own, ready, environment=environment),
        tmp_path,
        checkout=checkout,
        files={**planted, "runner-scope.yml": contract},
    )
    assert run.succeeded, run.everything
    for name in ("own", "ready"):
        assert run.log("doctor", name)[-1].startswith("HEALTHY: ")
    assert not mark.exists(), mark.read_text(encoding="utf-8")

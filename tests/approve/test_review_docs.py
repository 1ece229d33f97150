"""docs/review.md is what people follow to ask for a review, so its commands and sentences must be the program's."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from runner_scope_doctor.approve.pull_request_rules import FOLDER
from runner_scope_doctor.approve.review_rules import FORGIVEN_SKEW
from support.approval_case import ANNA
from support.command import ROOT
from support.review_server import (
    DIGEST,
    FILE,
    FIRST,
    OTHER,
    POSTER,
    ReviewServer,
    changed_file,
    event,
    push,
    refusal,
    reviewed,
)

PAGE = (ROOT / "docs" / "review.md").read_text(encoding="utf-8")
(COMMANDS,) = re.findall(r"^```sh\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
(REFUSALS,) = re.findall(r"^```text\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


def refused_servers() -> list[ReviewServer]:
    """One server for each refusal of the page, in its order."""
    servers = [ReviewServer() for _ in range(9)]
    servers[0].pulls = []
    servers[1].only.files.append(changed_file("README.md"))
    servers[2].only.pull["base"] = {"ref": "next", "repo_id": 12, "repo": {"id": 12, "full_name": "ops/forgejo"}}
    servers[3].only.reviews = []
    servers[4].only.timeline = [push(99, POSTER, OTHER), push(100, ANNA.forgejo_id, FIRST), reviewed(101, 31)]
    servers[5].only.reviews[0]["stale"] = True
    servers[6].only.reviews[0]["dismissed"] = True
    servers[7].only.timeline.append(event(102, "change_target_branch", POSTER))
    servers[8].only.reviews, servers[8].only.timeline[1] = [], event(101, "comment", ANNA.forgejo_id)
    return servers


def test_the_refusals_shown_are_the_ones_given() -> None:
    """Each sentence of the page is what a person sees in that case."""
    shown = REFUSALS.replace("DIGEST", DIGEST).splitlines()
    assert [refusal(server) for server in refused_servers()] == shown


def test_the_page_names_what_the_program_names() -> None:
    """The folder and the forgiven skew are the program's."""
    assert f"`{FOLDER}/DIGEST`" in PAGE
    assert FORGIVEN_SKEW == 5 * 60
    assert "five minutes" in PAGE


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not on this machine")
def test_the_commands_add_the_one_file(tmp_path: Path) -> None:
    """Run as they stand they push a branch whose difference is the one added file that the rules want."""
    environment = {
        "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@x.invalid",
        "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@x.invalid", "GIT_CONFIG_NOSYSTEM": "1",
    }  # fmt: skip
    setting = (
        "git init -q --bare server.git\ngit init -q -b main clone\ncd clone\ngit commit -q --allow-empty -m first\n"
        "git remote add origin ../server.git\ngit push -q origin main\n"
    )
    difference = f"git diff --name-status origin/main origin/repair-{DIGEST}\n"
    done = subprocess.run(
        ["bash", "-e", "-c", setting + COMMANDS.replace("DIGEST", DIGEST) + difference],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"A\t{FILE}"

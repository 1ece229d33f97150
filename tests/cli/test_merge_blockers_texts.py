"""The merge blockers that are about words: what no page, message or statement of the product may say."""

from __future__ import annotations

import re

from runner_scope_doctor.database.sql import repair as sql_repair
from support.advice import everything_said, texts_of
from support.command import ACTION, ROOT

ABOUT_LABELS = re.compile(r"labels|never.declared|contract/init\.py")
"""Where a restart of the runner's own service is right: only then it declares its labels."""
OF_WHY = re.compile(r"docs/waiting-jobs\.md|diagnose/waiting/")
"""What `why` says of jobs; each of its sentences stands in the page, in the section of its reason (tests/docs)."""
ADVICE = re.compile(r"\brestart (the|its|it|this|that|your|a|every|all|runners?|forgejo|gitea)\b", re.IGNORECASE)
NEGATED = re.compile(r"\b(not|never|nothing|no)\b", re.IGNORECASE)
SERVER_RESTART = re.compile(
    r"restart\w* (of )?(the |your |a )?(forgejo|gitea|server|instance|database|web)\b"
    r"|\b(forgejo|gitea|server|instance) (must|should|has to|have to|needs to) (be restarted|restart)"
    r"|(systemctl|service|docker|compose|podman|kubectl) (rollout )?restart|manager restart",
    re.IGNORECASE,
)


def test_nothing_presents_the_watchdog_as_the_cure() -> None:
    """The word stands only beside its warning: that it hides the defect, among what never to do or as being no cure."""
    said = [one for one in everything_said() if "watchdog" in one.sentence.lower()]
    assert {one.place for one in said} >= {"docs/findings/combined-scope.md", "docs/findings/job-overdue.md"}
    for one in said:
        assert "hides" in one.sentence, one
        assert one.section == "What never to do" or "no cure" in one.sentence, one


def test_a_restart_of_the_server_is_never_advised() -> None:
    """Nothing anywhere tells people to restart Forgejo or what it runs on; the repair works under the running server."""
    assert [one for one in everything_said() if SERVER_RESTART.search(one.sentence)] == []
    for sentence in ("Then restart Forgejo.", "The server must be restarted.", "run `systemctl restart forgejo`"):
        assert SERVER_RESTART.search(sentence)


def test_a_restart_of_a_runner_is_no_cure_for_its_scope() -> None:
    """Only where labels were not declared a restart is advised, and there the scope is to be repaired first."""
    everything = [one for one in everything_said() if ADVICE.search(one.sentence) and not NEGATED.search(one.sentence)]
    advised = [one for one in everything if not OF_WHY.search(one.place)]
    assert {one.place for one in advised} >= {"docs/findings/labels-raw.md", "docs/findings/never-declared.md"}
    for one in advised:
        assert ABOUT_LABELS.search(one.place), one
        assert "RSD001" in one.whole or "scope" in one.whole, one


def test_a_waiting_job_advises_a_restart_only_for_a_runner_whose_scope_is_right() -> None:
    """A runner declares its labels when it starts, and one that fits and was not told, or idles, asks anew then. No reason
    that is a scope's fault has such advice."""
    page = (ROOT / "docs" / "waiting-jobs.md").read_text(encoding="utf-8")
    sections = re.split(r"^### ", page, flags=re.MULTILINE)[1:]
    assert {section.split("\n")[0] for section in sections if ADVICE.search(section)} == {
        "labels-wiped", "labels-raw", "transferred-not-told", "fitting-runner-idle",
    }  # fmt: skip


def test_never_deletes() -> None:
    """No module holds a statement that deletes, drops or empties, and the three that change are single guarded updates."""
    deleting = re.compile(
        r"\b(DELETE\s+FROM|TRUNCATE\s+\w|DROP\s+(TABLE|INDEX|TRIGGER|VIEW|COLUMN|DATABASE|SCHEMA))\b", re.I
    )
    modules = sorted(ACTION.rglob("*.py"))
    assert len(modules) > 100
    assert [(module.name, text) for module in modules for text in texts_of(module) if deleting.search(text)] == []
    for statement in (sql_repair.CLEAR_OWNER, sql_repair.RESTORE_OWNER, sql_repair.FENCE_COUNTER):
        assert re.match(r"UPDATE (action_runner|action_tasks_version) SET (owner_id|version) = ", statement)
        assert (statement.count("UPDATE"), statement.count(";")) == (1, 0)
        assert "repo_id = :repo_id" in statement.split(" WHERE ")[-1]

"""Blocks and tables of the pages that no other test holds."""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
from types import ModuleType

import yaml

from runner_scope_doctor.model.backup import BackupScope
from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.finding import FindingKind
from runner_scope_doctor.model.host import ConnectionPurpose
from runner_scope_doctor.model.scope import InstanceScope, OwnerScope, RepositoryScope
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.repair.backup_records import FORMAT
from runner_scope_doctor.report.contract_page import BEGIN, END
from runner_scope_doctor.service.protocol import request_of_line
from support.command import ACTION, ROOT
from support.connection import FreshDatabase, run
from support.contract_texts import parsed as contract_of
from support.diagnosing import found
from support.drift import anchors
from support.host_texts import parsed as host_of
from support.pages import Table, blocks, every_page, shown, tables
from support.repair_page import Part, repair_grants
from support.snapshots import runner, snapshot
from support.world import World, users_case

PAGES = {page.name: page for page in every_page()}
IDS = {"0": 0, "o": 1, "r": 35}


def block(page: str, language: str, number: int = 0) -> str:
    """The text of that block of the page."""
    return "\n".join([one for one in blocks(PAGES[page]) if one.language == language][number].lines)


def table(page: str, head: str) -> Table:
    """The table of the page whose first head is this one."""
    (one,) = (one for one in tables(PAGES[page]) if one.heads[0] == head)
    return one


def of_scripts(name: str) -> ModuleType:
    """A module of scripts/host, which is no package of ours."""
    spec = importlib.util.spec_from_file_location(f"scripts_host_{name}", ROOT / "scripts" / "host" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # a dataclass looks its module up while it is made
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_three_shapes_are_healthy_and_the_pair_is_not() -> None:
    """The contract's page and RSD001's list the same shapes; what they call a scope is none of the finding's."""
    rows = table("docs/contract.md", "serves").rows
    for _, owner, repository, counter, word in rows:
        sick = found(FindingKind.COMBINED_SCOPE, snapshot(runner(5, owner_id=IDS[owner], repo_id=IDS[repository])))
        assert bool(sick) == (counter == "none") == (word == "cannot be written")
    assert [row[1:3] for row in rows[:3]] == [
        row[:2] for row in table("docs/findings/combined-scope.md", "`owner_id`").rows
    ]


def test_the_words_of_a_contract_are_the_shapes() -> None:
    """Each word of the table's last column makes that scope; an owner and a repository together are refused."""
    words = [re.findall(r"`(\w+)`", row[-1]) for row in table("docs/contract.md", "serves").rows]
    assert words == [["instance"], ["organization", "user"], ["repository"], []]
    kinds = {"organization": OwnerScope, "user": OwnerScope, "repository": RepositoryScope}
    assert isinstance(_scope("instance").runners[0].scope, InstanceScope)
    for word, kind in kinds.items():
        assert isinstance(_scope(f"{{{word}: {'a/b' if word == 'repository' else 'a'}}}").runners[0].scope, kind)


def _scope(text: str) -> Contract:
    return contract_of(f"version: 1\nrunners:\n  - name: builder\n    scope: {text}\n")


def test_the_statement_by_hand_changes_one_row_once(sqlite_database: FreshDatabase) -> None:
    """RSD001's UPDATE matches the sick row alone, and nothing when it is run again."""
    world = World.create(sqlite_database.connection, Engine.SQLITE, 15)
    users_case(world)
    world.runner("another", id=6, owner_id=1, repo_id=35)
    before = dict(world.rows("SELECT id, owner_id FROM action_runner"))
    for changes in (1, 0):
        run(sqlite_database.connection, block("docs/findings/combined-scope.md", "sql"))
        assert world.rows("SELECT changes()") == ((changes,),)
    assert dict(world.rows("SELECT id, owner_id FROM action_runner")) == before | {5: 0}


def test_the_logins_are_those_of_host_yml() -> None:
    """The table of docs/access-repair.md has each purpose once."""
    named = {row[0].strip("`") for row in table("docs/access-repair.md", "login").rows}
    assert named == {purpose.value for purpose in ConnectionPurpose}


def test_the_backups_page_names_tables_rights_and_lines() -> None:
    """Scopes and lines are those of the program, and the rights those of docs/access-repair.md."""
    assert [row[0].split("`")[1] for row in table("docs/backup.md", "scope").rows] == [one.value for one in BackupScope]
    source = (ACTION / "runner_scope_doctor" / "repair" / "backup_records.py").read_text(encoding="utf-8")
    kinds = re.findall(r'_line\(\s*\{\s*"kind": "([a-z ]+)"', source)
    lines = [
        found[1] for row in table("docs/backup.md", "line").rows if (found := re.search(r'"kind":"([a-z ]+)"', row[0]))
    ]
    assert lines == kinds
    assert f"format ({FORMAT})" in PAGES["docs/backup.md"].text
    for number, engine in enumerate((Engine.POSTGRES, Engine.MYSQL)):
        wanted = {one.on for one in repair_grants(engine, 15, Part.BACKUP) if one.right == "SELECT"}
        assert set(re.findall(r"\baction_\w+", block("docs/backup.md", "sql", number))) == wanted


def test_the_marks_of_a_page_are_the_programs() -> None:
    """What docs/contract.md shows to be copied is what `contract describe` looks for; the refusal is another test's."""
    assert block("docs/contract.md", "text", 1).splitlines() == [BEGIN, END]


def test_the_commands_of_the_installer_are_understood() -> None:
    """Each line of docs/install.md that starts the installer gets past its command line."""
    wish = of_scripts("arguments").wish
    lines = [
        shlex.split(one.command, comments=True)
        for part in blocks(PAGES["docs/install.md"])
        for one in (shown(part) if part.language == "sh" else ())
    ]
    started = [words[1:] for words in lines if words[0] == "scripts/install-host"]
    assert len(started) == 2
    for words in started:
        assert wish(words).runner_user == "forgejo-runner"


def test_the_installers_last_lines_have_the_pages_codes() -> None:
    """The table of docs/install.md has the codes of the program that prints these words."""
    codes = of_scripts("problems").ExitCode
    said = {row[1]: int(row[0]) for row in table("docs/install.md", "exit code").rows}
    assert said == {"HOLDS": codes.DONE, "BROKEN": codes.BROKEN, "INCONCLUSIVE": codes.INCONCLUSIVE}
    source = (ROOT / "scripts" / "host" / "check.py").read_text(encoding="utf-8")
    assert all(f'f"{word}: ' in source for word in said)


def test_the_lines_for_cron_are_the_installers() -> None:
    """But for the service's user, whose name the page takes from a database server."""
    source = (ROOT / "scripts" / "host" / "templates.py").read_text(encoding="utf-8")
    lines = re.findall(r'^ +f"([*0-9]+ \* .*)",$', source, re.MULTILINE)
    command = "/usr/local/lib/runner-scope-doctor/bin/runner-scope-doctor"
    shown = "\n".join(lines).replace("{found.service_user}", "runner-scope-doctor").replace("{COMMAND}", command)
    assert len(lines) == 2
    assert block("docs/install.md", "text") == shown


def test_the_protocol_shown_is_the_one_spoken() -> None:
    """Every request of docs/service.md is read, and every line of the service is one that it writes."""
    lines = [line.split(None, 1) for line in block("docs/service.md", "text").splitlines()]
    (requests,) = (text for who, text in lines if who == "caller")
    for request in requests.split(" | "):
        request_of_line(request.replace("RUN_ID", "7").replace("DIGEST", "0" * 64).encode("ascii"))
    source = (ACTION / "runner_scope_doctor" / "service" / "protocol.py").read_text(encoding="utf-8")
    assert lines[0][1] == "runner-scope-doctor VERSION protocol 1 snapshot NUMBER"
    assert re.findall(r"^service  (\w+) [TC]", block("docs/service.md", "text"), re.MULTILINE) == [
        "out",
        "err",
        "data",
        "exit",
    ]
    assert '_SAID = re.compile(r"(out|err|data) (.*)"' in source


def test_the_part_of_host_yml_for_signing_is_one() -> None:
    """Put behind what every host.yml has, it is read."""
    head = "version: 1\ninstance: https://git.example.org/\nstate: /var/lib/doctor\n"
    rest = f"{head}connections:\n  check: {{app_ini: /etc/app.ini}}\n"
    assert host_of(rest + block("docs/signing.md", "yaml")).people[0].principals == ("ops-lead@example.org",)


def test_the_readmes_step_has_inputs_that_exist() -> None:
    """What it sets is an input of action/action.yml."""
    (step,) = yaml.safe_load(block("README.md", "yaml"))
    inputs = yaml.safe_load((ACTION / "action.yml").read_text(encoding="utf-8"))["inputs"]
    assert step["uses"].startswith("OWNER/runner-scope-doctor/action@")
    assert set(step["with"]) <= set(inputs)


def test_one_command_writes_to_the_server() -> None:
    """The table of docs/repair.md has the commands of the deploy host, and only those that lead to `repair` write."""
    rows = {row[0].split("`")[1].split()[0]: row[2] for row in table("docs/repair.md", "command").rows}
    writing = {name for name, writes in rows.items() if writes != "no"}
    assert writing == {"apply", "apply-approved"}
    assert {"plan", "show", "undo", "status", "receipts", "backups"} == set(rows) - writing


def test_each_symptom_of_the_runbook_leads_to_a_section_of_it() -> None:
    """Nobody is sent away at night before the first step, and both ways the defect shows are there."""
    rows = table("docs/runbook.md", "you see").rows
    there = anchors(PAGES["docs/runbook.md"])
    for _, _, way in rows:
        assert way == "the same" or re.findall(r"\(#([\w-]+)\)", way)[0] in there
    assert {row[1] for row in rows} == {"7 to 15", "16", "any"}


def test_the_runbook_says_what_never_to_do() -> None:
    """The three things that destroy what is to be repaired, each with its reason, and the watchdog as diagnosis alone."""
    text = PAGES["docs/runbook.md"].text.split("## What never to do")[1]
    for thing in (
        "`forgejo doctor check --all --fix`",
        "No SQL by hand without the guard",
        "No deleting of the stale row",
    ):
        assert thing in text
    watchdog = PAGES["docs/runbook.md"].text.split("## The restart watchdog")[1].split("\n## ")[0]
    for word in ("for diagnosis alone", "What it hides", "worse from 16 on"):
        assert word in watchdog

"""Which test holds which block and table of the docs, or which script writes it. A new one without an entry fails
`tests/docs/test_drift.py`."""

from __future__ import annotations

from collections.abc import Mapping

_DRIFT = "tests/docs/test_drift.py"
"""Commands, options, exit codes, versions and links in the cells."""
_SMALL = "tests/docs/test_small_parts.py"
_COMPATIBILITY = "tests/docs/test_compatibility_page.py"
_FACTS = "nothing of ours: what Forgejo or an engine does, from its source and from running servers"
_EXPLAINED = "nothing of ours: said in other words what the tests of the feature hold"
_PAGES: Mapping[str, Mapping[str, str]] = {
    "README.md": {
        "yaml": _SMALL,
        "the server's data | the command": _DRIFT,
        "code | finding": "tests/docs/test_pages.py",
    },
    "docs/access-repair.md": {
        "sql": "tests/cli/test_access_repair.py",
        "login | used by | may": _SMALL,
        "not granted | then": "tests/cli/test_access_repair.py",
    },
    "docs/access.md": {
        "sql": "tests/cli/test_least_privilege_columns.py",
        "way in | what it shows | what else the credentials can do": _EXPLAINED,
        "not granted | what the check then does not see | counts as": "tests/cli/test_least_privilege.py",
        "list | token of | scope | `--api-list`": "tests/docs/test_tokens_page.py",
    },
    "docs/action.md": {
        "yaml": "tests/action/test_documents.py",
        "input | meaning": "tests/action/test_documents.py",
        "output | meaning": "tests/action/test_documents.py",
    },
    "docs/backup.md": {"sql": _SMALL, "scope | tables": _SMALL, "line | what it holds": _SMALL, "to | run": _DRIFT},
    "docs/command-line.md": {"text": "tests/docs/test_command_line_page.py"},
    "docs/compatibility.md": {
        "Forgejo | SQLite | PostgreSQL | MySQL and MariaDB | API": _COMPATIBILITY,
        "what | tests run on | needed": _COMPATIBILITY,
        "date | what | how | outcome": "nothing of ours: what was tried by hand, once",
    },
    "docs/completion.md": {"sh": "tests/docs/test_completion_page.py"},
    "docs/contract.md": {
        "yaml": "tests/contract/test_docs.py",
        "text": _SMALL,
        "to | run": _DRIFT,
        "code | meaning": _DRIFT,
        "serves | `owner_id` | `repo_id` | counter of new work | in a contract": _SMALL,
    },
    "docs/example/runners.md": {
        "Runner | Serves | Labels | Online within | Longest wait | Why": "tests/cli/test_contract_describe.py"
    },
    "docs/exit-codes.md": {"code | name | meaning": _DRIFT},
    "docs/explanation/approval.md": {
        "party | dispatch | review | signature | held by": "tests/docs/test_approval_page.py"
    },
    "docs/faults.md": {
        "fault | engine | runs | row old | row new | ended by the same apply | by a new plan": "tests/faults/test_page.py",
        "last checkpoint passed | SQLite | PostgreSQL | MariaDB": "scripts/faults",
        "race | engine | races | one winner | loser refused, 5 | loser shown the receipt, 0": "tests/faults/test_page.py",
        "fault | SQLite: exit code | PostgreSQL: exit code | MariaDB: exit code": "tests/faults/test_page.py",
        "beside a server at work | applies, all 0 | its writes, none lost | longest of them": "scripts/faults",
    },
    "docs/findings/combined-scope.md": {"sql": _SMALL, "`owner_id` | `repo_id` | serves": _SMALL},
    "docs/findings/combined-value.md": {"Forgejo | secrets | variables": _DRIFT},
    "docs/formats.md": {
        "text": "tests/docs/test_formats_page.py",
        "json": "tests/docs/test_formats_page.py",
        "xml": "tests/docs/test_formats_page.py",
        "format | for | when it could not look": "tests/docs/test_formats_page.py",
        "state | exit code, alone | when": "tests/docs/test_formats_page.py",
        "html": "tests/docs/test_formats_page.py",
        "word | when": "tests/docs/test_formats_page.py",
    },
    "docs/host.md": {"yaml": "tests/host/test_docs.py", "text": "tests/host/test_docs.py"},
    "docs/install.md": {
        "sh": _SMALL,
        "text": _SMALL,
        "option | what it says": "tests/install/test_docs.py",
        "what | owner, mode | why": "tests/install/test_docs.py",
        "exit code | last line | means": _SMALL,
        "the runner's user | must": "tests/install/test_docs.py",
    },
    "docs/monitoring.md": {
        "metric | meaning": "tests/docs/test_monitoring_page.py",
        "label | on | values": "tests/docs/test_monitoring_page.py",
        "alert | fires when": "tests/docs/test_monitoring_page.py",
    },
    "docs/notifications.md": {
        "text": "tests/docs/test_notifications_page.py",
        "ini": "tests/docs/test_notifications_page.py",
        "key of host.yml | what it does": "tests/docs/test_notifications_page.py",
        "when | what happens": "tests/notify/test_living_issue.py",
    },
    "docs/performance.md": {"what | ours | theirs | ratio | at most | peak memory": "scripts/bench_run.py"},
    "docs/repair.md": {
        "command | what it does | writes to the server": _SMALL,
        "what | where it stands | accepted": "tests/approve/test_plan_request.py",
        "code | last line | what it means | what to do": _DRIFT,
        "`status` says | what happened | what `apply` with the same digest does": "tests/faults/test_page.py",
    },
    "docs/review.md": {"sh": "tests/approve/test_review_docs.py", "text": "tests/approve/test_review_docs.py"},
    "docs/runbook.md": {
        "you see | Forgejo | it may be": _SMALL,
        "the last line begins | code | do": _DRIFT,
        "the last line begins | code | what is true | do": _DRIFT,
    },
    "docs/self-test.md": {
        "sh": _DRIFT,
        "text": "tests/cli/test_host_self_test.py",
        "word | meaning": "tests/cli/test_host_self_test.py",
    },
    "docs/service.md": {
        "text": _SMALL,
        "a job runs | the host does | exit code": _DRIFT,
        "a caller who | changes": "tests/attacks/test_callers.py",
    },
    "docs/signing.md": {"sh": "tests/approve/test_docs.py", "yaml": _SMALL},
    "docs/snapshot.md": {"to | run": _DRIFT},
    "docs/ssh.md": {
        "sh": "tests/over_ssh/test_docs.py",
        "option | what it says": "tests/over_ssh/test_docs.py",
        "what was under way | what happens over there | exit code here": "tests/over_ssh/test_repairing.py",
    },
    "docs/tokens.md": {
        "for | scope | whose token | Forgejo": "tests/docs/test_tokens_page.py",
        "status | the server's words | what it means": "tests/docs/test_tokens_page.py",
    },
    "docs/waiting-jobs.md": {
        "text": "tests/docs/test_waiting_page.py",
        "exit code | when": "tests/docs/test_waiting_page.py",
        "standing | meaning": "tests/docs/test_waiting_page.py",
        "Forgejo | what its API lists | so that": "tests/docs/test_waiting_page.py",
        "`--api-list` | runners": "tests/docs/test_waiting_page.py",
    },
    "docs/workflows.md": {
        "key | what it does elsewhere | here": _FACTS,
        "step | stops": "tests/workflows/test_contract_tests.py",
        "input or output | meaning": "tests/workflows/test_every_workflow.py",
    },
}
_BY_VERSION = {
    "what you see": (
        "combined-scope", "counter-climbs", "glass-broken", "labels-raw", "never-declared", "owner-gone", "repository-gone",
        "repository-moved", "runner-offline", "scope-recurred", "upgrade-hazard",
    ),
    "who is given a waiting job": ("job-overdue",),
    "where equal names come from": ("name-ambiguous",),
    "what a check over the API needs": ("powerful-token",),
    "what may have removed it": ("runner-missing",),
    "how a scope changes unnoticed": ("scope-differs",),
    "what can be compared": ("witnesses-disagree",),
}  # fmt: skip
"""Tables of the findings' pages: what Forgejo does, whose versions are looked at."""
HOLDERS: Mapping[tuple[str, str], str] = {
    **{(page, what): holder for page, held in _PAGES.items() for what, holder in held.items()},
    **{
        (f"docs/findings/{title}.md", f"Forgejo | {head}"): _DRIFT
        for head, titles in _BY_VERSION.items()
        for title in titles
    },
}
"""By page, and by the language of its blocks or the head of a table."""

"""The sentence behind everything the host configuration's parser refuses."""

from __future__ import annotations

import pytest

from runner_scope_doctor.model.errors import SettingsInvalid
from support.host_texts import ENVIRONMENT, FILE, PEOPLE, SMALLEST, WHOLE, parsed, refusal

BEFORE = SMALLEST + PEOPLE


def connected(value: str) -> str:
    """The smallest file with other connections, which stand on line 4."""
    return SMALLEST.replace("{check: {app_ini: /etc/forgejo/app.ini}}", value)


def person(value: str) -> str:
    """The people and a third one, on line 8."""
    return f"{BEFORE}  - {value}\n"


def environment(old: str, new: str) -> str:
    """The environment with one change."""
    assert old in ENVIRONMENT
    return BEFORE + ENVIRONMENT.replace(old, new)


REFUSED = [
    # structure
    ("", "1: the host configuration is empty; the smallest has `version: 1`, `instance`, `state` and"),
    ("[]", "1: must be keys and values, not a list; allowed are version, instance, state, connections, contract"),
    ("version: 1\n", "1: instance: this key is missing."),
    ("version: 2\nfuture: yes\n", "1: version: 2 is not a version this program knows; it knows 1"),
    ("version: '1'\n", "1: version: must be the number 1, without quotes."),
    (SMALLEST + "---\n" + SMALLEST, "5: a second document begins here; a host configuration is one document."),
    ("[" * 100, "1: nested too deep; a host configuration needs five levels."),
    (SMALLEST + "enviroments: {}\n", "5: enviroments: unknown key; did you mean environments? allowed here: version"),
    (SMALLEST + "state: /b\n", "5: state: this key stands twice; the first is on line 3."),
    (SMALLEST.replace("https://", "ftp://"), "2: instance: "),
    # paths
    (SMALLEST.replace("/var/lib/", "var/lib/"), "3: state: what stands here is not an absolute path without `..`"),
    (SMALLEST.replace("/var/lib/", "~/"), "3: state: what stands here is not an absolute path"),
    (SMALLEST.replace("/var/lib/", "/var/../lib/"), "3: state: what stands here is not an absolute path without `..`"),
    (SMALLEST.replace("/var/lib/", "//var/"), "3: state: what stands here is not an absolute path"),
    (SMALLEST.replace("/var/lib/runner-scope-doctor", "/"), "3: state: what stands here is not an absolute path"),
    (SMALLEST.replace("/var/lib/runner-scope-doctor", "/x" * 2048), "3: state: what stands here is longer than 4095"),
    (SMALLEST.replace("/var/lib/runner-scope-doctor", '"/a\\nb"'), "3: state: what stands here holds a control"),
    (SMALLEST.replace("/var/lib/runner-scope-doctor", "[/a]"), "3: state: must be an absolute path, not a list"),
    (SMALLEST + "contract:\n", "5: contract: must be an absolute path, not nothing."),
    (SMALLEST + "revoked_keys: /a\n", "5: revoked_keys: says nothing without allowed_signers"),
    # connections
    (connected("{}"), "4: connections.check: this key is missing."),
    (connected("{chek: {app_ini: /a}}"), "4: connections.chek: unknown key; did you mean check?"),
    (connected("{check: {}}"), "4: connections.check: nothing is given; it must be {app_ini: /path/to/app.ini} or"),
    (connected("{check: {app_ini: /a, database_url_file: /b}}"), "4: connections.check: both are given; it must be"),
    (connected("{check: {database_url: /b}}"), "4: connections.check.database_url: unknown key; did you mean database_url"),
    (connected("{check: /etc/forgejo/app.ini}"), "4: connections.check: must be {app_ini: /path/to/app.ini} or"),
    # the API
    (SMALLEST + "api: {}\n", "5: api.token_file: this key is missing."),
    (SMALLEST + "api: {token_file: /a, url: /b}\n", "5: api.url: unknown key; allowed here: token_file, ca_file."),
    (SMALLEST + "api: {token_file: token}\n", "5: api.token_file: what stands here is not an absolute path"),
    (SMALLEST + "api: {token_file: /a, ca_file: [/b]}\n", "5: api.ca_file: must be an absolute path, not a list"),
    (SMALLEST + "api: /a\n", "5: api: must be {token_file: /path/to/file}; the token belongs into that file."),
    # reports, ping and issues
    (SMALLEST + "reports: {}\n", "5: reports: no format is named; name one with a path, or leave the key out."),
    (SMALLEST + "reports: {promtheus: /a}\n", "5: reports.promtheus: unknown key; did you mean prometheus?"),
    (SMALLEST + "reports: {json: a}\n", "5: reports.json: what stands here is not an absolute path"),
    (SMALLEST + "reports: {json: /a, text: /a}\n", "5: reports.json: /a is already the file of text."),
    (SMALLEST + "ping: https://a/\n", "5: ping: must be {url_file: /path/to/file}; the address belongs into that file."),
    (SMALLEST + "ping: {https://a/secret: b}\n", "5: ping: must be {url_file: /path/to/file}; the address belongs"),
    (SMALLEST + "ping: {}\n", "5: ping.url_file: this key is missing."),
    (SMALLEST + "ping: {url_file: https://a/secret}\n", "5: ping.url_file: what stands here is not an absolute path"),
    (SMALLEST + "issues: /a\n", "5: issues: must be {repository: owner/name, token_file: /path/to/file}; the token"),
    (SMALLEST + "issues: {repository: a/b}\n", "5: issues.token_file: this key is missing."),
    (SMALLEST + "issues: {repository: a, token_file: /b}\n", "5: issues.repository: a is not of the form owner/name"),
    # the words of the top
    (SMALLEST + "prevent_self_review: yes\n", "5: prevent_self_review: must be true or false, in these words"),
    (SMALLEST + "prevent_self_review: 'true'\n", "5: prevent_self_review: must be true or false, in these words"),
    (SMALLEST + "plan_valid_for: 24\n", "5: plan_valid_for: 24 has no unit; write a whole number"),
    (SMALLEST + "plan_valid_for: 1 day\n", '5: plan_valid_for: "1 day" is not a duration; write a whole number'),
    # the service and the glass
    (
        SMALLEST + "service: {callers: [forgejo-runner]}\nbreak_glass: forgejo-runner\n",
        "6: break_glass: forgejo-runner is one of service.callers, and a job must not go without an approval.",
    ),
    # people
    (SMALLEST + "people: []\n", "5: people: an empty list names nobody; add a person or leave the key out."),
    (SMALLEST + "people: [ops-lead]\n", "5: people: must be keys and values, not the text ops-lead; allowed are forgejo"),
    (person("{login: a}"), "8: people.forgejo: this key is missing."),
    (person("{forgejo: {id: 8}}"), "8: people.forgejo.login: this key is missing."),
    (person("{forgejo: {id: 0, login: a}}"), "8: people.forgejo.id: must be a whole number from 1 to"),
    (person("{forgejo: {id: 8, login: a b}}"), '8: people.forgejo.login: "a b" holds a slash or a space'),
    (person("{forgejo: {id: 8, login: a}, ssh: []}"), "8: people.ssh: an empty list names no key"),
    (person("{forgejo: {id: 8, login: a}, ssh: ['*@b']}"), '8: people.ssh: "*@b" is a pattern or several principals'),
    (person("{forgejo: {id: 8, login: a}, ssh: ['a,b']}"), '8: people.ssh: "a,b" is a pattern or several principals'),
    (person("{forgejo: {id: 8, login: a}, ssh: ['!a']}"), '8: people.ssh: "!a" is a pattern or several principals'),
    (person("{forgejo: {id: 8, login: a}, login: 1000}"), "8: people.login: must be an account of this host; YAML takes"),
    (person("{forgejo: {id: 8, login: a}, login: a:b}"), '8: people.login: "a:b" holds a colon, a slash or a space'),
    (person("{forgejo: {id: 7, login: a}}"),
     "8: people.forgejo.id: the Forgejo id 7 stands twice, on line 6 and on line 8; it belongs to one person only"),
    (person("{forgejo: {id: 8, login: Ops-Lead}}"),
     "8: people.forgejo.login: the Forgejo login ops-lead stands twice, on line 6 and on line 8;"),
    (person("{forgejo: {id: 8, login: a}, ssh: [b, ops-lead@example.org]}"),
     "8: people.ssh: the SSH principal ops-lead@example.org stands twice, on line 6 and on line 8;"),
    (person("{forgejo: {id: 8, login: a}, ssh: [b, b]}"), "the SSH principal b stands twice, on line 8 and on line 8;"),
    (person("{forgejo: {id: 8, login: a}, login: opslead}"),
     "8: people.login: the account opslead stands twice, on line 6 and on line 8;"),
    (SMALLEST + "people:\n" + "- {forgejo: {id: 1, login: a}}\n" * 1_001, "6: people: 1001 people are named; at most"),
    # environments
    (BEFORE + "environments: {}\n", "8: environments: there is none; add an environment or leave the key out."),
    (BEFORE + "environments: [a]\n", "8: environments: must be environments by name"),
    (environment("deploy-runner-repair:", "'deploy runner':"),
     '9: environments: "deploy runner" holds something else than letters, digits'),
    (environment("    evidence: [dispatch, review]\n", ""), "10: environments.deploy-runner-repair.evidence: this key"),
    (environment("reviewers: [", "reviewer: ["),
     "13: environments.deploy-runner-repair.reviewer: unknown key; did you mean reviewers?"),
    (environment("{id: 12, name: ops/forgejo}", "ops/forgejo"), "10: environments.deploy-runner-repair.repository: must"),
    (environment("{id: 12, name: ops/forgejo}", "{name: ops/forgejo}"), "repository.id: this key is missing."),
    (environment("{id: 12, name: ops/forgejo}", "{id: 12, name: forgejo}"), "name: forgejo is not of the form owner/name"),
    (environment(".forgejo/workflows/", ""), "workflow: scope-repair.yml is not a workflow file of Forgejo; such as"),
    (environment(".forgejo/workflows/", ".forgejo/workflows/../"), "is not a workflow file of Forgejo"),
    # branches
    (environment("[main]", "[]"), "12: environments.deploy-runner-repair.deployment_branches: an empty list allows no"),
    (environment("[main]", "[refs/tags/main]"), "refs/tags/main is a ref of another kind than a branch"),
    (environment("[main]", "['release/*']"), '"release/*" is a pattern, and branches are compared character by'),
    (environment("[main]", "[main, refs/heads/main]"), "branch refs/heads/main stands twice; keep one of them."),
    *((environment("[main]", f"['{branch}']"), "is not a branch's name; such as main or refs/heads/main.")
      for branch in ("main~0", "main^0", "main@{0}", "a..b", "a b", "/main", "main/", "a//b", ".a", "a/.b", "a.lock",
                     "a.lock/b", "main.", "-a", "@", "a:b", "a[b", "a\\b", "refs/heads/")),
    # reviewers and their number
    (environment("[ops-lead, second-operator]", "[]"),
     "13: environments.deploy-runner-repair.reviewers: the list is empty, so nobody could ever approve"),
    (environment("[ops-lead, second-operator]", "[opslead]"),
     "reviewers: opslead is not known here; did you mean ops-lead? allowed here: ops-lead, second-operator."),
    (environment("[ops-lead, second-operator]", "[Ops-Lead]"), "Ops-Lead is not known here; did you mean ops-lead?"),
    (environment("[ops-lead, second-operator]", "[ops-lead, ops-lead]"), "reviewer ops-lead stands twice; keep one"),
    (environment("[ops-lead, second-operator]", "[7]"), "must be a Forgejo login that stands under people; YAML takes 7"),
    (SMALLEST + ENVIRONMENT, "10: environments.deploy-runner-repair.reviewers: ops-lead is nobody yet; add the key people"),
    (environment("    evidence", "    required_approvals: 0\n    evidence"), "required_approvals: must be a whole number"),
    (environment("    evidence", "    required_approvals: 3\n    evidence"),
     "14: environments.deploy-runner-repair.required_approvals: 3 approvals can never come from 2 reviewers."),
    # evidence
    (environment("[dispatch, review]", "[]"), "evidence: the list is empty; name one or more of dispatch, review, sig"),
    (environment("[dispatch, review]", "[comment]"), "evidence: comment is not known here; allowed here: dispatch, review"),
    (environment("[dispatch, review]", "[signatur]"), "signatur is not known here; did you mean signature?"),
    (environment("[dispatch, review]", "[review, review]"), "evidence: review stands twice; keep one of them."),
    (environment("[dispatch, review]", "[signature]"), "evidence: signature needs the key allowed_signers at the top"),
    (environment("api: {token_file: /etc/runner-scope-doctor/api.token}\n", ""),
     "14: environments.deploy-runner-repair.evidence: review needs the key api at the top of the file."),
    (environment("    evidence", "    require_all: yes\n    evidence"), "require_all: must be true or false"),
]  # fmt: skip  # one case a line reads as a table


@pytest.mark.parametrize(("text", "sentence"), REFUSED, ids=[case[1][:50] for case in REFUSED])
def test_what_is_wrong_is_said(text: str, sentence: str) -> None:
    """Each fault has its own sentence, which names file, line and key."""
    problem = refusal(text)
    assert problem.startswith(f"{FILE}:")
    assert sentence in problem
    assert problem.endswith(".")
    assert len(problem) < 500


@pytest.mark.parametrize(
    "text",
    [
        connected("{check: 'postgres://doctor:hunter2@db/forgejo'}"),
        connected("{check: {'postgres://doctor:hunter2@db/forgejo'}}"),
        connected("{check: ['postgres://doctor:hunter2@db/forgejo']}"),
        connected("{check: {database_url_file: 'postgres://doctor:hunter2@db/forgejo'}}"),
        connected("{check: {app_ini: 'postgres://doctor:hunter2@db/forgejo'}}"),
        connected("'postgres://doctor:hunter2@db/forgejo'"),
        connected("{'postgres://doctor:hunter2@db/forgejo'}"),
        SMALLEST.replace("https://", "https://doctor:hunter2@"),
        SMALLEST.replace("/var/lib/runner-scope-doctor", "postgres://doctor:hunter2@db/forgejo"),
        SMALLEST + "api: hunter2\n",
        SMALLEST + "api: [hunter2]\n",
        SMALLEST + "api: {token_file: hunter2}\n",
    ],
    ids=range(12),
)
def test_a_password_that_was_put_here_by_mistake_is_not_repeated(text: str) -> None:
    """A URL with a password, in the place of a path or a connection, is refused without a word of it."""
    with pytest.raises(SettingsInvalid) as caught:
        parsed(text)
    assert "hunter2" in text
    assert "hunter2" not in str(caught.value)


def test_the_way_out_names_the_line() -> None:
    """A refusal ends with the place to correct, and with no command that reads another kind of file."""
    with pytest.raises(SettingsInvalid) as caught:
        parsed(WHOLE.replace("  approval:", "  aproval:"))
    assert caught.value.next_step == "Correct line 7 of host.yml."

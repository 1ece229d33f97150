"""Host configurations as plain values: valid ones, and ones that are nearly so."""

from __future__ import annotations

from hypothesis import strategies as st

from support.contract_documents import DURATIONS, IDS, INSTANCES, OWNERS
from support.yaml_documents import Document, changed

PATHS = st.sampled_from(["/etc/a", "/etc/forgejo/app.ini", "/var/lib/runner scope", "/a/b..c/", "/größe/.d"])
CONNECTIONS: st.SearchStrategy[Document] = st.one_of(
    st.fixed_dictionaries({"app_ini": PATHS}), st.fixed_dictionaries({"database_url_file": PATHS})
)
BRANCHES = st.sampled_from(["main", "refs/heads/main2", "release/v2.0", "heads/main", "größe", "a@b", "a{0}"])
KINDS = ["dispatch", "review", "signature"]
ACCOUNTS = st.sampled_from(["opslead", "forgejo-runner", "größe", "a.b_c"])
OPERATORS = st.sampled_from(["operator", "größer", "a.b_d"])
"""None of the accounts above: a caller may not break the glass."""
FORMATS = ["text", "json", "junit", "sarif", "nagios", "prometheus", "html"]
LOGINS = ["ops-lead", "second-operator", "Büro"]


def _people(logins: list[str]) -> st.SearchStrategy[Document]:
    """One person for each of the Forgejo logins, sharing nothing."""
    people: list[st.SearchStrategy[Document]] = [
        st.fixed_dictionaries(
            {"forgejo": st.just({"id": number, "login": login})},
            optional={
                "ssh": st.sampled_from([[f"{number}@example.org"], [f"{number}", f"{number}@ä"]]),
                "login": st.just(f"account{number}"),
            },
        )
        for number, login in enumerate(logins, start=1)
    ]
    return st.tuples(*people).map(list)


def _environments(logins: list[str], kinds: list[str]) -> st.SearchStrategy[Document]:
    """Environments whose reviewers are those people; one approval each, or as many as there are reviewers."""
    reviewers = st.lists(st.sampled_from(logins), min_size=1, unique=True)
    environment: st.SearchStrategy[Document] = reviewers.flatmap(
        lambda names: st.fixed_dictionaries(
            {
                "repository": st.fixed_dictionaries(
                    {"id": IDS, "name": st.builds("{}/{}".format, OWNERS, OWNERS)},
                ),
                "workflow": st.sampled_from([".forgejo/workflows/a.yml", ".gitea/workflows/b-c.yaml"]),
                "deployment_branches": st.lists(BRANCHES, min_size=1, max_size=3, unique=True),
                "reviewers": st.just(list(names)),
                "evidence": st.lists(st.sampled_from(kinds), min_size=1, unique=True),
            },
            optional={
                "required_approvals": st.sampled_from([1, len(names)]),
                "prevent_self_review": st.booleans(),
                "plan_valid_for": DURATIONS,
                "require_all": st.booleans(),
            },
        )
    )
    return st.dictionaries(st.sampled_from(["deploy", "a.b_c-1", "2nd"]), environment, min_size=1, max_size=2)


def _reports() -> st.SearchStrategy[Document]:
    """One or two formats, each with a file of its own."""
    files = st.lists(PATHS, min_size=2, max_size=2, unique=True)
    return st.builds(
        lambda words, paths: dict(zip(words, paths, strict=False)),
        st.lists(st.sampled_from(FORMATS), min_size=1, max_size=2, unique=True),
        files,
    )


@st.composite
def _valid(draw: st.DrawFn) -> Document:
    logins = LOGINS[: draw(st.integers(0, 3))]
    required: dict[str, st.SearchStrategy[Document]] = {
        "version": st.just(1),
        "instance": INSTANCES,
        "state": PATHS,
        "connections": st.fixed_dictionaries(
            {"check": CONNECTIONS}, optional=dict.fromkeys(("approval", "backup", "repair"), CONNECTIONS)
        ),
    }
    optional: dict[str, st.SearchStrategy[Document]] = {
        "contract": PATHS,
        "prevent_self_review": st.booleans(),
        "plan_valid_for": DURATIONS,
        "service": st.fixed_dictionaries({"callers": st.lists(ACCOUNTS, min_size=1, max_size=3, unique=True)}),
        "break_glass": OPERATORS,
        "reports": _reports(),
        "ping": st.fixed_dictionaries({"url_file": PATHS}, optional={"failure_url_file": PATHS, "ca_file": PATHS}),
        "issues": st.fixed_dictionaries(
            {"repository": st.builds("{}/{}".format, OWNERS, OWNERS), "token_file": PATHS}, optional={"ca_file": PATHS}
        ),
    }
    signers = draw(st.booleans())
    if signers:
        required["allowed_signers"] = PATHS
        optional["revoked_keys"] = PATHS
    api = draw(st.booleans())
    if api:
        required["api"] = st.fixed_dictionaries({"token_file": PATHS}, optional={"ca_file": PATHS})
    if logins:
        required["people"] = _people(logins)
        missing = ({"signature"} if not signers else set()) | ({"review"} if not api else set())
        optional["environments"] = _environments(logins, [kind for kind in KINDS if kind not in missing])
    return draw(st.fixed_dictionaries(required, optional=optional))


VALID: st.SearchStrategy[Document] = _valid()
ODD: st.SearchStrategy[Document] = st.one_of(
    st.sampled_from([None, True, False, 0, -1, 1, 2, 3, 1000, 1001, 2**63, 0.5, 1.0, "", "1", "true", "on"]),
    st.sampled_from(
        ["a/b", "/a", "/a\n", "//a", "/..", "/a/../b", "/a/..b", "a", "~/a", "/" + "a" * 4094, "/" + "a" * 4095]
    ),
    st.sampled_from(
        ["10m", "10m\n", "0m", "dispatch", "signature", "comment", "https://a/", "https://u@a/", "a:b", "a b"]
    ),
    st.sampled_from(
        ["main", "refs/tags/a", "refs/heads/", "a..b", "a.lock", "a.lock/b", ".a", "a/.b", "a*", "@", "@{", "-a"]
    ),
    st.sampled_from(
        ["a,b", '"a"', "#a", "!a", "a?", "x" * 255, "x" * 256, "ü" * 127, "ü" * 128, "a\x85", "a\u2028", "\x00"]
    ),
    st.sampled_from([".forgejo/workflows/a.yml", ".forgejo/workflows/a/b.yml", ".github/workflows/a.json", "ops-lead"]),
    st.builds(list),
    st.builds(dict),
    st.just(["a", "a"]),
    st.just({"app_ini": "/a"}),
    st.text(max_size=3),
)
NEW_KEYS = ["service", "callers", "break_glass", "reports", "ping", "issues", "url_file", "token_file", "prometheus"]
TOP_KEYS = ["version", "instance", "state", "connections", "contract", "people", "allowed_signers", "revoked_keys"]
SHARED_KEYS = ["prevent_self_review", "plan_valid_for", "environments", "forgejo", "ssh", "login", "id", "name"]
INNER_KEYS = ["check", "approval", "app_ini", "database_url_file", "repository", "workflow", "deployment_branches"]
KEYS = st.sampled_from(
    [*TOP_KEYS, *NEW_KEYS, *SHARED_KEYS, *INNER_KEYS, "reviewers", "required_approvals", "evidence", "State", "", "a b"]
)


def nearly_valid() -> st.SearchStrategy[Document]:
    """A valid document with up to two values replaced, removed, added or said twice."""
    return changed(VALID, values=ODD, keys=KEYS)

"""Contract documents as plain values: valid ones, and ones that are nearly so."""

from __future__ import annotations

from hypothesis import strategies as st

from support.yaml_documents import Document, changed

IDS = st.one_of(st.integers(1, 100), st.sampled_from([1, 2**63 - 1]), st.integers(1, 2**63 - 1))
PRINTED = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))
NAMES = st.text(PRINTED, min_size=1, max_size=30).filter(lambda name: len(name.encode()) <= 255)
LABELS = st.text(PRINTED.filter(lambda character: character != ":"), min_size=1, max_size=8)
OWNERS = st.text(PRINTED.filter(lambda character: character not in " /"), min_size=1, max_size=8)
DURATIONS = st.from_regex("[1-9][0-9]{0,5}[smhd]", fullmatch=True, alphabet=st.characters(max_codepoint=127))
INSTANCES = st.sampled_from(["https://git.example.org/", "http://localhost:3000", "https://[::1]:3000/forgejo/"])


def _scopes() -> st.SearchStrategy[Document]:
    repositories = st.builds("{}/{}".format, OWNERS, OWNERS)
    kinds = [("repository", repositories), ("organization", OWNERS), ("user", OWNERS)]
    forms: list[st.SearchStrategy[Document]] = [st.just("instance")]
    for kind, names in kinds:
        forms.append(st.fixed_dictionaries({kind: names}, optional={"id": IDS}))
        forms.append(st.fixed_dictionaries({kind: st.fixed_dictionaries({"id": IDS})}))
    return st.one_of(forms)


_LABEL_LISTS: st.SearchStrategy[Document] = st.lists(LABELS, min_size=1, max_size=3, unique=True).map(list)
RUNNERS = st.fixed_dictionaries(
    {"name": NAMES, "scope": _scopes()},
    optional={"labels": _LABEL_LISTS, "online_within": DURATIONS, "max_wait": DURATIONS, "reason": NAMES},
)
_REQUIRED: dict[str, st.SearchStrategy[Document]] = {
    "version": st.just(1),
    "runners": st.lists(RUNNERS, min_size=1, max_size=3, unique_by=lambda runner: str(runner["name"])).map(list),
}
_OPTIONAL: dict[str, st.SearchStrategy[Document]] = {
    "instance": INSTANCES,
    "undeclared": st.sampled_from(["ignore", "warn", "fail"]),
}
VALID: st.SearchStrategy[Document] = st.fixed_dictionaries(_REQUIRED, optional=_OPTIONAL)
ODD: st.SearchStrategy[Document] = st.one_of(
    st.sampled_from([None, True, False, 0, -1, 1, 2, 2**63, 10**400, 0.5, 1.0, 35.0, "", "1", "on", "instance", "a/b"]),
    st.sampled_from(
        ["a/b/c", "10m", "10m\n", "0m", "1000000s", "a:b", "a b", "a\x85", "a\u2028", "\x00", "https://a/\n"]
    ),
    st.sampled_from(["x" * 255, "x" * 256, "ü" * 127, "ü" * 128, "ü" * 256, "2024-01-01", "https://u@a/", "warn"]),
    st.builds(list),
    st.builds(dict),
    st.lists(st.just("a"), min_size=2, max_size=2),
    IDS.map(lambda number: {"id": number}),
    st.text(max_size=3),
)
TOP_KEYS = ["version", "runners", "instance", "undeclared"]
RUNNER_KEYS = ["name", "scope", "labels", "online_within", "max_wait", "reason"]
KEYS = st.sampled_from([*TOP_KEYS, *RUNNER_KEYS, "id", "repository", "organization", "user", "Name", "label", ""])


def nearly_valid() -> st.SearchStrategy[Document]:
    """A valid document with up to two values replaced, removed, added or said twice."""
    return changed(VALID, values=ODD, keys=KEYS)

"""host.schema.json says what the parser does, in the form editors read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from jsonschema import Draft202012Validator

import runner_scope_doctor
from runner_scope_doctor.host import grammar
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.host import EvidenceKind
from runner_scope_doctor.yaml_tree import words
from support.host_documents import VALID, nearly_valid
from support.host_texts import ENVIRONMENT, PEOPLE, SMALLEST, parsed
from support.schema_tool import check_jsonschema
from support.yaml_documents import Document, dumped

UNHURRIED = settings(deadline=None)  # the machine is shared: a slow example is no fault
SCHEMA = json.loads((Path(runner_scope_doctor.__file__).parent / "host" / "host.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
BASE: dict[str, Document] = {
    "version": 1,
    "instance": "https://a/",
    "state": "/a",
    "connections": {"check": {"app_ini": "/b"}},
}
ONE: dict[str, Document] = {"forgejo": {"id": 1, "login": "a"}, "ssh": ["k"], "login": "l"}
AN_ENVIRONMENT: dict[str, Document] = {
    "repository": {"id": 1, "name": "a/b"},
    "workflow": ".forgejo/workflows/a.yml",
    "deployment_branches": ["main"],
    "reviewers": ["a"],
    "evidence": ["dispatch"],
}


def with_people(*people: Document) -> Document:
    """The smallest configuration with these people beside the first."""
    return {**BASE, "people": [ONE, *people]}


def with_environment(**changes: Document) -> Document:
    """The smallest configuration with one environment, whose only possible reviewer is the first person."""
    return {**BASE, "people": [ONE], "environments": {"e": {**AN_ENVIRONMENT, **changes}}}


def parser_accepts(document: Document) -> bool:
    """Whether the document, written as YAML, is a host configuration."""
    try:
        parsed(dumped(document))
    except SettingsInvalid:
        return False
    return True


def schema_accepts(document: Document) -> bool:
    """Whether an editor would underline nothing."""
    return bool(VALIDATOR.is_valid(document))


def spelt_beyond_a_schema(document: Document) -> bool:
    """Lengths are counted in bytes, schemas count characters; 1.0 is a fraction in YAML and an integer in a schema."""
    if isinstance(document, float):
        return document.is_integer()
    if isinstance(document, str):
        size = len(document.encode(errors="surrogatepass"))
        return any(len(document) <= longest < size for longest in (words.LONGEST_NAME, grammar.LONGEST_PATH))
    if isinstance(document, list):
        return any(map(spelt_beyond_a_schema, document))
    if isinstance(document, dict):
        return any(map(spelt_beyond_a_schema, [*document, *document.values()]))
    return False


def relates_beyond_a_schema(written: Document) -> bool:
    """What one part of the file means for another: who is named twice, who may review, what a kind of evidence needs.

    `written` is a mapping the schema is content with.
    """
    document = json.loads(json.dumps(written))
    people, environments = document.get("people", []), document.get("environments", {})
    logins = [person["forgejo"]["login"] for person in people]
    claims = [
        [person["forgejo"]["id"] for person in people],
        [login.lower() for login in logins],
        [principal for person in people for principal in person.get("ssh", [])],
        [person["login"] for person in people if "login" in person],
    ]
    if document.get("break_glass") in document.get("service", {}).get("callers", []):
        return True
    reports = document.get("reports", {})
    if len({Path(file) for file in reports.values()}) < len(reports):
        return True
    return any(len(set(claim)) < len(claim) for claim in claims) or any(
        not set(environment["reviewers"]) <= set(logins)
        or environment.get("required_approvals", 1) > len(environment["reviewers"])
        or ("signature" in environment["evidence"] and "allowed_signers" not in document)
        or ("review" in environment["evidence"] and "api" not in document)
        or len({grammar.full_ref(branch) for branch in environment["deployment_branches"]})
        < len(environment["deployment_branches"])
        for environment in environments.values()
    )


def beyond_a_schema(document: Document) -> bool:
    """The documented rules that JSON Schema cannot express; relations are looked at where the schema is content."""
    if spelt_beyond_a_schema(document):
        return True
    return schema_accepts(document) and relates_beyond_a_schema(document)


@UNHURRIED
@given(VALID)
def test_both_accept_every_valid_configuration(document: Document) -> None:
    """What the documented form allows is accepted by parser and schema."""
    assert parser_accepts(document)
    assert schema_accepts(document)


@UNHURRIED
@given(nearly_valid())
@example({**BASE, "state": "/a\n"})
@example({**BASE, "version": True})
@example({**BASE, "prevent_self_review": "true"})
@example(with_people({"forgejo": {"id": 2, "login": "b"}, "login": "c\n"}))
@example({**BASE, "people": [ONE], "environments": {"a\n": AN_ENVIRONMENT}})
@example(with_environment(deployment_branches=["main\n"]))
def test_the_schema_accepts_what_the_parser_accepts(document: Document) -> None:
    """One step beside the form, both still agree, but for the listed rules, where the parser is the stricter one."""
    if beyond_a_schema(document):
        assert schema_accepts(document) or not parser_accepts(document)
    else:
        assert schema_accepts(document) == parser_accepts(document)


@pytest.mark.parametrize(
    "document",
    [
        {**BASE, "version": 1.0},
        {**BASE, "state": "/" + "ü" * 2_048},
        with_people({"forgejo": {"id": 2, "login": "ü" * 128}}),
        with_people({"forgejo": {"id": 1, "login": "b"}}),
        with_people({"forgejo": {"id": 2, "login": "A"}}),
        with_people({"forgejo": {"id": 2, "login": "b"}, "ssh": ["k"]}),
        with_people({"forgejo": {"id": 2, "login": "b"}, "login": "l"}),
        with_environment(reviewers=["b"]),
        with_environment(required_approvals=2),
        with_environment(evidence=["signature"]),
        with_environment(evidence=["review"]),
        with_environment(deployment_branches=["main", "refs/heads/main"]),
        {**BASE, "reports": {"json": "/a", "text": "/a"}},
    ],
    ids=[
        "fraction",
        "path",
        "bytes",
        "id",
        "login",
        "principal",
        "account",
        "reviewer",
        "number",
        "signers",
        "api",
        "ref",
        "one file",
    ],
)
def test_the_listed_exceptions_are_real(document: Document) -> None:
    """Each rule on the list is one the parser holds and the schema does not."""
    assert beyond_a_schema(document)
    assert schema_accepts(document)
    assert not parser_accepts(document)


def test_limits_and_patterns_are_the_parsers() -> None:
    """Patterns and numbers stand in the schema exactly as in the grammar."""
    definitions, top = SCHEMA["$defs"], SCHEMA["properties"]
    person, environment = definitions["person"]["properties"], definitions["environment"]["properties"]
    assert definitions["one_line"]["not"]["pattern"] == words.CONTROL.pattern
    assert definitions["short_line"]["maxLength"] == words.LONGEST_NAME
    assert definitions["path"]["maxLength"] == grammar.LONGEST_PATH
    assert definitions["path"]["pattern"] == grammar.PATH.pattern
    assert definitions["id"]["maximum"] == words.LARGEST_ID
    assert definitions["duration"]["pattern"] == words.DURATION.pattern
    assert definitions["repository_name"]["pattern"] == words.REPOSITORY.pattern
    assert definitions["forgejo_login"]["pattern"] == words.OWNER.pattern
    assert person["ssh"]["items"]["pattern"] == grammar.PRINCIPAL.pattern
    assert definitions["account"]["pattern"] == grammar.LOGIN.pattern
    accounts = (person["login"], top["service"]["properties"]["callers"]["items"], top["break_glass"])
    assert {one["$ref"] for one in accounts} == {"#/$defs/account"}
    assert environment["workflow"]["pattern"] == grammar.WORKFLOW.pattern
    assert environment["deployment_branches"]["items"]["pattern"] == grammar.BRANCH.pattern
    assert environment["required_approvals"]["maximum"] == top["people"]["maxItems"] == grammar.MOST_PEOPLE
    assert environment["evidence"]["items"]["enum"] == [kind.value for kind in EvidenceKind]
    assert top["environments"]["propertyNames"]["pattern"] == grammar.ENVIRONMENT.pattern
    assert top["instance"]["pattern"] == words.INSTANCE.pattern
    assert top["version"]["const"] == grammar.VERSION
    assert words.seconds(top["plan_valid_for"]["default"]) == grammar.DEFAULT_PLAN_SECONDS


def test_an_editor_accepts_and_refuses_the_same_files(tmp_path: Path) -> None:
    """With the regular expressions of editors (ECMAScript's), a good file passes and a tag in place of a branch does not."""
    schema = Path(runner_scope_doctor.__file__).parent / "host" / "host.schema.json"
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(SMALLEST + PEOPLE + ENVIRONMENT)
    bad.write_text(SMALLEST + PEOPLE + ENVIRONMENT.replace("[main]", "[refs/tags/main]"))
    assert check_jsonschema("--check-metaschema", str(schema)).returncode == 0
    assert check_jsonschema("--schemafile", str(schema), str(good)).returncode == 0
    result = check_jsonschema("--schemafile", str(schema), str(bad))
    assert result.returncode == 1
    assert "deployment_branches" in result.stdout


def test_the_schema_names_no_host() -> None:
    """The schema's own name is a URN: nobody can put another schema behind an address."""
    assert SCHEMA["$id"] == "urn:runner-scope-doctor:host:1"

"""schema.json says what the parser does, in the form editors read."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from jsonschema import Draft202012Validator

import runner_scope_doctor
from runner_scope_doctor.contract import grammar
from runner_scope_doctor.contract.schema import schema_text
from runner_scope_doctor.model.errors import SettingsInvalid, SourceUnavailable
from runner_scope_doctor.yaml_tree import words
from support.contract_documents import VALID, nearly_valid
from support.contract_texts import SKETCH, parsed
from support.schema_tool import check_jsonschema
from support.yaml_documents import Document, dumped

UNHURRIED = settings(deadline=None)  # the machine is shared: a slow example is no fault
PACKAGE = Path(runner_scope_doctor.__file__).parent
SCHEMA_FILE = PACKAGE / "contract" / "schema.json"
SCHEMA = json.loads(schema_text())
VALIDATOR = Draft202012Validator(SCHEMA)


def parser_accepts(document: Document) -> bool:
    """Whether the document, written as YAML, is a contract."""
    try:
        parsed(dumped(document))
    except SettingsInvalid:
        return False
    return True


def schema_accepts(document: Document) -> bool:
    """Whether an editor would underline nothing."""
    return bool(VALIDATOR.is_valid(document))


def beyond_a_schema(document: Document) -> bool:
    """The documented rules that JSON Schema cannot express.

    Lengths are counted in bytes, schemas count characters; a runner's name stands once; 1.0 is a fraction in YAML and
    an integer in JSON Schema. (Aliases, tags, duplicate keys, spelling and size are matters of the text alone.)
    """
    if isinstance(document, float):
        return document.is_integer()
    if isinstance(document, str):
        return len(document) <= words.LONGEST_NAME < len(document.encode())
    if isinstance(document, list):
        names = [str(item.get("name")) for item in document if isinstance(item, dict)]
        return len(set(names)) < len(names) or any(map(beyond_a_schema, document))
    if isinstance(document, dict):
        return any(map(beyond_a_schema, document.values()))
    return False


@UNHURRIED
@given(VALID)
def test_both_accept_every_valid_contract(document: Document) -> None:
    """What the documented form allows is accepted by parser and schema."""
    assert parser_accepts(document)
    assert schema_accepts(document)


@UNHURRIED
@given(nearly_valid())
@example({"version": 1, "runners": [{"name": "a\n", "scope": "instance"}]})
@example({"version": 1, "runners": [{"name": "a", "scope": {"repository": "a/b\n"}}]})
@example({"version": 1, "runners": [{"name": "a", "scope": {"repository": {"id": 1}, "id": 1}}]})
@example({"version": 1, "runners": [{"name": "a", "scope": "instance", "max_wait": "10m\n"}]})
@example({"version": True, "runners": [{"name": "a", "scope": "instance"}]})
def test_the_schema_accepts_what_the_parser_accepts(document: Document) -> None:
    """One step beside the form, both still agree, but for the listed rules, where the parser is the stricter one."""
    if beyond_a_schema(document):
        assert schema_accepts(document) or not parser_accepts(document)
    else:
        assert schema_accepts(document) == parser_accepts(document)


@pytest.mark.parametrize(
    "document",
    [
        {"version": 1.0, "runners": [{"name": "a", "scope": "instance"}]},
        {"version": 1, "runners": [{"name": "ü" * 128, "scope": "instance"}]},
        {"version": 1, "runners": [{"name": "a", "scope": "instance"}] * 2},
    ],
    ids=["fraction", "bytes", "twice"],
)
def test_the_listed_exceptions_are_real(document: Document) -> None:
    """Each rule on the list is one the parser holds and the schema does not."""
    assert beyond_a_schema(document)
    assert schema_accepts(document)
    assert not parser_accepts(document)


def test_limits_and_patterns_are_the_parsers() -> None:
    """Patterns and numbers stand in the schema exactly as in the grammar."""
    definitions = SCHEMA["$defs"]
    runner = definitions["runner"]["properties"]
    assert definitions["one_line"]["not"]["pattern"] == words.CONTROL.pattern
    assert definitions["short_line"]["maxLength"] == words.LONGEST_NAME
    assert definitions["id"]["maximum"] == words.LARGEST_ID
    assert definitions["duration"]["pattern"] == words.DURATION.pattern
    assert definitions["repository_name"]["pattern"] == words.REPOSITORY.pattern
    assert definitions["owner_name"]["pattern"] == words.OWNER.pattern
    assert runner["labels"]["items"]["pattern"] == grammar.LABEL.pattern
    assert SCHEMA["properties"]["instance"]["pattern"] == words.INSTANCE.pattern
    assert SCHEMA["properties"]["runners"]["maxItems"] == grammar.MOST_RUNNERS
    assert SCHEMA["properties"]["version"]["const"] == grammar.VERSION


def test_the_schema_names_no_host() -> None:
    """The schema's own name is a URN: nobody can put another schema behind an address."""
    assert SCHEMA["$id"] == "urn:runner-scope-doctor:contract:1"
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_schema_is_one() -> None:
    """check-jsonschema finds nothing wrong with the schema itself."""
    result = check_jsonschema("--check-metaschema", str(SCHEMA_FILE))
    assert result.returncode == 0, result.stdout + result.stderr


def test_an_editor_accepts_and_refuses_the_same_files(tmp_path: Path) -> None:
    """With the regular expressions of editors too, the sketch passes and a wrong duration does not."""
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(SKETCH)
    bad.write_text(SKETCH.replace("10m", "ten minutes"))
    assert check_jsonschema("--schemafile", str(SCHEMA_FILE), str(good)).returncode == 0
    result = check_jsonschema("--schemafile", str(SCHEMA_FILE), str(bad))
    assert result.returncode == 1
    assert "online_within" in result.stdout


def test_the_schema_is_found_in_a_zip(tmp_path: Path) -> None:
    """A package run out of a zip file prints the same schema."""
    archive = tmp_path / "doctor.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted([*PACKAGE.rglob("*.py"), SCHEMA_FILE]):
            file.write(path, path.relative_to(PACKAGE.parent))
    program = "from runner_scope_doctor.contract.schema import schema_text; print(schema_text(), end='')"
    result = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(archive)}, capture_output=True, text=True, check=False
    )
    assert result.stderr == ""
    assert result.stdout == SCHEMA_FILE.read_text(encoding="utf-8")


def test_an_incomplete_installation_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package without its schema ends in a sentence."""

    def missing(*_: str) -> bytes:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr("pkgutil.get_data", missing)
    with pytest.raises(SourceUnavailable, match=r"lacks contract/schema\.json"):
        schema_text()

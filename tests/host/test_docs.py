"""docs/host.md is the reference, so it must be true."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

import runner_scope_doctor
from runner_scope_doctor.host import grammar
from runner_scope_doctor.host.configuration import DEFAULT_FILE
from runner_scope_doctor.host.trust import trusted_bytes
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.host import ConnectionPurpose, EvidenceKind
from runner_scope_doctor.yaml_tree import words
from support.command import ROOT
from support.host_files import MYSELF, written
from support.host_texts import parsed, refusal

PAGE = (ROOT / "docs" / "host.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
SCHEMA = json.loads((Path(runner_scope_doctor.__file__).parent / "host" / "host.schema.json").read_text("utf-8"))


def test_there_are_examples() -> None:
    """The tests below look at something: no YAML block escapes them."""
    assert len(EXAMPLES) == PAGE.count("```yaml") >= 4


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_each_example_is_a_configuration(text: str) -> None:
    """What a reader copies is accepted by the parser and by the schema."""
    assert parsed(text).instance == "https://git.example.org/"
    Draft202012Validator(SCHEMA).validate(yaml.safe_load(text))


def keys_of(part: object) -> Iterator[str]:
    """Every key of a host configuration that the schema knows, at any depth."""
    if isinstance(part, list):
        for item in part:
            yield from keys_of(item)
    if isinstance(part, dict):
        properties = part.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        for value in part.values():
            yield from keys_of(value)


def test_each_key_is_described() -> None:
    """Every key of the schema has a heading or an item of its own on the page."""
    keys = set(keys_of(SCHEMA))
    assert {"version", "people", "id", "backup", "database_url_file", "require_all"} <= keys
    assert [key for key in keys if not re.search(rf"^(### |- )`{key}`", PAGE, flags=re.MULTILINE)] == []


def test_the_words_and_numbers_on_the_page_are_the_parsers() -> None:
    """Limits, purposes, kinds of evidence and the usual place are those of the program."""
    assert all(f"- `{word.value}`: " in PAGE for word in (*ConnectionPurpose, *EvidenceKind))
    assert f"1 to {grammar.MOST_PEOPLE:,} people" in PAGE
    assert f"2 to {grammar.LONGEST_PATH:,} bytes" in PAGE
    assert f"over {grammar.MOST_BYTES:,} bytes" in PAGE
    assert f"from 1 to {words.LARGEST_ID}." in PAGE
    assert f"`{DEFAULT_FILE}`" in PAGE
    assert words.seconds("24h") == grammar.DEFAULT_PLAN_SECONDS


def test_the_refusal_shown_is_the_one_given() -> None:
    """The sample of a refusal is what a person sees for that mistake."""
    assert refusal(EXAMPLES[0].replace("allowed_signers:", "allowed_signrs:")) in PAGE


def test_the_loose_folder_shown_is_the_one_named(private: Path) -> None:
    """The sample of a loose part is what a person sees, but for the folder's path."""
    folder = private / "runner-scope-doctor"
    folder.mkdir()
    folder.chmod(0o775)
    with pytest.raises(SettingsInvalid) as caught:
        trusted_bytes(written(folder / "host.yml", EXAMPLES[0]), operator=MYSELF, most_bytes=10_000)
    assert str(caught.value).replace(str(private), "/etc") in PAGE

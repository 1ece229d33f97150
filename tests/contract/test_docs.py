"""docs/contract.md is the reference, so it must be true."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from runner_scope_doctor.contract import grammar
from runner_scope_doctor.contract.schema import schema_text
from runner_scope_doctor.model.contract import UndeclaredRule
from runner_scope_doctor.yaml_tree import words
from support.contract_texts import parsed, refusal

PAGE = (Path(__file__).parents[2] / "docs" / "contract.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
SCHEMA = json.loads(schema_text())


def test_there_are_examples() -> None:
    """The tests below look at something: no YAML block escapes them."""
    assert len(EXAMPLES) == PAGE.count("```yaml") >= 4


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_each_example_is_a_contract(example: str) -> None:
    """What a reader copies is accepted by the parser and by the schema."""
    assert parsed(example).runners
    Draft202012Validator(SCHEMA).validate(yaml.safe_load(example))


def keys_of(part: object) -> Iterator[str]:
    """Every key of a contract that the schema knows, at any depth."""
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
    assert {"version", "runners", "scope", "repository", "id"} <= keys
    missing = [key for key in keys - {"id"} if not re.search(rf"^(### |- )`{key}`", PAGE, flags=re.MULTILINE)]
    assert missing == []
    assert "the name, the `id`, or both" in PAGE


def test_the_numbers_on_the_page_are_the_parsers() -> None:
    """Limits and words are those the parser holds."""
    assert f"1 to {grammar.MOST_RUNNERS:,} entries" in PAGE
    assert f"over {grammar.MOST_BYTES:,} bytes" in PAGE
    assert f"1 to {words.LONGEST_NAME} bytes" in PAGE
    assert f"from 1 to {words.LARGEST_ID} in plain digits" in PAGE
    assert all(f"`{rule.value}`" in PAGE for rule in UndeclaredRule)


def test_the_refusal_shown_is_the_one_given() -> None:
    """The sample of a refusal is what a person sees for that mistake."""
    typo = EXAMPLES[0].replace("    labels:", "    lables:")
    assert refusal(typo) in PAGE

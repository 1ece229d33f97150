"""A document has one form; everything else is refused with a sentence."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.canonical.fields import Fields, NewerDocument, Value, WrongDocument
from runner_scope_doctor.canonical.form import canonical_bytes, digest_of, parsed

VALUES: st.SearchStrategy[Value] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def read(content: bytes) -> object:
    """What the bytes hold, of version 3."""
    return parsed(content, version=3, most_bytes=10_000)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=4))
def test_a_document_has_one_form(document: dict[str, Value]) -> None:
    """ASCII, sorted, without white space outside texts; read again it is the same, whatever order its keys came in."""
    document = {**document, "schema_version": 3}
    content = canonical_bytes(document)
    assert content.isascii()
    assert canonical_bytes(dict(reversed(document.items()))) == content
    assert read(content) == json.loads(content)
    assert digest_of(content) == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is not the JSON it should be"),
        (b"\xff", "is not the JSON it should be"),
        (b"[" * 100_000, "is larger than 10000 bytes"),
        (b"[" * 9_000, "is not the JSON it should be"),
        (b"9" * 9_000, "is not the JSON it should be"),
        (b"[]", "must have 3 at schema_version"),
        (b'{"schema_version":true}', "must have 3 at schema_version"),
        (b'{"schema_version":2}', "must have 3 at schema_version"),
        (b'{"schema_version":3,"a":1,"a":1}', "has a key twice"),
    ],
)
def test_anything_else_is_refused(content: bytes, reason: str) -> None:
    """Not JSON, too large, too deep, a number of thousands of digits, another version, a key twice."""
    with pytest.raises(WrongDocument, match=f"^{reason}"):
        read(content)


def test_a_later_schema_is_told_apart() -> None:
    """A person then upgrades the tool instead of looking for damage."""
    with pytest.raises(NewerDocument, match="newer release"):
        read(b'{"schema_version":4}')


@pytest.mark.parametrize(
    ("reading", "reason"),
    [
        (lambda fields: fields.text("number"), "must have a text at top.number"),
        (lambda fields: fields.integer("text"), "must have a whole number of 64 bits at top.text"),
        (lambda fields: fields.integer("large"), "must have a whole number of 64 bits at top.large"),
        (lambda fields: fields.integer("truth"), "must have a whole number of 64 bits at top.truth"),
        (lambda fields: fields.optional_truth("number"), "must have true, false or null at top.number"),
        (lambda fields: fields.items("text"), "must have a list at top.text"),
        (lambda fields: fields.texts("mixed"), "must have a list of texts at top.mixed"),
        (lambda fields: fields.pairs("mixed"), "must have pairs of texts at top.mixed"),
        (lambda fields: fields.part("text"), "has no object at top.text"),
        (lambda fields: fields.text("missing"), "lacks top.missing"),
        (lambda fields: fields.only("number"), "has an unknown key at top.large"),
        (lambda fields: fields.only("number", "nothing"), "has an unknown key at top.large"),
    ],
)
def test_a_value_of_another_type_is_named_with_its_place(reading: object, reason: str) -> None:
    """Whoever reads the sentence finds the key."""
    fields = Fields({"number": 1, "text": "x", "large": 2**63, "truth": True, "mixed": ["x", 1]}, "top")
    assert callable(reading)
    with pytest.raises(WrongDocument, match=f"^{reason}"):
        reading(fields)

"""A document as bytes, and back: sorted keys, no white space, ASCII, whole numbers only."""

from __future__ import annotations

import hashlib
import json

from runner_scope_doctor.canonical.fields import NewerDocument, Value, WrongDocument


def canonical_bytes(document: dict[str, Value]) -> bytes:
    """The document's only form, without a line end."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def digest_of(content: bytes) -> str:
    """SHA-256 of the bytes, 64 lower-case hex digits."""
    return hashlib.sha256(content).hexdigest()


def parsed(content: bytes, *, version: int, most_bytes: int) -> object:
    """The document those bytes hold, of that `schema_version` alone. Raises WrongDocument for anything else, for keys that stand
    twice, for depth and size; whether the form is canonical is for the caller to see by writing it again."""
    if len(content) > most_bytes:
        raise WrongDocument(f"is larger than {most_bytes} bytes")
    try:
        document = json.loads(content.decode("ascii"), object_pairs_hook=_without_repetition)
    except (ValueError, RecursionError) as error:
        raise WrongDocument("is not the JSON it should be") from error
    found = document.get("schema_version") if isinstance(document, dict) else None
    if type(found) is int and found > version:
        raise NewerDocument(f"has a schema_version above {version}: a newer release of this tool wrote it")
    if type(found) is not int or found != version:
        raise WrongDocument(f"must have {version} at schema_version")
    return document


def _without_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise WrongDocument("has a key twice")
    return found

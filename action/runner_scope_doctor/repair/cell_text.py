"""One value of a row in the backup file, and in the hash of its column. Two values never look the same in either."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from decimal import Decimal
from typing import assert_never

from runner_scope_doctor.database.exact.values import ExactValue, RawText, exact_text

_IN_JSON = json.JSONEncoder(ensure_ascii=True).encode


def cell_text(value: ExactValue) -> str:
    """The value as JSON in ASCII, on one line.

    null, true, false, whole numbers and texts as they are; `{"float": …}` as Python's `float.hex`, `{"decimal": …}` in
    digits, `{"bytes": …}` in base64. `{"text": …}` is base64 of a text that is no UTF-8, `{"surrogates": …}` of one with
    lone surrogates, in UTF-8 as if they were characters.
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _IN_JSON(value) if _is_unicode(value) else _tagged("surrogates", _base64(_in_bytes(value)))
        case float():
            return _tagged("float", value.hex())
        case Decimal():
            return _tagged("decimal", str(value))
        case bytes():
            return _tagged("bytes", _base64(value))
        case RawText(content):
            return _tagged("text", _base64(content))
        case _:
            assert_never(value)


def cell_value(parsed: object) -> ExactValue:
    """The value of what a JSON parser made of `cell_text`. Raises ValueError when it cannot have come from there."""
    match parsed:
        case None | bool() | int():
            return parsed
        case str() if _is_unicode(parsed):
            return parsed
        case dict() if len(parsed) == 1:
            ((kind, content),) = parsed.items()
            value = _tagged_value(kind, content)
            # Whoever writes a value in a second way is not our writer.
            if json.loads(cell_text(value)) != parsed:
                raise ValueError("a value is not written as the backup writes it")
            return value
        case _:
            raise ValueError("a value is of no known kind")


def hashed_form(value: ExactValue) -> bytes:
    """What goes into the hash of a column: kind, length and content. Made without `cell_text`, whose faults it must show."""
    match value:
        case None:
            return b"n"
        case bool():
            return b"+" if value else b"-"
        case int():
            return b"i%d;" % value
        case str():
            return _framed(b"t", _in_bytes(value))
        case float():
            return b"f%s;" % value.hex().encode()
        case Decimal():
            return _framed(b"d", str(value).encode())
        case bytes():
            return _framed(b"b", value)
        case RawText(content):
            return _framed(b"r", content)
        case _:
            assert_never(value)


def _tagged_value(kind: object, content: object) -> ExactValue:
    if not isinstance(content, str):
        raise ValueError("a value is of no known kind")
    match kind:
        case "float":
            return _float(content)
        case "decimal":
            return _decimal(content)
        case "bytes":
            return b64decode(content, validate=True)
        case "surrogates":
            return b64decode(content, validate=True).decode("utf-8", "surrogatepass")
        case "text":
            return exact_text(b64decode(content, validate=True))
        case _:
            raise ValueError("a value is of no known kind")


def _float(content: str) -> float:
    try:
        return float.fromhex(content)
    except OverflowError as error:
        raise ValueError("a floating-point number is none") from error


def _decimal(content: str) -> Decimal:
    try:
        return Decimal(content)
    except ArithmeticError as error:
        raise ValueError("a decimal number is none") from error


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _in_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _base64(content: bytes) -> str:
    return b64encode(content).decode("ascii")


def _framed(kind: bytes, content: bytes) -> bytes:
    return b"%s%d:%s" % (kind, len(content), content)


def _tagged(kind: str, content: str) -> str:
    return f'{{"{kind}":"{content}"}}'

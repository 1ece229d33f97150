"""One value of a row as a Python value, whatever its column and its driver made of it."""

from __future__ import annotations


def integer(value: object) -> int | None:
    """The whole number; None for NULL and for a value of any other type."""
    return value if isinstance(value, int) else None


def integer_or_zero(value: object) -> int:
    """The whole number; 0 for NULL, as Forgejo reads it, and for a value of any other type."""
    return value if isinstance(value, int) else 0


def text(value: object) -> str:
    """Bytes as UTF-8, with an escape for each that is none; what is neither bytes nor text as Python shows it."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value if isinstance(value, str) else str(value)


def optional_text(value: object) -> str | None:
    """The same, None for NULL."""
    return None if value is None else text(value)


def text_or_empty(value: object) -> str:
    """The same, empty for NULL, as Forgejo reads it."""
    return "" if value is None else text(value)

"""The ini dialect of Forgejo's app.ini: gopkg.in/ini.v1 with continuation lines off, as Forgejo 7 to 16 load it.

Python's `configparser` reads another dialect: it folds the case of keys, keeps quotes, knows no backticks, takes an
indented line for a continuation, refuses duplicates, and cuts a comment elsewhere or not at all. A password with `#`
or `%` in it would come out differently from what the server uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from runner_scope_doctor.model.errors import SettingsInvalid

TOP = "DEFAULT"
"""The section of keys that stand before any header, and of `[DEFAULT]`."""

# What Go's unicode.IsSpace takes for a space; Python's own strip() takes \x1c to \x1f as well.
WHITESPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DELIMITER = re.compile("[=:]")
_COMMENT = re.compile("[#;]")
_REFERENCE = re.compile(r"%\(([^)]+)\)s")
_REFERENCES_IN_A_ROW = 99
_LONGEST_VALUE = 1 << 16

Key = tuple[str, str]
"""Section and key, both as written: their case matters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IniFile:
    """An ini file taken apart. `values` are as written, references unresolved; `lines` count from 1.

    Secrets stand in it, so it has no text form of its values.
    """

    name: str
    values: Mapping[Key, str] = field(repr=False)
    lines: Mapping[Key, int] = field(repr=False)


def parsed_ini(content: bytes, *, name: str) -> IniFile:
    """The file as ini.v1 reads it. `name` stands for it in messages, which never quote its text.

    Raises SettingsInvalid, with the line, where ini.v1 and so Forgejo itself would refuse the file.
    """
    values: dict[Key, str] = {}
    lines: dict[Key, int] = {}
    rows = _rows(content, name)
    section = TOP
    for number, row in rows:
        place = f"{name}:{number}"
        line = row.lstrip(WHITESPACE)
        if not line or line[0] in "#;":
            continue
        if line[0] == "[":
            section = _section(line, place)
            continue
        key, rest = _key_and_rest(line, place)
        # A key given twice keeps its last value.
        values[section, key] = _value(rest, rows, place)
        lines[section, key] = number
    return IniFile(name=name, values=values, lines=lines)


def value_of(ini: IniFile, section: str, key: str) -> str:
    """The value with its `%(other)s` references replaced; empty when absent, which Forgejo takes for the same.

    References are looked up in the same section and then at the top of the file. An unknown one stays as it is. A
    reference inside a referenced value is resolved where that stands, as in Forgejo 15 and later (ini.v1 1.67.3).
    Sections with a dot in their name inherit in ini.v1; none that is read here has one.
    Raises SettingsInvalid for references in a circle and for values that grow past 64 KiB.
    """
    return _resolved(ini, (section, key), (), {})


def place_of(ini: IniFile, section: str, key: str) -> str:
    """Where a key stands, for messages: `app.ini:12: [database] HOST`; without a line when it is absent."""
    line = ini.lines.get((section, key))
    where = ini.name if line is None else f"{ini.name}:{line}"
    return f"{where}: {key}" if section == TOP else f"{where}: [{section}] {key}"


def _rows(content: bytes, name: str) -> Iterator[tuple[int, str]]:
    if b"\x00" in content:
        raise SettingsInvalid(
            f"{name} holds NUL bytes: it is not an app.ini in UTF-8.",
            next_step="Name Forgejo's own app.ini; `forgejo doctor check` prints its path.",
        )
    # Bytes that are no UTF-8 are no error of the file (ini.v1 takes any), only of the value that has them.
    text = content.removeprefix(_BYTE_ORDER_MARK).decode("utf-8", "surrogateescape")
    rows = text.split("\n")
    for number, row in enumerate(rows, start=1):
        yield number, row if number == len(rows) else row + "\n"


def _section(line: str, place: str) -> str:
    # ini.v1 takes the last bracket of the line, even one inside a comment.
    name = line[1 : line.rfind("]")] if "]" in line else ""
    if not name:
        raise _refused(place, "the section header is empty or lacks its closing bracket")
    return name


def _key_and_rest(line: str, place: str) -> tuple[str, str]:
    quote = ""
    if line[0] in '"`':
        quote = '"""' if line.startswith('"""') and len(line) > 6 else line[0]
    end_of_name = line.find(quote, len(quote))
    if end_of_name == -1:
        raise _refused(place, "the quote around the key is not closed")
    delimiter = _DELIMITER.search(line, end_of_name + len(quote))
    if delimiter is None:
        raise _refused(place, "the line has neither = nor :")
    name = line[len(quote) : end_of_name if quote else delimiter.start()].strip(WHITESPACE)
    if not name:
        raise _refused(place, "the key has no name")
    return name, line[delimiter.end() :]


def _value(rest: str, rows: Iterator[tuple[int, str]], place: str) -> str:
    text = rest.lstrip(WHITESPACE)
    for quote in ('"""', "`"):
        # Three quotes that end the whole file are a value, not the begin of one.
        if text.startswith(quote) and text != '"""':
            return _quoted(text.removeprefix(quote), quote, rows, place)
    # A comment begins at any # or ;, with or without a space before it, even between plain quotes.
    comment = _COMMENT.search(text)
    text = text[: comment.start() if comment else None].strip(WHITESPACE)
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"" and text.count(text[0]) == 2:
        return text[1:-1]
    return text


def _quoted(text: str, quote: str, rows: Iterator[tuple[int, str]], place: str) -> str:
    """The text up to the last such quote of its line, or of the first later line that has one."""
    parts: list[str] = []
    end = text.rfind(quote)
    while end == -1:
        parts.append(text)
        _, text = next(rows, (0, ""))
        if not text:
            raise _refused(place, "a value begins with a quote that is never closed")
        end = text.rfind(quote)
    return "".join([*parts, text[:end]])


def _resolved(ini: IniFile, key: Key, chain: tuple[Key, ...], known: dict[Key, str]) -> str:
    # `known` keeps the work linear where many keys refer to the same ones.
    if key in known:
        return known[key]
    value = ini.values.get(key, "")
    chain = (*chain, key)
    for _ in range(_REFERENCES_IN_A_ROW):
        reference = _REFERENCE.search(value)
        target = reference and _target(ini, key, reference[1])
        if reference is None or target is None:
            break
        if target in chain or len(chain) > _REFERENCES_IN_A_ROW:
            raise _unresolvable(ini, chain[0], "refers to itself through %(…)s")
        replacement = _resolved(ini, target, chain, known)
        if len(value) + value.count(reference[0]) * len(replacement) > _LONGEST_VALUE:
            raise _unresolvable(ini, chain[0], "is longer than 64 KiB with its %(…)s filled in")
        value = value.replace(reference[0], replacement)
    known[key] = value
    return value


def _target(ini: IniFile, key: Key, name: str) -> Key | None:
    for candidate in ((key[0], name), (TOP, name)):
        if candidate in ini.values and (candidate != key or key[0] == TOP):
            return candidate
    return None


def _unresolvable(ini: IniFile, key: Key, reason: str) -> SettingsInvalid:
    return SettingsInvalid(f"{place_of(ini, *key)} {reason}.", next_step="Write the value out there.")


def _refused(place: str, reason: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"{place}: {reason}.", next_step="Correct that line; Forgejo does not start with such a file either."
    )

"""The one place for foreign text. Runner names, labels, repository names and error bodies are chosen by strangers.

Nothing leaves here that a terminal, a log viewer or a runner could take for more than text: no control character, no
bidirectional override, no invisible character, and no workflow command (`::name::`, `##[name]`) anywhere in a line,
because the runner's command pattern is greedy.
"""

from __future__ import annotations

import re

_HTML_MARKS = str.maketrans({mark: f"&#{ord(mark)};" for mark in "&<>\"'`"})
_COMMAND_MARKS = re.compile(r":{2,}|^:|##+(?=\[)")


def escaped(text: str) -> str:
    """The text on one line, every unsafe character written as a backslash escape, the backslash itself included.

    Idempotent only for text without backslashes: call it once, on the finished line.
    """
    if not (text.isprintable() and "\\" not in text):
        text = "".join(map(_character, text))
    if "::" in text or "##" in text or text.startswith(":"):
        text = _COMMAND_MARKS.sub(_command_mark, text)
    return text


def escaped_if_unsafe(line: str) -> str:
    """The line as it is when it came from `escaped` or could have, else escaped: for one that was to be escaped by others."""
    return line if line.isprintable() and not _COMMAND_MARKS.search(line) else escaped(line)


def escaped_html(text: str) -> str:
    """The text for a text node or a quoted attribute of HTML or SVG, never for a style, a script, a comment or an address.

    What `escaped` leaves has no control character and no bidirectional override; here no tag, entity or quote is left.
    """
    return escaped(text).translate(_HTML_MARKS)


def _character(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character.isprintable():
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    return f"\\U{code:08x}"


def _command_mark(match: re.Match[str]) -> str:
    return "".join(f"\\x{ord(character):02x}" for character in match.group())

"""Our reader of app.ini's dialect. Expected values are what gopkg.in/ini.v1 1.67.3 and 1.67.0 gave for the same bytes,
loaded with Forgejo's options."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.database.app_ini.syntax import TOP, parsed_ini, place_of, value_of
from runner_scope_doctor.model.errors import SettingsInvalid

VALUES = {
    "spaces around are not part of it": ("K =  a b \t", "a b"),
    "colon parts key and value": ("K: a=b", "a=b"),
    "the first delimiter counts": ("K=a:b=c", "a:b=c"),
    "comment after a space": ("K = a ; note", "a"),
    "comment without a space": ("K = a#b", "a"),
    "comment at once": ("K = ;Use `your password`", ""),
    "backticks keep everything": ("K = `a#b;c=d:%e\\` ; note", "a#b;c=d:%e\\"),
    "backticks end at the last one": ("K = `a`b` rest", "a`b"),
    "triple quotes keep everything": ('K = """a#b"c"""', 'a#b"c'),
    "double quotes are taken off": ('K = "a b"', "a b"),
    "single quotes are taken off": ("K = 'a \"b'", 'a "b'),
    "double quotes do not protect a comment sign": ('K = "a#b"', '"a'),
    "quotes with one more inside stay": ("K = 'a'b'", "'a'b'"),
    "an escaped quote is no escape": (r'K = "a\"b"', r'"a\"b"'),
    "backslash at the end is text": ("K = a\\\nL = b", "a\\"),
    "backticks over several lines": ("K = `a\n  b # c\n` rest\nL = d", "a\n  b # c\n"),
    "carriage returns are spaces": ("K = a\r\n", "a"),
    "an indented line is no continuation": ("K = a\n  L = b", "a"),
    "the last of two counts": ("K = a\nK = b", "b"),
    "case of keys matters": ("K = a\nk = b", "a"),
    "quoted key": ('"K" = a', "a"),
    "three quotes that end the file": ('K = """', '"""'),
    "percent sign alone": ("K = 100%", "100%"),
    "separator \\x1c is no space": ("K = \x1ca\x1c", "\x1ca\x1c"),
    "other spaces are": ("K =\u2003a\u00a0", "a"),
    "one reference": ("L = b\nK = a%(L)sc", "abc"),
    "a reference through another": ("M = c\nL = %(M)s\nK = %(L)s%(L)s", "cc"),
    "an unknown reference ends the replacing": ("L = b\nK = %(NONE)s %(L)s", "%(NONE)s %(L)s"),
}


@pytest.mark.parametrize(("text", "expected"), VALUES.values(), ids=VALUES.keys())
def test_values_are_what_ini_v1_makes_of_them(text: str, expected: str) -> None:
    """A value is read as Forgejo's library reads it, quotes, comments and references included."""
    assert value_of(parsed_ini(text.encode(), name="app.ini"), TOP, "K") == expected


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    """A file saved by a Windows editor reads like any other."""
    assert value_of(parsed_ini(b"\xef\xbb\xbfK = a", name="app.ini"), TOP, "K") == "a"


def test_sections_are_told_apart_as_written() -> None:
    """A header's case and spaces count, a repeated header goes on, `[DEFAULT]` is the top of the file."""
    ini = parsed_ini(b"[database]\nA=1\n[Database]\nA=2\n[ database ]\nA=3\n[database]\nB=4\n[DEFAULT]\nC=5", name="x")
    found = [value_of(ini, *key) for key in (("database", "A"), ("Database", "A"), (" database ", "A"))]
    assert found == ["1", "2", "3"]
    assert value_of(ini, "database", "B") == "4"
    assert value_of(ini, TOP, "C") == "5"


def test_a_bracket_in_the_comment_of_a_header_is_part_of_the_name() -> None:
    """ini.v1 takes the last bracket of the line, so such a header opens another section."""
    assert value_of(parsed_ini(b"[database] ; see [1]\nA=1", name="x"), "database", "A") == ""
    assert value_of(parsed_ini(b"[database] ; see (1)\nA=1", name="x"), "database", "A") == "1"


def test_references_look_in_their_own_section_first_and_then_at_the_top() -> None:
    """`%(HOST)s` in a section means that section's HOST; its own name, or a missing one, means the top's.

    As 1.67.3 in Forgejo 15 and later; 1.67.0 resolved the top's own references in the section that uses them.
    """
    ini = parsed_ini(b"A=top\nB=%(A)s!\n[s]\nA=%(A)s own\nC=%(A)s\nD=%(B)s", name="x")
    assert [value_of(ini, "s", key) for key in "ACD"] == ["top own", "top own", "top!"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A=1\n[database\n", 2),
        ("[]\n", 1),
        ("A=1\n\nhunter2\n", 3),
        ("= hunter2", 1),
        ('"" = hunter2', 1),
        ("`A = hunter2", 1),
        ("A=1\nB = `hunter2\nC=3\n", 2),
        ('A = """hunter2', 1),
    ],
)
def test_what_ini_v1_refuses_is_refused_with_its_line(text: str, line: int) -> None:
    """A file Forgejo does not start with is refused; the message has file and line, and nothing of the line's text."""
    with pytest.raises(SettingsInvalid) as refused:
        parsed_ini(text.encode(), name="app.ini")
    assert refused.value.problem.startswith(f"app.ini:{line}: ")
    assert "hunter2" not in str(refused.value)


def test_nul_bytes_are_refused() -> None:
    """A file in UTF-16, or no text at all, gets a sentence instead of an odd missing key."""
    with pytest.raises(SettingsInvalid, match="NUL bytes"):
        parsed_ini("[database]\n".encode("utf-16"), name="app.ini")


@pytest.mark.parametrize("text", ["A=%(A)s", "A=%(B)s\nB=x%(A)s", "[s]\nA=%(B)s\nB=%(C)s\nC=%(B)s"])
def test_references_in_a_circle_are_refused(text: str) -> None:
    """A value that refers to itself ends with a sentence (ini.v1 1.67.3 crashes on it)."""
    ini = parsed_ini(text.encode(), name="app.ini")
    with pytest.raises(SettingsInvalid, match="refers to itself"):
        value_of(ini, "s" if text.startswith("[") else TOP, "A")


def test_references_that_explode_are_refused() -> None:
    """A file of a kilobyte whose references multiply to gigabytes is refused at once."""
    rows = [f"K{i} = %(K{i + 1})s%(L{i + 1})s\nL{i} = %(L{i + 1})s%(K{i + 1})s" for i in range(60)]
    ini = parsed_ini("\n".join([*rows, "K60 = xxxx", "L60 = yyyy"]).encode(), name="app.ini")
    with pytest.raises(SettingsInvalid, match="longer than 64 KiB"):
        value_of(ini, TOP, "K0")


def test_references_to_nothing_cost_nothing() -> None:
    """The same with empty ends comes out empty without walking every path through it."""
    rows = [f"K{i} = %(K{i + 1})s%(L{i + 1})s\nL{i} = %(L{i + 1})s%(K{i + 1})s" for i in range(60)]
    ini = parsed_ini("\n".join([*rows, "K60 =", "L60 ="]).encode(), name="app.ini")
    assert value_of(ini, TOP, "K0") == ""


def test_a_place_names_file_line_section_and_key() -> None:
    """Messages point at the line of the key that counts, and say no line for a key that is not there."""
    ini = parsed_ini(b"WORK_PATH=/x\n[database]\nHOST=a\n\nHOST=b", name="app.ini")
    assert place_of(ini, "database", "HOST") == "app.ini:5: [database] HOST"
    assert place_of(ini, "database", "NAME") == "app.ini: [database] NAME"
    assert place_of(ini, TOP, "WORK_PATH") == "app.ini:1: WORK_PATH"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_sentence(content: bytes) -> None:
    """Nothing that may stand in a file ends in another error than ours, and a parsed file prints none of it."""
    try:
        ini = parsed_ini(content, name="app.ini")
    except SettingsInvalid:
        return
    assert repr(ini) == "IniFile(name='app.ini')"


@given(st.text(alphabet=st.characters(exclude_characters="`\x00", exclude_categories=["Cs"])))
def test_backticks_keep_any_password(password: str) -> None:
    """What Forgejo's example recommends for passwords, backticks, keeps every character but a reference."""
    text = password.replace("%(", "%")
    assert value_of(parsed_ini(f"K = `{text}`".encode(), name="app.ini"), TOP, "K") == text

"""Where an app.ini's password comes from, and that nobody gets to see it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.database.address import MysqlAddress, Password, described
from runner_scope_doctor.database.app_ini.read import AppIniOptions, read_app_ini
from runner_scope_doctor.model.errors import DoctorError, SettingsInvalid, SourceUnavailable
from support.app_ini_file import options, read_text, refusal

MARK = "Zq7Secret"
"""Stands in every password here; no message of ours has it by chance."""
MYSQL = "[database]\nDB_TYPE=mysql\nNAME=forgejo\nUSER=fj\n"


def password(folder: Path, text: str, given: AppIniOptions | None = None) -> Password | None:
    """The password of a MySQL app.ini with this text."""
    address = read_text(folder, text, given).address
    assert isinstance(address, MysqlAddress)
    return address.password


def test_an_empty_password_is_none(tmp_path: Path) -> None:
    """A server that logs in without a password leaves PASSWD empty or out."""
    assert password(tmp_path, MYSQL) is None
    assert password(tmp_path, MYSQL + "PASSWD = ``") is None


def test_passwd_uri_is_read_as_forgejo_reads_it(tmp_path: Path) -> None:
    """Absolute, or relative to APP_DATA_PATH; with an unread host part; spaces around the password are cut off."""
    secret = tmp_path / "run" / "pw%20x"
    secret.parent.mkdir()
    secret.write_text(f"\n  {MARK} # x \r\n")
    for uri in (f"file:{secret}", f"file://{secret}", f"FILE://any{secret}", "file:run/pw%20x"):
        text = f"[server]\nAPP_DATA_PATH={tmp_path}\n{MYSQL}PASSWD_URI={uri}\n"
        assert password(tmp_path, text) == Password(secret=f"{MARK} # x")
    mapped = options(f"/run/secrets={secret.parent}")
    assert password(tmp_path, MYSQL + "PASSWD_URI=file:/run/secrets/pw%20x", mapped) is not None


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff" + MARK.encode(), MARK.encode() + b"\x00", b"x" * 70_000])
def test_a_password_file_that_holds_no_password_is_refused(tmp_path: Path, content: bytes) -> None:
    """An empty, binary or huge file is refused, and nothing of it is repeated."""
    (tmp_path / "pw").write_bytes(content)
    error = refusal(SettingsInvalid, tmp_path, MYSQL + f"PASSWD_URI=file:{tmp_path}/pw")
    assert "is empty, larger than 64 KiB or not UTF-8" in error.problem
    assert MARK not in f"{error!r} {error} {error.__cause__!r} {error.__context__!r}"


def test_a_password_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    """The path is the container's as often as not, so the next step names --path-map."""
    error = refusal(SourceUnavailable, tmp_path, MYSQL + "PASSWD_URI=file:/nonexistent/pw")
    assert "/nonexistent/pw" in error.problem
    assert "--path-map" in error.next_step


LINES = st.sampled_from(
    (
        *("DB_TYPE=postgres", "DB_TYPE=sqlite3", "DB_TYPE=", "HOST=db:5432", "HOST=/run/x", "HOST=a,b", "PATH=/f.db"),
        *(
            "NAME=",
            "NAME=f?user=x",
            "USER=",
            "SSL_MODE=odd",
            "SCHEMA=a,b",
            "PATH=relative",
            "broken",
            "[x",
            "[database]",
        ),
        *("PASSWD_URI=file:/nonexistent/f", "PASSWD_URI=http:x", "SSL_MODE=%(SSL_MODE)s", "HOST=%(PASSWD)s"),
        *("SSL_MODE=%(PASSWD)s", "DB_TYPE=%(PASSWD)s", "PASSWD_URI=%(PASSWD)s", "NAME=f?%(PASSWD)s=1", "PATH=:memory:"),
    )
)


@given(
    st.lists(LINES, max_size=8),
    st.sampled_from(["PASSWD = {}", "PASSWD=`{}`", 'PASSWD="{}"', "PASSWD=`{}", "PASSWD={}\n{}", "{}", "[{}", "`{}"]),
    st.text(st.sampled_from("/?#;@:%&=[]'\" \n\\a1")),
)
def test_no_password_is_in_any_text_of_ours(lines: list[str], form: str, around: str) -> None:
    """Whatever else is wrong with a file, and even when the password breaks its syntax, nobody gets to see it."""
    written = form.replace("{}", around + MARK + around)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "app.ini")
        file.write_text("\n".join([MYSQL, *lines[::2], written, *lines[1::2]]))
        try:
            found = read_app_ini(file, options())
        except DoctorError as error:
            chain = [error, error.__cause__, error.__context__]
            assert MARK not in " ".join(f"{link!r} {link}" for link in chain)
        else:
            # A file that names its password as its host as well has given it away itself.
            if "HOST=%(PASSWD)s" not in lines:
                assert MARK not in f"{found!r} {found} {described(found.address)}"

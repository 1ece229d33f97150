"""Reading the file, SQLite paths, the container options and the public URL. Expected values are those of
`modules/setting/{database,path,server}.go`, the same in Forgejo 7 to 16 where no version is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import MysqlAddress, PostgresAddress, SqliteAddress
from runner_scope_doctor.database.app_ini.read import AppIni, container_hint, path_mapping_from_text, read_app_ini
from runner_scope_doctor.model.errors import SettingsInvalid, SourceUnavailable, UsageError
from support.app_ini_file import options, read_text, refusal

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "forgejo-data"
NOBODY = 65534
SQLITE = "[database]\nDB_TYPE = sqlite3\n"
CONTAINER = """APP_NAME = Forgejo
RUN_MODE = prod

[server]
APP_DATA_PATH = /data/gitea
DOMAIN           = git.example.org
HTTP_PORT        = 3000
ROOT_URL         =

[database]
PATH = /data/gitea/gitea.db
DB_TYPE = sqlite3
HOST    = localhost:3306
NAME    = gitea
USER    = root
PASSWD  =
LOG_SQL = false
"""
"""Shape of what the container image makes of its template."""


def sqlite_path(found: AppIni) -> str:
    """Where the SQLite file is."""
    assert isinstance(found.address, SqliteAddress)
    return str(found.address.path)


def test_the_container_images_file_is_read_from_outside(tmp_path: Path) -> None:
    """The image's own app.ini and one --path-map are enough; what it says about other engines does not matter."""
    found = read_text(tmp_path, CONTAINER, options("/data=/srv/forgejo"))
    assert sqlite_path(found) == "/srv/forgejo/gitea/gitea.db"
    assert found.root_url is None


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("WORK_PATH=/w\n" + SQLITE, "/w/data/forgejo.db"),
        ("WORK_PATH=/w\n[server]\nAPP_DATA_PATH=d\n" + SQLITE, "/w/d/forgejo.db"),
        ("[server]\nAPP_DATA_PATH=/d\n" + SQLITE, "/d/forgejo.db"),
        ("WORK_PATH=/w\n" + SQLITE + "PATH=db/f.db", "/w/db/f.db"),
        ("WORK_PATH=/w\n" + SQLITE + "PATH=/p/f.db", "/p/f.db"),
        ("WORK_PATH=/w\n" + SQLITE + "PATH=", "/w/data/forgejo.db"),
        ("[DEFAULT]\nWORK_PATH=/w\n" + SQLITE + "PATH=%(WORK_PATH)s/f.db", "/w/f.db"),
        (SQLITE + "PATH=/a%20b/f.db?cache=shared", "/a b/f.db"),
        (SQLITE + "PATH=`/a b/f.db`", "/a b/f.db"),
    ],
)
def test_the_sqlite_file_is_where_forgejo_opens_it(tmp_path: Path, text: str, path: str) -> None:
    """PATH, APP_DATA_PATH and WORK_PATH together give the path that Forgejo hands to SQLite, inside a URI."""
    assert sqlite_path(read_text(tmp_path, text)) == path


@pytest.mark.parametrize(
    ("text", "said"),
    [(SQLITE + "PATH=data/f.db", "app.ini:3: [database] PATH"), (SQLITE, "app.ini: [database] PATH")],
)
def test_a_relative_path_without_a_work_path_says_what_to_give(tmp_path: Path, text: str, said: str) -> None:
    """A server may know its work path from its environment only; the error names what to give instead."""
    error = refusal(SettingsInvalid, tmp_path, text)
    assert said in error.problem
    assert "--database sqlite:////" in error.next_step


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("WORK_PATH=w\n" + SQLITE, "app.ini:1: WORK_PATH is not an absolute path"),
        (SQLITE + "PATH=:memory:", "app.ini:3: [database] PATH is :memory:"),
        (SQLITE + "PATH=/a%00b", "app.ini:3: [database] PATH holds a NUL"),
        ("[Database]\nDB_TYPE=sqlite3", "app.ini: [database] DB_TYPE is empty or missing"),
        ("[database]\ndb_type=sqlite3", "app.ini: [database] DB_TYPE is empty or missing"),
        ("[database]\nDB_TYPE=mssql", "app.ini:2: [database] DB_TYPE is mssql"),
        ("[database]\nDB_TYPE=SQLite3", "app.ini:2: [database] DB_TYPE is none of"),
        ("", "app.ini: [database] DB_TYPE is empty or missing"),
        ("[database]\nDB_TYPE sqlite3", "app.ini:2: the line has neither = nor :"),
        (b"[database]\nDB_TYPE=sqlite3\nPATH=/\xff.db", "app.ini:3: [database] PATH is not UTF-8"),
        (b"\xca\xc0Al~\x00" + b"\x00", "NUL bytes"),
        ("#" * 10_000_000, "larger than 1 MiB"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str | bytes, said: str) -> None:
    """What Forgejo would not start with, or no app.ini at all, is refused by file, line and key."""
    assert said in refusal(SettingsInvalid, tmp_path, text).problem


def test_a_comment_that_is_not_utf8_does_no_harm(tmp_path: Path) -> None:
    """An old comment in Latin-1 keeps nobody from reading the rest."""
    assert sqlite_path(read_text(tmp_path, b"; caf\xe9\n" + SQLITE.encode() + b"PATH=/f.db")) == "/f.db"


def test_a_missing_file_says_where_it_usually_is(tmp_path: Path) -> None:
    """No file at that path is a source that cannot be looked at, with the usual places."""
    with pytest.raises(SourceUnavailable, match=r"There is no app\.ini") as refused:
        read_app_ini(tmp_path / "app.ini", options())
    assert "/etc/forgejo/app.ini" in refused.value.next_step


def test_a_folder_is_no_app_ini(tmp_path: Path) -> None:
    """A folder in place of the file is named as such."""
    with pytest.raises(SourceUnavailable, match="Is a directory"):
        read_app_ini(tmp_path, options())


def test_a_file_without_permission_says_who_may_read_it(tmp_path: Path) -> None:
    """An app.ini is often 0640 root:git: the next step says as whom to run."""
    (tmp_path / "app.ini").touch(mode=0o000)
    started_as = os.geteuid()
    if started_as == 0:
        os.seteuid(NOBODY)  # root may read every file
    try:
        with pytest.raises(SourceUnavailable, match="may not be read by user id") as refused:
            read_app_ini(tmp_path / "app.ini", options())
    finally:
        os.seteuid(started_as)
    assert "root:git" in refused.value.next_step


@pytest.mark.parametrize(
    ("path_map", "path", "local"),
    [
        (["/data=/srv/forgejo"], "/data/gitea/gitea.db", "/srv/forgejo/gitea/gitea.db"),
        (["/data=/srv/forgejo"], "/database/gitea.db", "/database/gitea.db"),
        (["/data=/srv/f", "/data/gitea=/mnt/g"], "/data/gitea/gitea.db", "/mnt/g/gitea.db"),
        (["/data/gitea=/mnt/g", "/data=/srv/f"], "/data/other.db", "/srv/f/other.db"),
        (["/data/=/srv/f/"], "//data/./x/../gitea.db", "/srv/f/gitea.db"),
        (["/data=/srv/f"], "/data/../etc/x.db", "/data/../etc/x.db"),
        (["/=/var/lib/image"], "/data/x.db", "/var/lib/image/data/x.db"),
        (["/data/x.db=/srv/y.db"], "/data/x.db", "/srv/y.db"),
        (["/data=/srv/a=b"], "/data/x.db", "/srv/a=b/x.db"),
        (["/a=/b", "/b=/c"], "/a/x.db", "/b/x.db"),
    ],
)
def test_path_maps_move_whole_folders(tmp_path: Path, path_map: list[str], path: str, local: str) -> None:
    """The longest mapped folder wins, by whole names, after `..` is resolved, and only once."""
    assert sqlite_path(read_text(tmp_path, SQLITE + f"PATH={path}", options(*path_map))) == local


@pytest.mark.parametrize("text", ["/data", "data=/srv", "/data=srv", "=/srv", "/data=", ""])
def test_a_path_map_of_another_form_is_refused(text: str) -> None:
    """Both sides are absolute paths, or the command line is told the form."""
    with pytest.raises(UsageError, match="--path-map /data=/srv/forgejo"):
        path_mapping_from_text(text)


def test_options_that_do_not_fit_the_file_are_refused(tmp_path: Path) -> None:
    """A host for a SQLite file, or one folder mapped twice, means that something else was meant."""
    error = refusal(UsageError, tmp_path, SQLITE + "PATH=/f.db", options(database_host="db"))
    assert "--database-host" in error.problem
    assert "twice" in refusal(UsageError, tmp_path, SQLITE, options("/a=/b", "/a/=/c")).problem


@pytest.mark.parametrize(
    ("server", "root_url"),
    [
        ("ROOT_URL = https://git.example.org", "https://git.example.org/"),
        ("ROOT_URL = https://git.example.org:443/sub//", "https://git.example.org/sub/"),
        ("ROOT_URL = http://git.example.org:443/", "http://git.example.org:443/"),
        ("PROTOCOL=http\nROOT_URL = %(PROTOCOL)s://%(DOMAIN)s:%(HTTP_PORT)s/", "http://localhost:3000/"),
        ("DOMAIN=d.example\nROOT_URL = https://%(DOMAIN)s/", "https://d.example/"),
        ("ROOT_URL = https://git:hunter2@git.example.org/", "https://git.example.org/"),
        ("ROOT_URL =", None),
        ("ROOT_URL = git.example.org", None),
        ("ROOT_URL = http://[broken/", None),
    ],
)
def test_the_public_url_is_as_forgejo_shows_it(tmp_path: Path, server: str, root_url: str | None) -> None:
    """One slash at its end, no default port, references resolved with Forgejo's defaults; never with credentials."""
    assert read_text(tmp_path, f"[server]\n{server}\n{SQLITE}PATH=/f.db").root_url == root_url


def test_the_container_hint_names_the_option_that_helps(tmp_path: Path) -> None:
    """A path or a socket asks for --path-map, a host for --database-host, and the file is named."""
    login = "NAME=f\nUSER=f\n"
    cases = {
        SQLITE + "PATH=/f.db": "--path-map",
        f"[database]\nDB_TYPE=postgres\nHOST=db:5432\n{login}": "--database-host",
        f"[database]\nDB_TYPE=postgres\nHOST=/run/postgresql\n{login}": "--path-map",
        f"[database]\nDB_TYPE=mysql\nHOST=db\n{login}": "--database-host",
        f"[database]\nDB_TYPE=mysql\nHOST=/run/mysqld.sock\n{login}": "--path-map",
    }
    for text, option in cases.items():
        hint = container_hint(read_text(tmp_path, text))
        assert option in hint
        assert str(tmp_path / "app.ini") in hint


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings of running servers are not beside this checkout")
@pytest.mark.parametrize("file", sorted(RECORDINGS.glob("*/app.ini")), ids=lambda file: file.parent.name)
def test_every_recorded_file_is_read(file: Path) -> None:
    """The app.ini of each recorded server gives the engine, place and public URL that server ran with."""
    found = read_app_ini(file, options())
    assert found.root_url is not None
    assert found.root_url.startswith("http://127.0.0.1:31")
    version, engine = file.parent.name.split("-")
    match found.address:
        case SqliteAddress(path=path):
            assert (engine, str(path)) == ("sqlite", "/var/lib/forgejo/data/forgejo.db")
        case PostgresAddress(host=host, port=port, name=name):
            assert (engine, host, port, name) == ("pg", "127.0.0.1", 5433, f"forgejo_{version}")
        case MysqlAddress(host=mysql_host, port=port, name=name):
            assert (engine, mysql_host, port, name) == ("mariadb", "127.0.0.1", 3307, f"forgejo_{version}")

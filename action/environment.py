"""Makes the Python environment the doctor runs in, once per set of locked requirements, and prints its interpreter.

Standard library only, started as `python -I environment.py`. Two starts at the same time wait for each other; a start
that was killed half-way is made good by the next one.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_OLDEST = (3, 11)
_READY = "ready"
_INCONCLUSIVE = 4


def main() -> int:
    """0 with the interpreter's path on standard output; 4 with one sentence on standard error."""
    _open_what_is_closed()
    chosen = _arguments()
    if sys.version_info < _OLDEST:
        return _fail(f"Python {sys.version_info[0]}.{sys.version_info[1]} is too old; 3.11 or later is needed.")
    try:
        if chosen.folder is not None:
            interpreter = _linked(chosen.folder, chosen.lock, chosen.link)
        else:
            interpreter = _copied(chosen.cache, chosen.lock, chosen.copy)
        os.write(1, os.fsencode(interpreter) + b"\n")
    except subprocess.CalledProcessError as error:
        if error.returncode == _INCONCLUSIVE:
            return _INCONCLUSIVE  # install.py has said why
        return _fail(f"install.py ended with {error.returncode}. Next: run it again.")
    except OSError as error:
        return _fail(f"{error.filename or chosen.folder or chosen.cache}: {error.strerror or error}.")
    except ValueError as error:  # of venv: a path with a colon, or of bytes that are no UTF-8
        return _fail(f"{chosen.folder or chosen.cache}: {error}. Next: name another folder.")
    except KeyboardInterrupt:
        return _fail("interrupted before it was made. Next: run it again, which starts it anew.")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--folder", type=Path, help="where the environment lives; with --link")
    place.add_argument("--cache", type=Path, help="folder of environments, each named for what is in it; with --copy")
    parser.add_argument("--lock", type=Path, required=True, help="requirements with hashes")
    package = parser.add_mutually_exclusive_group(required=True)
    package.add_argument("--link", type=Path, help="folder whose packages are used where they are")
    package.add_argument("--copy", type=Path, help="package folder to be copied in, so that nobody changes it later")
    chosen = parser.parse_args()
    if (chosen.folder is None) != (chosen.link is None):
        parser.error("--folder goes with --link, --cache with --copy")
    return chosen


def _linked(folder: Path, lock: Path, link: Path) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder) as guard:
        if not _is_ready(folder, lock):
            packages = _begun(folder, lock, guard)
            (packages / "runner_scope_doctor_checkout.pth").write_text(f"{link.resolve()}\n")
            _finished(folder, lock)
    return _interpreter(folder)


def _copied(cache: Path, lock: Path, package: Path) -> Path:
    folder = _private(cache) / _name(lock, package)
    with _alone(folder) as guard:
        if not _is_ready(folder, lock):
            packages = _begun(folder, lock, guard)
            shutil.copytree(package, packages / package.name, ignore=shutil.ignore_patterns("__pycache__"))
            from compileall import compile_dir  # only where something is made

            compile_dir(packages / package.name, quiet=2)
            _finished(folder, lock)
    return _interpreter(folder)


def _private(cache: Path) -> Path:
    """The folder, made for us alone when it is not there. Raises OSError when others could put something into it."""
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = cache.resolve()
    found = folder.stat()
    if found.st_uid != os.geteuid():
        raise PermissionError(0, "it belongs to another user. Next: name another folder", str(folder))
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(0, f"others may write there. Next: chmod go-w {folder}", str(folder))
    return folder


def _name(lock: Path, package: Path) -> str:
    """Another lock, Python or package gets another folder, so a folder never changes what it holds."""
    from hashlib import sha256

    digest = sha256()
    for part in (sys.version, sys.base_prefix, lock.read_text(encoding="utf-8")):
        digest.update(f"{len(part)} {part}".encode())
    for file in sorted(package.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            content = file.read_bytes()
            digest.update(f"{file.relative_to(package)}\0{len(content)}\0".encode())
            digest.update(content)
    return f"{sys.implementation.cache_tag}-{digest.hexdigest()[:24]}"


@contextmanager
def _alone(folder: Path) -> Iterator[int]:
    """Holds the folder's lock; yields its file descriptor, which pip inherits: a pip that outlives us keeps it too."""
    with open(f"{folder}.lock", "a") as guard:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say(f"Another process makes the Python environment in {folder}; waiting for it …")
            fcntl.flock(guard, fcntl.LOCK_EX)
        yield guard.fileno()


def _interpreter(folder: Path) -> Path:
    return folder / "bin" / "python"


def _is_ready(folder: Path, lock: Path) -> bool:
    ready = folder / _READY
    return _interpreter(folder).exists() and ready.exists() and ready.read_bytes() == lock.read_bytes()


def _begun(folder: Path, lock: Path, guard: int) -> Path:
    """The environment with what the lock says, and where its packages lie. Whatever was there before is gone."""
    import venv  # only where something is made

    if folder.exists():
        shutil.rmtree(folder)
    _say(f"Making a Python environment in {folder}, once …")
    folder.mkdir(mode=0o700)
    venv.create(folder, with_pip=False)
    packages = next(folder.glob("lib/python*/site-packages"))
    install = [sys.executable, "-I", str(Path(__file__).with_name("install.py")), str(packages), str(lock), str(guard)]
    subprocess.run(install, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True, pass_fds=(guard,))
    return packages


def _finished(folder: Path, lock: Path) -> None:
    (folder / _READY).write_bytes(lock.read_bytes())


def _open_what_is_closed() -> None:
    """A caller may have closed a standard stream: the next file opened would take its place, and get what is said."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def _say(line: str) -> None:
    """On standard error, where nobody may hear it: one line, without control characters or workflow commands, because
    paths and pip's words come from elsewhere."""
    plain = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in line)
    plain = plain.replace("::", ":\\x3a").replace("##[", "#\\x23[")
    with suppress(OSError):
        os.write(2, f"{plain}\n".encode())


def _fail(sentence: str) -> int:
    _say(f"INCONCLUSIVE: no environment to run in: {sentence}")
    return _INCONCLUSIVE


if __name__ == "__main__":
    sys.exit(main())

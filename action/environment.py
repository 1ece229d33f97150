"""Makes the Python environment the doctor runs in, once per set of locked requirements, and prints its interpreter.

Standard library only, started as `python -I environment.py`. Two starts at the same time wait for each other; a start
that was killed half-way is made good by the next one.
"""

from __future__ import annotations

import argparse
import compileall
import fcntl
import shutil
import subprocess
import sys
import venv
from pathlib import Path

_OLDEST = (3, 11)
_READY = "ready"


def main() -> int:
    """0 with the interpreter's path on standard output; 4 with one sentence on standard error."""
    chosen = _arguments()
    if sys.version_info < _OLDEST:
        return _fail(f"Python {sys.version_info[0]}.{sys.version_info[1]} is too old; 3.11 or later is needed.")
    try:
        sys.stdout.write(f"{_environment(chosen.folder, chosen.lock, chosen.link, chosen.copy)}\n")
    except subprocess.CalledProcessError as error:
        sys.stderr.write(error.stderr or "")
        return _fail("the locked requirements could not be installed (see above).")
    except OSError as error:
        return _fail(f"{error.filename or chosen.folder}: {error.strerror}.")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the environment lives")
    parser.add_argument("--lock", type=Path, required=True, help="requirements with hashes")
    package = parser.add_mutually_exclusive_group(required=True)
    package.add_argument("--link", type=Path, help="folder whose packages are used where they are")
    package.add_argument("--copy", type=Path, help="package folder to be copied in, so that nobody changes it later")
    return parser.parse_args()


def _environment(folder: Path, lock: Path, link: Path | None, copy: Path | None) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    interpreter = folder / "bin" / "python"
    with open(f"{folder}.lock", "w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        ready = folder / _READY
        if interpreter.exists() and ready.exists() and ready.read_bytes() == lock.read_bytes():
            return interpreter
        shutil.rmtree(folder, ignore_errors=True)
        sys.stderr.write(f"Making a Python environment in {folder}, once …\n")
        venv.create(folder, with_pip=False)
        _install(interpreter, lock)
        packages = next(folder.glob("lib/python*/site-packages"))
        if link is not None:
            (packages / "runner_scope_doctor_checkout.pth").write_text(f"{link.resolve()}\n")
        if copy is not None:
            shutil.copytree(copy, packages / copy.name, ignore=shutil.ignore_patterns("__pycache__"))
            compileall.compile_dir(packages / copy.name, quiet=2)
        ready.write_bytes(lock.read_bytes())
    return interpreter


def _install(interpreter: Path, lock: Path) -> None:
    """Installs with the pip that started us where there is one: bringing pip into the environment takes seconds."""
    options = ("install", "--quiet", "--no-input", "--disable-pip-version-check", "--require-hashes", "-r", str(lock))
    if _succeeds(sys.executable, "-I", "-m", "pip", "--python", str(interpreter), "--version"):
        _run(sys.executable, "-I", "-m", "pip", "--python", str(interpreter), *options)
        return
    if not _succeeds(sys.executable, "-I", "-c", "import ensurepip"):
        raise OSError(0, "this Python has neither pip nor ensurepip (Debian: apt install python3-venv)", sys.executable)
    _run(str(interpreter), "-I", "-m", "ensurepip", "--upgrade")
    _run(str(interpreter), "-I", "-m", "pip", *options)


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _run(*command: str) -> None:
    subprocess.run(command, capture_output=True, check=True, text=True)


def _fail(sentence: str) -> int:
    sys.stderr.write(f"INCONCLUSIVE: no environment to run in: {sentence}\n")
    return 4


if __name__ == "__main__":
    sys.exit(main())

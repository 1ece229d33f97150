"""Installs what the lock names into an environment, and makes sure that nothing else got there.

Standard library only, started by environment.py as `python -I install.py PACKAGES LOCK GUARD`: the environment's folder
site-packages, requirements with hashes, and the file descriptor of a lock that pip keeps while it runs.
"""

from __future__ import annotations

import configparser
import csv
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from platform import python_implementation

_TO_REGISTRY = (
    *("index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "cert", "client-cert", "proxy"),
    *("retries", "timeout", "default-timeout", "cache-dir", "no-cache-dir", "keyring-provider"),
)
"""What job and host may tell pip: how to get at a registry. What to install, and where, is ours to say."""
_LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;]+)(?: *; *([^\\\n]*?))? *(?:\\|--hash.*)?$", re.MULTILINE)


def main() -> int:
    """0, or 4 with one sentence on standard error."""
    packages, lock, guard = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    try:
        tools = _install(packages, lock, guard)
        _compare(packages, _locked(lock.read_text(encoding="utf-8")), tools)
    except subprocess.CalledProcessError as error:
        for line in (error.stderr or b"").decode(errors="replace").splitlines()[-20:]:
            _say(f"  pip: {line}")
        return _fail("the locked requirements could not be installed (see above). Next: see to the package registry.")
    except OSError as error:
        return _fail(f"{error.filename or packages}: {error.strerror or error}.")
    except KeyboardInterrupt:
        return 4  # environment.py is interrupted as well, and says so
    return 0


def _install(packages: Path, lock: Path, guard: int) -> set[str]:
    """Installs with a pip that is there already, if there is one: bringing pip into the environment takes seconds.
    Returns what had to be brought."""
    interpreter = packages.parents[2] / "bin" / "python"
    # A source archive is refused: what its build fetches stands in no lock.
    options = ("install", "--quiet", "--no-input", "--disable-pip-version-check", "--only-binary=:all:")
    locked = (*options, "--require-hashes", "-r", str(lock))
    base = Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
    environment = _for_pip(os.environ)
    for program in (sys.executable, str(base)):
        pip = (program, "-I", "-m", "pip", "--python", str(interpreter))
        if _succeeds(*pip, "--version", environment=environment):
            _run(*pip, *locked, guard=guard, environment=environment)
            return set()
    if not _succeeds(sys.executable, "-I", "-c", "import ensurepip", environment=environment):
        raise OSError(0, "this Python has neither pip nor ensurepip (Debian: apt install python3-venv)", sys.executable)
    _run(str(interpreter), "-I", "-m", "ensurepip", "--upgrade", guard=guard, environment=environment)
    tools = _installed(packages)
    _run(str(interpreter), "-I", "-m", "pip", *locked, guard=guard, environment=environment)
    return tools


def _succeeds(*command: str, environment: Mapping[str, str]) -> bool:
    try:
        ended = subprocess.run(command, env=environment, capture_output=True, check=False)  # noqa: S603 - our own command
    except OSError:
        return False
    return ended.returncode == 0


def _run(*command: str, guard: int, environment: Mapping[str, str]) -> None:
    subprocess.run(  # noqa: S603 - our own command
        command, env=environment, capture_output=True, check=True, pass_fds=(guard,)
    )


def _for_pip(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment, with the way to a registry as all that variables and pip.conf say to pip. Raises OSError."""
    settings = configparser.RawConfigParser()
    for file in _settings_files(environment):
        try:
            settings.read(file, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):  # their words quote the file, which may hold a password
            raise OSError(0, "pip's settings cannot be read. Next: look at that file", file) from None
    told: dict[str, str] = {}
    for section in filter(settings.has_section, ("global", "install")):
        told |= {name.replace("_", "-").removeprefix("--"): value for name, value in settings.items(section) if value}
    for name, value in environment.items():
        if name.startswith("PIP_") and value:
            told[name[4:].lower().replace("_", "-")] = value
    kept = {name: value for name, value in environment.items() if not name.startswith(("PIP_", "PYTHON"))}
    passed = {f"PIP_{name.upper().replace('-', '_')}": told[name] for name in _TO_REGISTRY if name in told}
    return {**kept, **passed, "PIP_CONFIG_FILE": os.devnull}


def _settings_files(environment: Mapping[str, str]) -> list[str]:
    """Where pip itself looks on Linux, the last one wins: https://pip.pypa.io/en/stable/topics/configuration/"""
    named = environment.get("PIP_CONFIG_FILE", "")
    home = os.path.expanduser("~")
    folders = (environment.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
    files = [*(f"{folder}/pip/pip.conf" for folder in folders), "/etc/pip.conf"]
    if not os.path.exists(named):
        files += [f"{home}/.pip/pip.conf", f"{environment.get('XDG_CONFIG_HOME') or home + '/.config'}/pip/pip.conf"]
    return [] if named == os.devnull else [*files, named]


def _locked(text: str) -> set[str]:
    """What the lock names for this Python, each as `name==version`."""
    return {_named(name, version) for name, version, marker in _LOCKED.findall(text) if _applies(marker)}


def _applies(marker: str) -> bool:
    """Raises OSError for a condition that is more than the one comparison our locks have."""
    here = {
        "implementation_name": sys.implementation.name,
        "platform_python_implementation": python_implementation(),
        "sys_platform": sys.platform,
    }
    match marker.replace("'", "").split():
        case []:
            return True
        case ["python_full_version", ("<" | ">=") as comparison, version]:
            older = sys.version_info[:3] < tuple(map(int, version.split(".")))
            return older == (comparison == "<")
        case [name, ("==" | "!=") as comparison, value] if name in here:
            return (here[name] == value) == (comparison == "==")
    raise OSError(0, f"the lock has the condition {marker}, which is not known here. Next: report it")


def _named(name: str, version: str) -> str:
    return f"{re.sub('[-_.]+', '-', name).lower()}=={version}"


def _installed(packages: Path) -> set[str]:
    return {_named(*about.stem.rsplit("-", 1)) for about in packages.glob("*-*.dist-info")}


def _compare(packages: Path, locked: set[str], tools: set[str]) -> None:
    """Raises OSError unless the folder holds what the lock names, and beyond it no file but those of `tools`."""
    installed = _installed(packages)
    recorded = set()
    for record in packages.glob("*.dist-info/RECORD"):
        with open(record, newline="", encoding="utf-8") as rows:
            recorded |= {packages / row[0] for row in csv.reader(rows) if row}
    beside = {file.relative_to(packages) for file in packages.rglob("*") if file.is_file() and file not in recorded}
    wrong = [f"{name} is missing" for name in sorted(locked - installed)]
    wrong += [f"{name} is of no locked requirement" for name in sorted(installed - locked - tools)]
    wrong += [f"{file} is of no locked requirement" for file in sorted(beside) if "__pycache__" not in file.parts]
    if wrong:
        reason = f"pip installed something else than the lock names: {', '.join(wrong[:5])}"
        raise OSError(0, f"{reason}. Next: see to pip on this host", str(packages))


def _say(line: str) -> None:
    """On standard error, where nobody may hear it: one line, without control characters or workflow commands, because
    paths and pip's words come from elsewhere."""
    plain = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in line)
    plain = plain.replace("::", ":\\x3a").replace("##[", "#\\x23[")
    with suppress(OSError):
        os.write(2, f"{plain}\n".encode())


def _fail(sentence: str) -> int:
    _say(f"INCONCLUSIVE: no environment to run in: {sentence}")
    return 4


if __name__ == "__main__":
    sys.exit(main())

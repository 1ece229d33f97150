"""Runs the check for the action: an environment for it, the check itself, then the action's outputs.

Standard library only, started by start.py as `python -I launch.py` in the job's workspace. Nothing of the workspace is
imported: the check runs isolated, from a copy in the doctor's own cache or, with a ready interpreter, from this folder.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

ACTION = Path(__file__).resolve().parent
CODES = (0, 2, 3, 4, 10)
"""What the check ends with on purpose; docs/exit-codes.md."""
_INCONCLUSIVE = 4
_PYTHON, _CACHE = "RSD_ACTION_PYTHON", "RSD_ACTION_CACHE"
_NOT_FOR_CHECK = (_PYTHON, _CACHE, "RSD_DEBUG")
"""Ours, and one that is no input: a job must not name a file that the check writes besides its reports."""
_FROM_THIS_FOLDER = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
    "runpy.run_module('runner_scope_doctor', run_name='__main__', alter_sys=True)"
)
_ROUTE = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
_AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_FOR_CHECK = (*_ROUTE, *_AUTHORITIES, "HOME", "TERM", "CI", "NO_COLOR", "GITHUB_ACTIONS", "FORGEJO_ACTIONS")
_FOR_PIP = (*_ROUTE, *_AUTHORITIES, "HOME", "PATH", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS")


class NotStarted(Exception):
    """The check could not be started; the reason was not said yet."""


def main() -> int:
    """The check's exit code; 4 as well when there is no environment for it or it did not end on purpose."""
    _open_what_is_closed()
    report: Path | None = None
    try:
        report = _folder_for_reports(os.environ) / "report.json"
        code = _checked(os.environ, report)
    except NotStarted as reason:
        code = _inconclusive(str(reason))
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links is a RuntimeError, a wrong name a ValueError
        code = _inconclusive(f"the check could not be started: {error}. Next: see to that on the host.")
    except KeyboardInterrupt:
        code = _inconclusive("interrupted before the look was finished. Next: run the job again.")
    return _told(code, report, os.environ)


def _checked(environment: Mapping[str, str], report: Path) -> int:
    command = _ready(environment) if environment.get(_PYTHON) else _own(environment)
    if command is None:
        return _INCONCLUSIVE  # environment.py has said why
    code = subprocess.run(  # noqa: S603 - our own command
        [*command, "check"], env=_for_check(environment, report), stdin=subprocess.DEVNULL, check=False
    ).returncode
    if code not in CODES:
        how = f"was killed by signal {-code}" if code < 0 else f"ended with {code}"
        raise NotStarted(
            f"the check {how}, which it never does on purpose. Next: run the job again; if it stays, report it."
        )
    return code


def _ready(environment: Mapping[str, str]) -> list[str]:
    """start.py has started this module with the interpreter that was named, so we are it."""
    needs = {"RSD_CONTRACT": "yaml", "RSD_API_URL": "requests"}
    missing = [package for name, package in needs.items() if environment.get(name) and find_spec(package) is None]
    if missing:
        raise NotStarted(
            f"the interpreter {sys.executable} cannot import {' and '.join(missing)}. "
            "Next: install it there, or leave the input python empty."
        )
    # -B: the folder may belong to others, and stays as it was checked out.
    return [sys.executable, "-I", "-B", "-X", "utf8", "-c", _FROM_THIS_FOLDER, str(ACTION)]


def _own(environment: Mapping[str, str]) -> list[str] | None:
    script = [sys.executable, "-I", str(ACTION / "environment.py"), "--cache", str(_cache(environment))]
    made = subprocess.run(  # noqa: S603 - our own command
        [*script, "--lock", str(ACTION / "requirements.lock"), "--copy", str(ACTION / "runner_scope_doctor")],
        env=_for_pip(environment),
        cwd=ACTION,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=False,
    )
    if made.returncode == _INCONCLUSIVE:
        return None
    if made.returncode != 0:
        raise NotStarted(f"environment.py ended with {made.returncode}. Next: run the job again.")
    return [os.fsdecode(made.stdout.rstrip(b"\n")), "-I", "-X", "utf8", "-m", "runner_scope_doctor"]


def _cache(environment: Mapping[str, str]) -> Path:
    """Where environments are kept. Whoever sends a pull request decides what lies in the workspace, so it is not there."""
    given, xdg = environment.get(_CACHE, ""), environment.get("XDG_CACHE_HOME", "")
    if given and not os.path.isabs(given):
        raise NotStarted(
            "the input cache-folder is a relative path. Next: give an absolute one, outside the workspace."
        )
    home = xdg if os.path.isabs(xdg) else os.path.expanduser("~/.cache")
    cache = Path(given or os.path.join(home, "runner-scope-doctor")).resolve()
    workspace = Path(environment.get("GITHUB_WORKSPACE") or os.getcwd()).resolve()
    if cache.is_relative_to(workspace):
        raise NotStarted(f"the folder {cache} lies in the workspace. Next: name one outside in the input cache-folder.")
    return cache


def _for_check(environment: Mapping[str, str], report: Path) -> dict[str, str]:
    """The options, the way to a server's API, and nothing else a job may have set."""
    options = {name: value for name, value in environment.items() if name.startswith("RSD_") and value}
    passed = options | _named(environment, _FOR_CHECK)
    passed["RSD_FORMAT"] = ",".join([*_formats(environment), f"json={report}"])
    return {name: value for name, value in passed.items() if name not in _NOT_FOR_CHECK}


def _for_pip(environment: Mapping[str, str]) -> dict[str, str]:
    """What pip may need to get at a registry; install.py says which of pip's own settings those are."""
    pip = {name: value for name, value in environment.items() if name.startswith("PIP_")}
    return pip | _named(environment, _FOR_PIP)


def _named(environment: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    # The names of proxies are written in lower case as well.
    return {name: environment[name] for each in names for name in (each, each.lower()) if name in environment}


def _formats(environment: Mapping[str, str]) -> list[str]:
    """What was asked for, and the text in the log: its last line is the reason."""
    asked = [part.strip() for part in environment.get("RSD_FORMAT", "").replace("\n", ",").split(",")]
    formats = [part for part in asked if part]
    return formats if "text" in formats else [*formats, "text"]


def _folder_for_reports(environment: Mapping[str, str]) -> Path:
    given = environment.get("RUNNER_TEMP", "")
    temporary = given if os.path.isdir(given) else tempfile.gettempdir()
    if any(end in temporary for end in ",\n"):  # either ends the report's name in RSD_FORMAT
        raise NotStarted(
            f"the temporary folder {temporary} has a comma or a line end in its name. "
            "Next: let RUNNER_TEMP name a folder without."
        )
    return Path(tempfile.mkdtemp(prefix="runner-scope-doctor-", dir=temporary))


def _inconclusive(reason: str) -> int:
    _say(f"INCONCLUSIVE: {reason}")
    return _INCONCLUSIVE


def _say(line: str) -> None:
    """On standard error, where nobody may hear it: one line, without control characters or workflow commands, because
    paths come from elsewhere."""
    plain = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in line)
    plain = plain.replace("::", ":\\x3a").replace("##[", "#\\x23[")
    with suppress(OSError):
        os.write(2, f"{plain}\n".encode())


def _open_what_is_closed() -> None:
    """A caller may have closed a standard stream: the next file opened would take its place, and get what is said."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def _told(code: int, report: Path | None, environment: Mapping[str, str]) -> int:
    """Writes the outputs and returns the code to end with: never 0 without a report that says healthy."""
    verdict, count = _judged(report)
    if code == 0 and verdict != "healthy":
        code = _inconclusive("the check ended with 0 but left no report that says healthy. Next: report it.")
        verdict = "inconclusive"
    try:
        reports = [str(report), *_report_files(environment)] if report is not None and count is not None else []
        values = {
            "verdict": verdict,
            "exit-code": str(code),
            "finding-count": "" if count is None else str(count),
            "report": reports[0] if reports else "",
            "reports": "\n".join(reports),
        }
        _write_outputs(values, environment)
    except (OSError, ValueError) as error:
        return _inconclusive(f"the outputs could not be written: {error}. Next: see to that on the host.")
    return code


def _write_outputs(values: Mapping[str, str], environment: Mapping[str, str]) -> None:
    if target := environment.get("FORGEJO_OUTPUT") or environment.get("GITHUB_OUTPUT"):
        # No value can end its own block, because nobody knows the word before it is written.
        word = secrets.token_hex(16)
        text = "".join(f"{name}<<{word}\n{value}\n{word}\n" for name, value in values.items())
        # The name of a file need not be UTF-8; its bytes are written as they are.
        with open(target, "a", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write(text)


def _judged(report: Path | None) -> tuple[str, int | None]:
    """Verdict and number of findings; inconclusive and None when the check wrote no report."""
    try:
        if report is not None:
            written = json.loads(report.read_bytes())
            return str(written["verdict"]), len(written["findings"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return "inconclusive", None


def _report_files(environment: Mapping[str, str]) -> list[str]:
    files = [part.partition("=")[2].strip() for part in _formats(environment)]
    return [os.path.abspath(file) for file in files if file]


if __name__ == "__main__":
    sys.exit(main())

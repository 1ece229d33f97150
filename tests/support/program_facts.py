"""What is true of the program, for the checks of its pages."""

from __future__ import annotations

import contextlib
import io
import re

from runner_scope_doctor.cli.arguments import parser
from runner_scope_doctor.cli.completion_grammar import every, grammar_of
from runner_scope_doctor.cli.exit_codes import ExitCode, NagiosCode
from runner_scope_doctor.model.finding import FindingKind
from runner_scope_doctor.model.server import NEWEST_KNOWN_MAJOR, OLDEST_KNOWN_MAJOR
from support.command import ROOT

TOP = grammar_of(parser())
CODES = {kind.value: kind.title for kind in FindingKind}
EXIT_CODES = {code.value: code.name for code in ExitCode}
PLUGIN_CODES = {code.value for code in NagiosCode}
MAJORS = range(OLDEST_KNOWN_MAJOR, NEWEST_KNOWN_MAJOR + 1)
OPTIONS = {name for command in every(TOP) for option in command.options for name in option.names}
_SCRIPTS = (ROOT / "scripts" / folder / "arguments.py" for folder in ("host", "over_ssh"))
_FOREIGN = {
    "--scope", "--secret", "--keep-labels", "--labels", "--name", "--all", "--fix", "--run", "--config", "--ephemeral",
    "--no-cache", "--schemafile", "--offline", "--generate-hashes", "--runs", "--instance", "--accept", "--inetd",
}  # fmt: skip
"""Options of `forgejo-cli`, `forgejo doctor`, pip, zizmor, check-jsonschema and systemd that pages name on purpose."""
ALL_OPTIONS = (
    OPTIONS
    | _FOREIGN
    | {name for one in _SCRIPTS for name in re.findall(r'"(--[a-z-]+)"', one.read_text(encoding="utf-8"))}
)
_NAMES = {option[2:].replace("-", "_").upper() for option in OPTIONS if option.startswith("--")}
VARIABLES = {f"RSD_{name}" for name in _NAMES} | {
    "RSD_DATABASE_URL", "RSD_DATABASE_URL_FILE", "RSD_API_TOKEN",  # what no option takes, for a secret may be in it
}  # fmt: skip


def refusal(arguments: list[str]) -> str | None:
    """Why the grammar refuses these arguments; None when it does not."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            parser().parse_args(arguments)
    except SystemExit as ended:
        return None if ended.code == 0 else said.getvalue().strip()
    return None

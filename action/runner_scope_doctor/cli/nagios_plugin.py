"""`check` as a monitoring plugin: asked for the Nagios line alone, it ends with a plugin's exit codes, whatever happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runner_scope_doctor.cli.exit_codes import NagiosCode

_OPTION = "--format"


def is_plugin(words: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether these arguments ask for that. Read from the words themselves, because a command line that is refused must
    not end with 2, which is CRITICAL there."""
    if words[:1] != ["check"]:
        return False
    formats = environment.get("RSD_FORMAT", "")
    for place, word in enumerate(words):
        if word == _OPTION and place + 1 < len(words):
            formats = words[place + 1]
        elif word.startswith(f"{_OPTION}="):
            formats = word.removeprefix(f"{_OPTION}=")
    return "," not in formats and formats.partition("=")[0].strip() == "nagios"


def plugin_code(code: int) -> int:
    """The code of a plugin: its own where the check was made, UNKNOWN for everything else, `--help` included."""
    return int(code) if isinstance(code, NagiosCode) else int(NagiosCode.UNKNOWN)

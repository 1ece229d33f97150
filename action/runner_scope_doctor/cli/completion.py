"""`completion`: the script by which a shell completes this command. It is printed once and starts no Python at a key press."""

from __future__ import annotations

import sys
from argparse import Namespace

from runner_scope_doctor.cli.arguments import parser
from runner_scope_doctor.cli.completion_bash import bash_script
from runner_scope_doctor.cli.completion_fish import fish_script
from runner_scope_doctor.cli.completion_grammar import Shell, grammar_of
from runner_scope_doctor.cli.completion_zsh import zsh_script
from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.model.errors import UsageError


def run(chosen: Namespace) -> ExitCode:
    """Prints the script for the shell that was named. Raises UsageError for another one."""
    sys.stdout.write(script_for(_shell(chosen.shell)))
    return ExitCode.HEALTHY


def script_for(shell: Shell) -> str:
    """The script, made from the parser itself."""
    top = grammar_of(parser())
    match shell:
        case Shell.BASH:
            return bash_script(top)
        case Shell.ZSH:
            return zsh_script(top)
        case Shell.FISH:
            return fish_script(top)


def _shell(word: str) -> Shell:
    for shell in Shell:
        if word == shell.value:
            return shell
    known = ", ".join(shell.value for shell in Shell)
    raise UsageError(f"There is no completion for {word}.", next_step=f"Use one of {known}.")

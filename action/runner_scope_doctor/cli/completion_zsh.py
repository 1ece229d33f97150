"""The completion script for zsh."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.cli.completion_grammar import Command, Often, Option, Place, Value, every

_HEAD = """\
#compdef runner-scope-doctor
# Completion of runner-scope-doctor for zsh, printed by `runner-scope-doctor completion zsh`.
"""
_TAIL = """\
if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
    _runner_scope_doctor "$@"
else
    compdef _runner_scope_doctor runner-scope-doctor
fi
"""


def zsh_script(top: Command) -> str:
    """The whole script: a function for each command, which works as a file of `fpath` and when it is sourced."""
    return "".join([_HEAD, *(part for command in every(top) for part in _function(command)), _TAIL])


def _function(command: Command) -> Iterator[str]:
    yield f"{_name(command)}() {{\n"
    if command.below:
        yield "    local context state state_descr line\n    typeset -A opt_args\n"
    specifications = [spec for option in command.options for spec in _specifications(option)]
    specifications += [f":{_colons(value.name)}:{_action(value)}" for value in command.arguments]
    if command.below:
        offered = " ".join(f"{one.words[-1]}\\:{_quoted(_colons(one.summary))}" for one in command.below)
        specifications += [f"1:command:(({offered}))", "*::argument:->rest"]
    yield "    _arguments -C" if command.below else "    _arguments"
    yield "".join(f" \\\n        {_quoted(spec)}" for spec in specifications)
    yield "\n"
    if command.below:
        yield "    [[ $state == rest ]] || return\n    case $line[1] in\n"
        yield "".join(f"        {one.words[-1]}) {_name(one)} ;;\n" for one in command.below)
        yield "    esac\n"
    yield "}\n"


def _name(command: Command) -> str:
    return "_".join(("_runner_scope_doctor", *command.words)).replace("-", "_")


def _specifications(option: Option) -> Iterator[str]:
    """As `_arguments` reads them: which others it excludes, the name, its meaning in brackets, and what follows it."""
    summary = option.summary.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    for name in option.names:
        before = "*" if option.often is Often.REPEATABLE else f"({' '.join(option.names)})"
        behind = "" if option.value is None else f":{_colons(option.value.name)}:{_action(option.value)}"
        yield f"{before}{name}{'' if option.value is None else '='}[{summary}]{behind}"


def _action(value: Value) -> str:
    match value.place:
        case Place.FILE:
            return "_files"
        case Place.WORD:
            return f"({' '.join(value.words)})"
        case Place.TEXT:
            return " "


def _colons(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"

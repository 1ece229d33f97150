"""The completion script for bash."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.cli.completion_grammar import Command, Place, Value, every

_HEAD = """\
# Completion of runner-scope-doctor for bash, printed by `runner-scope-doctor completion bash`.
_runner_scope_doctor() {
    local IFS=$' \\t\\n' current="${COMP_WORDS[COMP_CWORD]}" at='' awaited='' count=0 offered='' files='' word n
    for ((n = 1; n < COMP_CWORD; n++)); do
        word="${COMP_WORDS[n]}"
        if [[ $awaited ]]; then
            [[ $word == '=' ]] || awaited=''
            continue
        fi
        case "$at $word" in
"""
_MIDDLE = """\
            *' -'*) ;;
            *) count=$((count + 1)) ;;
        esac
    done
    [[ $current == '=' ]] && current=''
    if [[ $awaited ]]; then
        case "$at $awaited" in
"""
_OPTIONS = """\
        esac
    elif [[ $current == -* ]]; then
        case "$at" in
"""
_ARGUMENTS = """\
        esac
    else
        case "$at $count" in
"""
_TAIL = """\
        esac
    fi
    if [[ $files ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -W "$offered" -- "$current")
    fi
}
complete -F _runner_scope_doctor runner-scope-doctor
"""


def bash_script(top: Command) -> str:
    """The whole script. Nothing in it comes from anywhere but the grammar, so nothing a caller types is ever evaluated."""
    parts = (
        _HEAD, *_steps(top), _MIDDLE, *_values(top), _OPTIONS, *_options(top), _ARGUMENTS, *_arguments(top), _TAIL,
    )  # fmt: skip
    return "".join(parts)


def _steps(top: Command) -> Iterator[str]:
    """What moves on to another command, and what makes the next word a value."""
    for command in every(top):
        at = " ".join(command.words)
        for one in command.below:
            yield f"            '{at} {one.words[-1]}') at='{' '.join(one.words)}' count=0 ;;\n"
        awaiting = [f"'{at} {name}'" for option in command.options if option.value for name in option.names]
        if awaiting:
            yield f"            {' | '.join(awaiting)}) awaited=$word ;;\n"


def _values(top: Command) -> Iterator[str]:
    for command in every(top):
        for option in command.options:
            if option.value is not None and option.value.place is not Place.TEXT:
                for name in option.names:
                    yield f"            '{' '.join(command.words)} {name}') {_offer(option.value)} ;;\n"


def _options(top: Command) -> Iterator[str]:
    for command in every(top):
        names = " ".join(name for option in command.options for name in option.names)
        yield f"            '{' '.join(command.words)}') offered='{names}' ;;\n"


def _arguments(top: Command) -> Iterator[str]:
    for command in every(top):
        at = " ".join(command.words)
        if command.below:
            yield f"            '{at} 0') offered='{' '.join(one.words[-1] for one in command.below)}' ;;\n"
        for number, value in enumerate(command.arguments):
            if value.place is not Place.TEXT:
                yield f"            '{at} {number}') {_offer(value)} ;;\n"


def _offer(value: Value) -> str:
    return "files=yes" if value.place is Place.FILE else f"offered='{' '.join(value.words)}'"

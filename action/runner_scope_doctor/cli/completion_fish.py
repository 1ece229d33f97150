"""The completion script for fish."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.cli.completion_grammar import Command, Option, Place, Value, every

_HEAD = """\
# Completion of runner-scope-doctor for fish, printed by `runner-scope-doctor completion fish`.
function __runner_scope_doctor_at
    set -l at ''
    set -l awaited no
    set -l count 0
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test $awaited = yes
            set awaited no
            continue
        end
        switch "$at $word"
"""
_MIDDLE = """\
            case '* -*'
            case '*'
                set count (math $count + 1)
        end
    end
    test "$at" = "$argv[1]"; and begin
        test (count $argv) -eq 1; or test $count -eq $argv[2]
    end
end
complete -c runner-scope-doctor -f
"""
_COMPLETE = "complete -c runner-scope-doctor"


def fish_script(top: Command) -> str:
    """The whole script, of fish's builtins alone."""
    lines = [line for command in every(top) for line in _lines(command)]
    return "".join([_HEAD, *_steps(top), _MIDDLE, *(f"{line}\n" for line in lines)])


def _steps(top: Command) -> Iterator[str]:
    for command in every(top):
        at = " ".join(command.words)
        for one in command.below:
            yield f"            case '{at} {one.words[-1]}'\n                set at '{' '.join(one.words)}'\n"
            yield "                set count 0\n"
        awaiting = [f"'{at} {name}'" for option in command.options if option.value for name in option.names]
        if awaiting:
            yield f"            case {' '.join(awaiting)}\n                set awaited yes\n"


def _lines(command: Command) -> Iterator[str]:
    at = " ".join(command.words)
    for one in command.below:
        yield f"{_COMPLETE} -n {_when(at, 0)} -a {one.words[-1]} -d {_quoted(one.summary)}"
    for number, value in enumerate(command.arguments):
        if value.place is not Place.TEXT:
            yield f"{_COMPLETE} -n {_when(at, number)} {_offer(value)}"
    for option in command.options:
        offer = "" if option.value is None else f" -r {_offer(option.value)}"
        yield f"{_COMPLETE} -n {_when(at)} {_names(option)}{offer} -d {_quoted(option.summary)}"


def _when(at: str, number: int | None = None) -> str:
    behind = "" if number is None else f" {number}"
    return _quoted(f'__runner_scope_doctor_at "{at}"{behind}')


def _names(option: Option) -> str:
    return " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)


def _offer(value: Value) -> str:
    match value.place:
        case Place.FILE:
            return "-F"
        case Place.WORD:
            return f"-f -a {_quoted(' '.join(value.words))}"
        case Place.TEXT:
            return "-f"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

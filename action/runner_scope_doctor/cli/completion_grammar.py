"""The command line's grammar as values, read from the parser itself, for scripts that complete it."""

from __future__ import annotations

from argparse import (
    Action,
    ArgumentParser,
    _AppendAction,
    _SubParsersAction,
)  # what a parser is made of has no public name
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from runner_scope_doctor.cli.formats import Format
from runner_scope_doctor.cli.grants import ALSO, GrantPurpose
from runner_scope_doctor.model.backup import BackupScope
from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.model.snapshot import Source


class Shell(Enum):
    """A shell that a script can be printed for. The value is the word on the command line."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


class Place(Enum):
    """What can stand behind an option or as an argument."""

    FILE = "file"
    WORD = "word"
    """One of a few words that are known beforehand."""
    TEXT = "text"
    """Something that only the caller knows: nothing is offered."""


class Often(Enum):
    """How often an option makes sense on one command line."""

    ONCE = "once"
    REPEATABLE = "repeatable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """`words` are all that can stand there when `place` says WORD, else none."""

    name: str
    place: Place
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """`value` is None for a switch."""

    names: tuple[str, ...]
    summary: str
    value: Value | None
    often: Often


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command with what follows it. `words` is empty for the program itself, two words for an action of a command."""

    words: tuple[str, ...]
    summary: str
    options: tuple[Option, ...]
    arguments: tuple[Value, ...]
    below: tuple[Command, ...]


_FILES = ("FILE", "PAGE", "OLD", "NEW", "PLAN")
"""A plan may also be named by its digest, which nobody types by hand."""
_WORDS: Mapping[str, tuple[str, ...]] = {
    "FINDING": tuple(word for kind in FindingKind for word in (kind.value, kind.title)),
    "FORMAT[=FILE],…": tuple(form.value for form in Format),
    "REPORT[=FILE],…": (Format.TEXT.value, Format.JSON.value),
    "SEVERITY": tuple(severity.value for severity in Severity),
    "SOURCE": (Source.DATABASE.value, Source.API.value),
    "TABLES": tuple(scope.value for scope in BackupScope),
    "ENGINE": tuple(engine.value for engine in Engine),
    "PURPOSE": tuple(purpose.value for purpose in GrantPurpose),
    "PART": tuple(ALSO),
    "SHELL": tuple(shell.value for shell in Shell),
}
_TEXTS = (
    "BACKUP", "DIGEST", "DURATION", "HOST[:PORT]", "ID", "LIST", "MAJOR", "N", "NAME", "REASON", "RECEIPT",
    "REPOSITORY", "RUN", "RUN_ID", "SECONDS", "SERVER=HERE", "SPAN", "URL",
)  # fmt: skip


def grammar_of(parser: ArgumentParser) -> Command:
    """The whole tree. Raises ValueError for a value whose name says nothing of what can stand there."""
    return _command(parser, (), "")


def every(command: Command) -> Iterator[Command]:
    """The command and all below it."""
    yield command
    for one in command.below:
        yield from every(one)


def _command(parser: ArgumentParser, words: tuple[str, ...], summary: str) -> Command:
    options, arguments, below = [], [], []
    for action in parser._actions:  # argparse shows its grammar to nobody in any other way
        if isinstance(action, _SubParsersAction):
            summaries = {choice.dest: choice.help or "" for choice in action._choices_actions}
            below += [_command(one, (*words, name), summaries[name]) for name, one in action.choices.items()]
        elif action.option_strings:
            options.append(_option(action))
        else:
            arguments.append(_value(action))
    return Command(words=words, summary=summary, options=tuple(options), arguments=tuple(arguments), below=tuple(below))


def _option(action: Action) -> Option:
    return Option(
        names=tuple(action.option_strings),
        summary=" ".join((action.help or "").split()),
        value=None if action.nargs == 0 else _value(action),
        often=Often.REPEATABLE if isinstance(action, _AppendAction) else Often.ONCE,
    )


def _value(action: Action) -> Value:
    name = str(action.metavar)
    if name in _FILES:
        return Value(name=name, place=Place.FILE, words=())
    if name in _WORDS:
        return Value(name=name, place=Place.WORD, words=_WORDS[name])
    if name in _TEXTS:
        return Value(name=name, place=Place.TEXT, words=())
    raise ValueError(f"what can stand for {name} is not said in completion_grammar")

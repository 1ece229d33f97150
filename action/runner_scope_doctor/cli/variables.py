"""One way to ask for an option: the argument first, then the variable RSD_<NAME>, then a default."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from runner_scope_doctor.files.beginning import beginning_of
from runner_scope_doctor.model.errors import SettingsInvalid, UsageError

_LARGEST_SECRET = 16384
"""Bytes."""


class Given:
    """What the user gave. An empty variable counts as not given, because a workflow cannot leave one out."""

    def __init__(self, chosen: Namespace, environment: Mapping[str, str]) -> None:
        self._chosen = chosen
        self._environment = environment

    def argument(self, name: str) -> str | None:
        """What stands on the command line; None when nothing does. Raises UsageError for an empty text: the variable it
        was to come from is not set, and going on without it would judge by something else."""
        value = getattr(self._chosen, name, None)
        if value == "":
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} was given an empty text.", next_step="Give a value, or leave the option out.")
        return value if isinstance(value, str) else None

    def variable(self, name: str) -> str | None:
        """What stands in the environment; None when nothing does."""
        return self._environment.get(f"RSD_{name.upper()}") or None

    def text(self, name: str, default: str) -> str:
        """Argument, variable or default."""
        return self.argument(name) or self.variable(name) or default

    def path(self, name: str) -> Path | None:
        """A file; None when none was given."""
        text = self.text(name, "")
        return Path(text) if text else None

    def several(self, name: str) -> tuple[str, ...]:
        """An option that may be repeated; in a variable the values stand apart by spaces, commas or line ends."""
        values = getattr(self._chosen, name, None) or [self.variable(name) or ""]
        return tuple(word for value in values for word in value.replace(",", " ").split())

    def flag(self, name: str) -> bool:
        """A switch; in a variable the words true, yes and 1 turn it on."""
        return bool(getattr(self._chosen, name, False)) or (self.variable(name) or "").lower() in {"true", "yes", "1"}

    def secret(self, name: str) -> tuple[str, str] | None:
        """A secret and the name of where it stood: the variable RSD_<NAME>, else the file named by RSD_<NAME>_FILE or
        the option of that name. Raises SettingsInvalid when that file cannot be read."""
        if value := self.variable(name):
            return value, f"RSD_{name.upper()}"
        option = f"{name}_file"
        if file := self.text(option, ""):
            origin = f"--{option.replace('_', '-')}" if self.argument(option) else f"RSD_{option.upper()}"
            return _content(Path(file), origin), origin
        return None


def _content(file: Path, origin: str) -> str:
    """What stands in a regular file or comes through a pipe of the shell's, such as `<(pass show forgejo)`."""
    try:
        return beginning_of(file, _LARGEST_SECRET).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsInvalid(
            f"The file named by {origin} could not be read: {reason}.", next_step="Look at that file and its rights."
        ) from error

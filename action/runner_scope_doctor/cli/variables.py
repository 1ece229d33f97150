"""One way to ask for an option: the argument first, then the variable RSD_<NAME>, then a default."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from runner_scope_doctor.model.errors import SettingsInvalid


class Given:
    """What the user gave. An empty variable counts as not given, because a workflow cannot leave one out."""

    def __init__(self, chosen: Namespace, environment: Mapping[str, str]) -> None:
        self._chosen = chosen
        self._environment = environment

    def argument(self, name: str) -> str | None:
        """What stands on the command line; None when nothing does."""
        value = getattr(self._chosen, name, None)
        return value if isinstance(value, str) and value else None

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
        values = getattr(self._chosen, name, None)
        if values:
            return tuple(values)
        return tuple((self.variable(name) or "").replace(",", " ").split())

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
    try:
        with file.open(encoding="utf-8") as stream:
            return stream.read(16384).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsInvalid(
            f"The file named by {origin} could not be read: {reason}.", next_step="Look at that file and its rights."
        ) from error

"""Passes on what the host prints. It is foreign text: a host that was taken over may print anything."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from typing import IO

from runner_scope_doctor.report.escape import escaped_if_unsafe

_LONGEST_LINE = 1 << 24
"""Bytes; a longer line is cut."""


class Relay:
    """One stream of the host's, passed on line by line until its end."""

    def __init__(self, source: IO[bytes], target: IO[str], word: str | None) -> None:
        """`word` is printed by nobody else: the line that ends with it says that the command was begun, and is not passed
        on. None where no such line comes."""
        self.has_begun = False
        self.is_broken = False
        self._source = source
        self._target = target
        self._word = word
        self._thread = Thread(target=self._pass_on, daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Until its end, or so long."""
        self._thread.join(seconds)

    def _pass_on(self) -> None:
        for line in _lines(self._source):
            if self._word is not None and line.endswith(self._word):
                self.has_begun, line = True, line.removesuffix(self._word)
                if not line:
                    continue
            self._print(line)

    def _print(self, line: str) -> None:
        if self.is_broken:
            return  # still read, so that the host does not wait for us
        try:
            self._target.write(escaped_if_unsafe(line) + "\n")
            self._target.flush()
        except OSError:
            self.is_broken = True


def _lines(source: IO[bytes]) -> Iterator[str]:
    """Without their ends; ssh itself ends its lines with a carriage return as well."""
    while line := source.readline(_LONGEST_LINE):
        yield line.decode("utf-8", "backslashreplace").removesuffix("\n").removesuffix("\r")

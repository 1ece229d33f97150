"""A real Chromium without a window, driven over a pipe by its DevTools protocol."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from pathlib import Path
from typing import Any

from support.processes import ServerUnavailable

UNPACK = Path(__file__).parents[2] / "scripts" / "chromium-unpack"
PHONE, DESKTOP = 360, 1280
"""Widths in CSS pixels."""
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-extensions", "--disable-background-networking", "--remote-debugging-pipe", "about:blank",
)  # fmt: skip
"""The sandbox needs rights that an unpacked browser has not; it opens files of ours alone."""


class Scheme(Enum):
    """What the reader's system prefers."""

    LIGHT = "light"
    DARK = "dark"


class Scripts(Enum):
    """Whether a page may run any."""

    ON = "on"
    OFF = "off"


@dataclass(slots=True)
class Browser:
    """A running browser. `asks` is where it reads commands, `answers` where it writes."""

    process: subprocess.Popen[bytes]
    asks: int
    answers: int
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    buffer: bytes = b""
    events: list[dict[str, Any]] = field(default_factory=list)

    def command(self, method: str, session: str | None = None, **parameters: object) -> dict[str, Any]:
        """One command and its result. Raises AssertionError when the browser refuses it."""
        number = next(self.numbers)
        message: dict[str, object] = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.asks, data) :]
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def wait_for(self, event: str) -> dict[str, Any]:
        """The next event of that name, one that came before included."""
        while True:
            for place, seen in enumerate(self.events):
                if seen.get("method") == event:
                    return self.events.pop(place)
            self.events.append(self._next())

    @contextmanager
    def page(
        self, file: Path, width: int, scheme: Scheme = Scheme.LIGHT, scripts: Scripts = Scripts.OFF
    ) -> Iterator[Page]:
        """The file, opened and laid out in a tab of its own."""
        target = self.command("Target.createTarget", url="about:blank")["targetId"]
        session = self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(browser=self, session=session)
        for domain in ("Page", "Log", "Network", "Runtime"):
            page.command(f"{domain}.enable")
        page.command("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        preference = {"name": "prefers-color-scheme", "value": scheme.value}
        page.command("Emulation.setEmulatedMedia", features=[preference])
        page.command("Emulation.setScriptExecutionDisabled", value=scripts is Scripts.OFF)
        self.events.clear()
        page.command("Page.navigate", url=file.as_uri())
        self.wait_for("Page.loadEventFired")
        yield page
        self.command("Target.closeTarget", targetId=target)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self.buffer:
            more = os.read(self.answers, 1 << 20)
            assert more, "the browser went away"
            self.buffer += more
        message, _, self.buffer = self.buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One open page."""

    browser: Browser
    session: str

    def command(self, method: str, **parameters: object) -> dict[str, Any]:
        """One command to this page."""
        return self.browser.command(method, self.session, **parameters)

    def value(self, expression: str) -> Any:
        """What an expression of the tests' own, from outside the page's policy, comes to."""
        result = self.command("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def screenshot(self, file: Path) -> None:
        """The whole page as a PNG."""
        shot = self.command("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def pdf(self) -> bytes:
        """The page on paper, in the size it asks for."""
        return base64.b64decode(self.command("Page.printToPDF", preferCSSPageSize=True)["data"])


@contextmanager
def started_browser() -> Iterator[Browser]:
    """A browser for a test session. Raises ServerUnavailable where none can be had."""
    made = subprocess.run([UNPACK], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise ServerUnavailable(made.stderr.strip())
    asked, asks = os.pipe()
    answers, answered = os.pipe()
    with tempfile.TemporaryDirectory(prefix="rsd-browser-", ignore_cleanup_errors=True) as home:
        process = subprocess.Popen(
            # It reads descriptor 3 and writes to 4.
            ["bash", "-c", f'exec "$@" 3<&{asked} 4>&{answered}', "bash", made.stdout.strip(), *_FLAGS],
            pass_fds=(asked, answered), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        )  # fmt: skip
        os.close(asked)
        os.close(answered)
        browser = Browser(process=process, asks=asks, answers=answers)
        try:
            yield browser
        finally:
            with suppress(OSError, AssertionError):  # it may have gone away by itself
                browser.command("Browser.close")
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            os.close(asks)
            os.close(answers)

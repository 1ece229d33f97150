"""Whether what a page shows below a command is what that command prints, but for what is another each time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from support.pages import Page, Shown, blocks, shown


def wrong_samples(pages: Iterable[Page], printed: Mapping[tuple[str, int], str]) -> list[str]:
    """What a page says that a command prints, and it does not. `printed` has, by page and line of the command, what the very
    command printed when it was run; a sample without such a run is wrong too."""
    found = []
    for page in pages:
        for one in (one for block in blocks(page) if block.language == "console" for one in shown(block)):
            if not any(line.strip() for line in one.output):
                continue
            if (page.name, one.line) not in printed:
                found.append(f"{page.name}:{one.line}: nobody ran `{one.command}`")
            elif (why := difference(one, printed[page.name, one.line])) is not None:
                found.append(f"{page.name}:{one.line}: `{one.command}` prints no line like: {why}")
    return found


def difference(one: Shown, printed: str) -> str | None:
    """The first line of the sample that was not printed in its place. A line `…` stands for any lines, and within a line for any
    text; times, digests and the like are alike."""
    wanted = ["…" if line.strip() == "…" else alike(line) for line in one.output]
    rest = [alike(line) for line in printed.splitlines()]
    anywhere = False
    for line in wanted:
        if line == "…":
            anywhere = True
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in line.split("…")))
        places = range(len(rest)) if anywhere else range(min(1, len(rest)))
        at = next((place for place in places if pattern.fullmatch(rest[place])), None)
        if at is None:
            return line
        rest, anywhere = rest[at + 1 :], False
    return None if anywhere or not rest else f"(the end; then comes: {rest[0]})"


_ALIKE = (
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
    (r"\b\d{8}T\d{6}Z-[0-9a-f]{12}-[0-9a-f]{8}\b", "BACKUP"),
    (r"\b[0-9a-f]{64}\b", "DIGEST"),
    (r"\bsha256 [0-9a-f]{12}…", "sha256 DIGEST"),
    (r"SHA256:[\w+/]{43}", "KEY"),
    (r"\bdevice \d+ inode \d+", "device N inode N"),
    (r"\b\d+ s before this look", "N s before this look"),
    (r"\bstood at \d+ over \d+ polls", "stood at N over N polls"),
)


def alike(line: str) -> str:
    """The line without what is another each time."""
    for pattern, word in _ALIKE:
        line = re.sub(pattern, word, line)
    return line.rstrip()

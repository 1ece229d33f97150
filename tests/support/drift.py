"""Where the docs and the program say different things. Each check takes the pages and what is true of the program, and returns
what is wrong, one sentence each; so a test can give it a page, or a program, that was changed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from pathlib import Path, PurePosixPath

from runner_scope_doctor.cli.completion_grammar import Command, every
from support.pages import Page, Table, blocks, headings, prose, shown, tables

_PROGRAM = re.compile(r"(?:^|/)(?:runner-scope-doctor|runner-scope-doctor\.pyz|doctor)$")
_SPAN = re.compile(r"`([^`\n]+)`")
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
_CODE = re.compile(r"\bRSD\d+\b")
_EXIT = re.compile(r"\b(?:exit codes?|ends? with|ended with|ends the check with) \(?(\d+)\b")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def wrong_commands(pages: Iterable[Page], refusal: Callable[[list[str]], str | None]) -> list[str]:
    """Commands in blocks that the program would refuse. `refusal` says why, None for a command line that it understands."""
    found = []
    for page in pages:
        for block in blocks(page):
            for one in shown(block) if block.language in ("sh", "console") else ():
                arguments = arguments_of(one.command)
                why = None if arguments is None else refusal(arguments)
                found += [] if why is None else [f"{one.page}:{one.line}: `{one.command}`: {why}"]
    return found


def arguments_of(command: str) -> list[str] | None:
    """What follows the program's name, up to a pipe or a redirection; None when the line starts another program."""
    words = shlex.split(command, comments=True)
    while words and re.match(r"^(?:sudo|python3|-I|[A-Z_]+=.*)$", words[0]):
        words = words[1:]
    if not words or not _PROGRAM.search(words[0]):
        return None
    ends = [number for number, word in enumerate(words) if word in ("|", ">", ">>", "&&", ";", "<")]
    return words[1 : ends[0] if ends else None]


def wrong_spans(pages: Iterable[Page], top: Command) -> list[str]:
    """Commands named within a sentence that the program does not have, or that lack the options they are named with."""
    found = []
    for page in pages:
        for number, _, line in prose(page):
            for span in _SPAN.findall(line):
                why = _wrong_span(span, top)
                found += [] if why is None else [f"{page.name}:{number}: `{span}`: {why}"]
    return found


def _wrong_span(span: str, top: Command) -> str | None:
    words = span.split()
    if words[0] == "sudo":
        words = words[1:]
    if words and _PROGRAM.search(words[0]):
        words = words[1:]
    elif len(words) < 2 or words[0] not in {one.words[-1] for one in top.below}:
        return None
    at = top
    while words and (below := next((one for one in at.below if one.words[-1] == words[0]), None)):
        at, words = below, words[1:]
    if at.below and words and re.match(r"^[a-z]", words[0]):
        return f"there is no command {words[0]}"
    known = {name for option in at.options for name in option.names}
    unknown = [option for option in _OPTION.findall(" ".join(words)) if option not in known]
    return f"{' '.join(at.words) or 'the program'} has no option {unknown[0]}" if unknown else None


def unknown_options(pages: Iterable[Page], known: Set[str]) -> list[str]:
    """Options anywhere on a page that no program of ours has and that are none of another's that is named on purpose."""
    return [
        f"{page.name}:{number}: there is no option {option}"
        for page in pages
        for number, line in enumerate(page.text.splitlines(), start=1)
        for option in _OPTION.findall(line)
        if option not in known
    ]


def unknown_variables(pages: Iterable[Page], known: Set[str]) -> list[str]:
    """Variables of the environment that the program does not read."""
    return [
        f"{page.name}: nothing reads {name}"
        for page in pages
        for name in sorted(set(re.findall(r"\bRSD_[A-Z_]+\b", page.text)) - known)
        if not name.endswith("_")
    ]


def wrong_codes(pages: Iterable[Page], codes: Mapping[str, str]) -> list[str]:
    """Codes of findings that do not exist or stand beside another's name, and those that the README's table lacks."""
    found, listed = [], set()
    for page in pages:
        for number, line in enumerate(page.text.splitlines(), start=1):
            found += [f"{page.name}:{number}: there is no {code}" for code in _CODE.findall(line) if code not in codes]
            for code, name in re.findall(r"\b(RSD\d+) (?:\| )?\[?([a-z]+(?:-[a-z]+)+)\b", line):
                if codes.get(code, name) != name:
                    found.append(f"{page.name}:{number}: {code} is {codes[code]}, not {name}")
            if page.name == "README.md":
                listed |= set(re.findall(r"^\| (RSD\d+) \|", line))
    return found + [f"README.md: {code} is not in the table" for code in codes if code not in listed]


def wrong_exit_codes(pages: Iterable[Page], codes: Mapping[int, str], plugin: Set[int]) -> list[str]:
    """Exit codes that the program does not have, or that stand in a row with another's name; and those that docs/exit-codes.md
    lacks. Where a section is about a monitoring plugin, its codes count as well."""
    found, listed = [], set()
    for page in pages:
        for number, section, line in prose(page):
            allowed = {*codes} | (plugin if section == "nagios" or "plugin" in line else set())
            for code in map(int, _EXIT.findall(line)):
                found += [] if code in allowed else [f"{page.name}:{number}: nothing ends with {code}"]
        for table in tables(page):
            for number, row in enumerate(table.rows, start=table.line + 2):
                listed |= {int(row[0])} if page.name == "docs/exit-codes.md" and row[0].isdigit() else set()
                found += [f"{page.name}:{number}: {why}" for why in _wrong_row(table, row, codes, plugin)]
    return found + [f"docs/exit-codes.md: {codes[code]} is not in the table" for code in codes if code not in listed]


def _wrong_row(table: Table, row: tuple[str, ...], codes: Mapping[int, str], plugin: Set[int]) -> Iterator[str]:
    """Of a table with a column of exit codes: every code exists, and a name of one in the same row is its own."""
    columns = [at for at, head in enumerate(table.heads) if re.match(r"(?:exit )?code\b", head)]
    for at in columns:
        if not row[at].isdigit():
            continue
        code, allowed = int(row[at]), {*codes} | (plugin if table.section == "nagios" else set())
        if code not in allowed:
            yield f"nothing ends with {code}"
        names = {word for cell in row for word in re.findall(r"\b[A-Z]{5,}\b(?=:|`|$)", cell)} & set(codes.values())
        if names and codes.get(code) not in names:
            yield f"{code} is {codes.get(code)}, not {', '.join(sorted(names))}"


def broken_links(pages: Iterable[Page], root: Path) -> list[str]:
    """Relative links to a file that is not there, or to a heading that its page does not have."""
    texts = {page.name: page for page in pages}
    found = []
    for page in texts.values():
        for number, _, line in prose(page):
            for link in _LINK.findall(line):
                if re.match(r"[a-z]+:", link):
                    continue
                target, _, anchor = link.partition("#")
                name = _normal(PurePosixPath(page.name).parent / target) if target else page.name
                if not (root / name).exists():
                    found.append(f"{page.name}:{number}: {link} leads nowhere")
                elif anchor and name in texts and anchor not in anchors(texts[name]):
                    found.append(f"{page.name}:{number}: {name} has no heading #{anchor}")
    return found


def anchors(page: Page) -> set[str]:
    """The anchors that Forgejo and others give a page's headings; the second of the same text gets `-1`."""
    found: set[str] = set()
    for heading in headings(page):
        slug = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")
        number = 1
        unique = slug
        while unique in found:
            unique, number = f"{slug}-{number}", number + 1
        found.add(unique)
    return found


def _normal(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def wrong_versions(pages: Iterable[Page], oldest: int, newest: int) -> list[str]:
    """Tables by version of Forgejo that name one that is not known, or leave one out. `and later` and `any` go to the newest."""
    found = []
    for page in pages:
        for table in tables(page):
            if table.heads[0] != "Forgejo":
                continue
            covered: set[int] = set()
            for number, row in enumerate(table.rows, start=table.line + 2):
                named = versions(row[0], oldest, newest)
                covered |= named
                if not named or not named <= set(range(oldest, newest + 1)):
                    found.append(f"{page.name}:{number}: {row[0]} is no version from {oldest} to {newest}")
            missing = sorted(set(range(oldest, newest + 1)) - covered)
            found += [f"{page.name}:{table.line}: nothing is said of Forgejo {one}" for one in missing]
    return found


def versions(text: str, oldest: int, newest: int) -> set[int]:
    """The versions that a cell such as `7 to 15`, `7, 8` or `16 and later` names."""
    if text == "any":
        return set(range(oldest, newest + 1))
    found: set[int] = set()
    for first, last in re.findall(r"(\d+)(?: to (\d+))?", text):
        found |= set(range(int(first), int(last or first) + 1))
    return found | (set(range(max(found), newest + 1)) if found and "later" in text else set())


def unheld(pages: Iterable[Page], holders: Mapping[tuple[str, str], str]) -> list[str]:
    """Blocks and tables that no test holds. `holders` names the test by page and language, or page and head of the table."""
    found = []
    for page in pages:
        for block in blocks(page):
            if block.language not in ("console",) and (page.name, block.language) not in holders:
                found.append(f"{page.name}:{block.line}: no test holds this block of {block.language or 'nothing'}")
        for table in tables(page):
            if (page.name, " | ".join(table.heads)) not in holders:
                found.append(f"{page.name}:{table.line}: no test holds the table {' | '.join(table.heads)}")
    return found


def unused(pages: Iterable[Page], top: Command) -> list[str]:
    """Commands of the program that no page but its own help tells of."""
    texts = " ".join(page.text for page in pages if page.name != "docs/command-line.md")
    return [
        f"no page tells of `{' '.join(one.words)}`"
        for one in every(top)
        if one.words and not re.search(rf"(?:`|runner-scope-doctor |scripts/doctor ){' '.join(one.words)}\b", texts)
    ]

"""docs/install.md says what the installer does."""

from __future__ import annotations

import re

from support.command import ROOT

PAGE = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
HOST = ROOT / "scripts" / "host"


def test_every_option_is_described_and_none_is_invented() -> None:
    """The page has exactly the options of the command line."""
    options = set(re.findall(r'"(--[a-z-]+)"', (HOST / "arguments.py").read_text(encoding="utf-8")))
    assert {"--check", "--undo", "--runner-user"} <= options
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) == options


def test_every_place_is_in_the_page() -> None:
    """Nothing is made that the page does not list."""
    source = (HOST / "places.py").read_text(encoding="utf-8")
    places = re.findall(r'Path\("(/[^"]+)"\)', source) + re.findall(r'_UNIT = "([^"]+)"', source)
    assert len(places) >= 9
    assert [place for place in places if place not in PAGE] == []


def test_every_powerful_group_is_in_the_page() -> None:
    """The page names each group that the check looks for."""
    source = (HOST / "probing_user.py").read_text(encoding="utf-8")
    groups = re.findall(r'"([a-z-]+)"', source.split("POWERFUL_GROUPS = (")[1].split('"""')[0])
    assert len(groups) >= 9
    assert [group for group in groups if not re.search(rf"\b{group}\b", PAGE)] == []


def test_the_workflow_asks_with_the_command_that_is_put_there() -> None:
    """A repository that sets no variable starts what install-host installed, and not a path where nothing is."""
    workflow = (ROOT / ".forgejo" / "workflows" / "scope-repair.yml").read_text(encoding="utf-8")
    started = re.findall(r"vars\.RSD_COMMAND \|\| '([^']+)'", workflow)
    library = re.search(
        r'^LIBRARY = Path\("([^"]+)"\)$', (HOST / "places.py").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert library is not None
    assert started == [f"{library.group(1)}/bin/runner-scope-doctor"]

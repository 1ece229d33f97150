"""The page in a real Chromium: seen whole at every width, quiet on the network, usable by keyboard and screen reader, on A4."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner_scope_doctor.model.snapshot import Snapshot
from runner_scope_doctor.report.html_style import DARK, LIGHT
from support.browser import DESKTOP, PHONE, Browser, Page, Scheme, Scripts
from support.drawn_servers import crowd, reasons, sick_crowd, troubled
from support.hostile_text import MARKS
from support.html_document import document
from support.html_pages import page, page_of_strangers

LONG = "w" * 150 + "ä" * 150
PAGES = {
    "troubled": page(*troubled(), reasons()),
    "a crowd": page(crowd(60)),
    "a sick crowd": page(sick_crowd(120)),
    "strangers": page_of_strangers("".join(MARKS), LONG),
    "nothing but long names": page_of_strangers(LONG, LONG),
}
OUTSIDE = """
[...document.querySelectorAll("body *")].filter(one => one.checkVisibility()).flatMap(one => [...one.getClientRects()]
  .filter(box => box.width && (box.left < -0.5 || box.right > document.documentElement.clientWidth + 0.5))
  .map(box => one.outerHTML.slice(0, 120)))
"""
"""Visible elements that stick out of the page at the left or the right."""
UNSEEN = """
["h1", ".verdict .next", "#picture .legend", "#runner-5 .mark", "#runner-5 del", "#runner-5 ins", "#repository-35 .work .why",
 "#repository-41 .work .why",
 "#repository-36 .wanted", "#owner-1 .wanted", "#runner-8", "#repository-77 .gone", "#finding-1 table", "#finding-1 dd.next",
 "#unseen article", "footer"].filter(name => {
  const one = document.querySelector(name);
  return !one || !one.checkVisibility() || !one.getBoundingClientRect().width || !one.getBoundingClientRect().height;
})
"""
"""Parts of the page that should be there, and are not or have no size."""
MISPLACED = """
[...document.querySelectorAll(".tree > .runner")].filter(one => {
  const box = one.getBoundingClientRect(), place = one.parentElement.getBoundingClientRect();
  const line = getComputedStyle(one, ":before"), end = getComputedStyle(one, ":after");
  const kind = ["serves", "cut", "wanted"].find(name => one.classList.contains(name));
  const colour = {serves: "--healthy", cut: "--sick", wanted: "--link"}[kind];
  const ink = document.body.appendChild(document.createElement("i"));
  ink.style.setProperty("color", `var(${colour})`);
  const wanted = getComputedStyle(ink).color;
  ink.remove();
  return Math.abs(box.left - place.left) > 3 || parseFloat(line.width) < 10 || line.display === "none"
    || line.borderTopStyle !== (kind === "wanted" ? "dashed" : "solid") || line.borderTopColor !== wanted
    || end.backgroundColor !== wanted || !end.clipPath.startsWith("polygon");
}).map(one => one.outerHTML.slice(0, 120))
"""
"""Runners without a line of their own kind, an arrow or a cross on it, to the place they hang at."""


@pytest.fixture
def written(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The page whose name the test has as its parameter, else the one with every kind of trouble."""
    file = tmp_path / "report.html"
    file.write_text(PAGES[getattr(request, "param", "troubled")], encoding="utf-8")
    return file


def seen_on(browser: Browser, name: str) -> list[dict[str, Any]]:
    """What the browser told of the open page under that name."""
    return [event["params"] for event in browser.events if event["method"] == name]


def press(page: Page, key: str) -> None:
    """One key, down and up."""
    codes = {"Tab": 9, "Enter": 13}
    text = {"text": "\r"} if key == "Enter" else {}
    common = {"key": key, "code": key, "windowsVirtualKeyCode": codes[key]}
    page.command("Input.dispatchKeyEvent", type="keyDown", **common, **text)
    page.command("Input.dispatchKeyEvent", type="keyUp", **common)


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("written", list(PAGES), indirect=True)
def test_nothing_sticks_out_of_the_page(browser: Browser, written: Path, width: int) -> None:
    """On a phone and on a desk, names of any length wrap, and nobody has to scroll sideways, folded or not."""
    with browser.page(written, width) as opened:
        for _ in range(2):
            assert opened.value("document.documentElement.scrollWidth") == width
            assert opened.value(OUTSIDE) == []
            opened.value("document.querySelectorAll('details').forEach(one => { one.open = true })")


@pytest.mark.parametrize("scheme", list(Scheme))
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_every_part_is_there_and_can_be_seen(browser: Browser, written: Path, width: int, scheme: Scheme) -> None:
    """Verdict, picture, crossed-out pair, single scope, waiting jobs, findings, what was not seen; each runner has its line;
    and the page is light or dark as the reader's system is."""
    with browser.page(written, width, scheme) as opened:
        assert opened.value(UNSEEN) == []
        assert opened.value(MISPLACED) == []
        colour = (LIGHT if scheme is Scheme.LIGHT else DARK)["page"]
        numbers = ", ".join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))
        assert opened.value("getComputedStyle(document.body).backgroundColor") == f"rgb({numbers})"


@pytest.mark.parametrize("written", list(PAGES), indirect=True)
@pytest.mark.parametrize("scripts", list(Scripts))
def test_with_and_without_scripts_it_tells_the_same_and_asks_for_nothing(
    browser: Browser, written: Path, scripts: Scripts
) -> None:
    """The browser makes of it what a strict reader makes of it, sends no request but for the file, and has no complaint."""
    with browser.page(written, DESKTOP, scripts=scripts) as opened:
        (body,) = document(written.read_text(encoding="utf-8")).all("body")
        assert opened.value("document.body.textContent").rstrip() == body.text.rstrip()
        assert opened.value("document.scripts.length") == 0
        assert [one["request"]["url"] for one in seen_on(browser, "Network.requestWillBeSent")] == [written.as_uri()]
        assert seen_on(browser, "Log.entryAdded") == []
        assert seen_on(browser, "Runtime.exceptionThrown") == []


def test_the_policy_stops_what_got_in_all_the_same(browser: Browser, written: Path) -> None:
    """If an element ever got through, its script would not run, its image would not load and its style would not show."""
    smuggled = (
        '<script>document.title = "ran"</script><img src="http://127.0.0.1:9/x" onerror="document.title = \'ran\'">'
        '<style>h1 { display: none }</style><p id="styled" style="color: rgb(1, 2, 3)">x</p>'
        '<iframe src="http://127.0.0.1:9/y"></iframe>'
    )
    written.write_text(written.read_text(encoding="utf-8").replace("<footer>", f"{smuggled}<footer>"), encoding="utf-8")
    with browser.page(written, DESKTOP, scripts=Scripts.ON) as opened:
        assert opened.value("document.title").startswith("UNHEALTHY")
        assert opened.value("document.querySelector('h1').checkVisibility()")
        assert opened.value("getComputedStyle(document.querySelector('#styled')).color") != "rgb(1, 2, 3)"
        refused = "\n".join(one["entry"]["text"] for one in seen_on(browser, "Log.entryAdded"))
        for kind in ("inline script", "inline event handler", "inline style", "image", "Framing"):
            assert kind.lower() in refused.lower(), refused


@pytest.mark.parametrize("written", ["a crowd"], indirect=True)
def test_a_fold_opens_by_keyboard_and_without_scripts(browser: Browser, written: Path) -> None:
    """Tab leads to it, with a visible ring around it, and Enter unfolds it."""
    with browser.page(written, DESKTOP) as opened:
        for _ in range(40):
            press(opened, "Tab")
            if opened.value("document.activeElement.tagName") == "SUMMARY":
                break
        assert opened.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        assert not opened.value("document.querySelector('#runner-30').checkVisibility()")
        press(opened, "Enter")
        assert opened.value("document.activeElement.parentElement.open")
        assert opened.value("document.querySelector('#runner-30').checkVisibility()")


def test_a_screen_reader_finds_its_way(browser: Browser, written: Path) -> None:
    """Landmarks, one first heading with the verdict, named parts, lists within lists, tables with captions, named links."""
    with browser.page(written, DESKTOP) as opened:
        opened.command("Accessibility.enable")
        nodes = [one for one in opened.command("Accessibility.getFullAXTree")["nodes"] if not one["ignored"]]
        assert opened.value("document.documentElement.lang") == "en"
    named = [(one["role"]["value"], one.get("name", {}).get("value", "")) for one in nodes]
    roles = {role for role, _ in named}
    assert {"banner", "main", "contentinfo", "navigation", "list", "listitem", "heading", "table", "rowheader"} <= roles
    for name in ("Who serves whom", "Findings", "What was not seen"):
        assert ("region", name) in named
        assert ("heading", name) in named
    assert ("table", "Rows of action_runner") in named
    assert any(role == "heading" and name.startswith("UNHEALTHY RSD001") for role, name in named)
    assert all(name for role, name in named if role in ("link", "heading", "DisclosureTriangle"))


def test_on_paper_it_is_a4(browser: Browser, written: Path) -> None:
    """Pages of 210 by 297 mm, in the light colours whatever the screen has, with every part on them."""
    with browser.page(written, DESKTOP, Scheme.DARK) as opened:
        paper = opened.pdf()
        boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
        assert len(boxes) >= 2
        for width, height in boxes:
            assert abs(float(width) / 72 * 25.4 - 210) < 1
            assert abs(float(height) / 72 * 25.4 - 297) < 1
        opened.command("Emulation.setEmulatedMedia", media="print")
        assert opened.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        opened.command("Emulation.setDeviceMetricsOverride", width=688, height=1000, deviceScaleFactor=1, mobile=False)
        assert opened.value(UNSEEN) == []
        assert opened.value(OUTSIDE) == []


@pytest.mark.parametrize("written", ["a crowd", "a sick crowd"], indirect=True)
def test_on_paper_everything_is_unfolded(browser: Browser, written: Path) -> None:
    """On the screen the folds are closed; printed, what they hold is there, without a script and without a click."""
    shown = "[...document.querySelectorAll('.runner, .finding')].filter(one => !one.checkVisibility()).length"
    with browser.page(written, DESKTOP) as opened:
        assert opened.value("document.querySelectorAll('details[open]').length") == 0
        assert opened.value(shown) > 40
        pages = len(re.findall(rb"/MediaBox", opened.pdf()))
        opened.command("Emulation.setEmulatedMedia", media="print")
        assert opened.value(shown) == 0
        assert opened.value("document.querySelectorAll('details[open]').length") == 0
        opened.value("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert len(re.findall(rb"/MediaBox", opened.pdf())) == pages


@pytest.mark.alone
@pytest.mark.parametrize("seen", [crowd, sick_crowd])
def test_five_thousand_runners_open_in_a_moment(
    browser: Browser, tmp_path: Path, seen: Callable[[int], Snapshot]
) -> None:
    """Under 4 s from the file to a page that is laid out, because the healthy ones are folded, and most of the sick ones."""
    file = tmp_path / "report.html"
    file.write_text(page(seen(5000)), encoding="utf-8")
    begun = time.perf_counter()
    with browser.page(file, DESKTOP) as opened:
        assert opened.value("document.querySelectorAll('.runner').length") == 5000
        assert opened.value("document.body.getBoundingClientRect().height") < (5_000 if seen is crowd else 40_000)
        assert time.perf_counter() - begun < 4

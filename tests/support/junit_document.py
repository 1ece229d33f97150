"""The structure of a JUnit document, by Jenkins' junit-10.xsd, and what its tests came to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree

RESULTS = ("failure", "error", "skipped")
_ALLOWED = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname", "id", "package"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name", "classname", "time"}, {*RESULTS, "system-out", "system-err"}),
    **dict.fromkeys(RESULTS, ({"type", "message"}, set())),
}
_REQUIRED = {
    "testsuite": {"name", "tests", "failures", "errors"},
    "testcase": {"name"},
    "property": {"name", "value"},
}


@dataclass(frozen=True)
class Case:
    """One test. `result` is the name of the element below it, "passed" without one."""

    classname: str
    name: str
    result: str
    message: str
    body: str


def cases(text: str) -> list[Case]:
    """All tests of a document. AssertionError when its structure is not that of the schema or a count is wrong."""
    assert "<!" not in text
    root = ElementTree.fromstring(text.encode())  # noqa: S314 - what this product wrote
    assert root.tag == "testsuites"
    _hold(root)
    (suite,) = root
    found = [_case(element) for element in suite.iter("testcase")]
    counts = {"tests": len(found)} | {
        f"{result}s".replace("skippeds", "skipped"): sum(one.result == result for one in found) for result in RESULTS
    }
    assert {name: int(suite.attrib[name]) for name in counts} == counts
    return found


def results(found: Iterable[Case]) -> set[str]:
    """How these tests ended."""
    return {one.result for one in found}


def _hold(element: ElementTree.Element) -> None:
    attributes, children = _ALLOWED[element.tag]
    assert set(element.attrib) <= attributes, element.tag
    assert _REQUIRED.get(element.tag, set()) <= set(element.attrib), element.tag
    assert {child.tag for child in element} <= children, element.tag
    if element.tag not in RESULTS:
        assert not (element.text or "").strip(), f"text below {element.tag}"
    for child in element:
        _hold(child)


def _case(element: ElementTree.Element) -> Case:
    found = [child for child in element if child.tag in RESULTS]
    assert len(found) < 2
    if not found:
        return Case(element.attrib["classname"], element.attrib["name"], "passed", "", "")
    (result,) = found
    return Case(
        element.attrib["classname"], element.attrib["name"], result.tag, result.attrib["message"], result.text or ""
    )

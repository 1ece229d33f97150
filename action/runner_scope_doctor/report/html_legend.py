"""What the marks and the lines of the picture mean."""

from __future__ import annotations

from runner_scope_doctor.model.picture import Mark
from runner_scope_doctor.report.html_runner import tag
from runner_scope_doctor.report.markup import Markup, element, together, words

_MARKS = {
    Mark.SICK: "an error was found",
    Mark.WARNED: "a warning was found",
    Mark.UNKNOWN: "nothing found, and not everything seen",
    Mark.HEALTHY: "all was seen, nothing found",
}
_LINES = {"serves": "serves", "cut": "does not serve", "wanted": "should serve"}
"""By the class that draws them."""


def legend() -> Markup:
    """Both as lists of a sign and its meaning."""
    marks = (
        element("div", element("dt", tag(mark)), element("dd", words(said)), class_=f"is-{mark.name.lower()}")
        for mark, said in _MARKS.items()
    )
    lines = (
        element("div", element("dt", element("span", class_=f"sample {line}")), element("dd", words(said)))
        for line, said in _LINES.items()
    )
    return together((element("dl", *marks, class_="legend"), element("dl", *lines, class_="legend")))

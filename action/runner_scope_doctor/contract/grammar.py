"""What a contract alone may hold; what its values share with other files is in `yaml_tree/words.py`.

`schema.json` says the same in its own words; a test holds them equal.
"""

from __future__ import annotations

import re

from runner_scope_doctor.yaml_tree.words import line_problem

VERSION = 1
"""The only version of the contract's form so far."""
MOST_BYTES = 1_000_000
"""A larger file is refused before it is read."""
MOST_RUNNERS = 10_000
"""More declarations than this are refused."""

LABEL = re.compile(r"^[^:]+$")


def label_problem(text: str) -> str | None:
    """Why the text cannot be a label, as the rest of a sentence; None when it can."""
    if (problem := line_problem(text)) is not None:
        return problem
    if not LABEL.fullmatch(text):
        return "holds a colon; write only what is before it, as Forgejo stores a label without its `:host` part"
    return None

"""What one value of `host.yml` may look like. `host.schema.json` says the same in its own words; a test holds them equal."""

from __future__ import annotations

import re

from runner_scope_doctor.yaml_tree.words import line_problem

VERSION = 1
"""The only version of the file's form so far."""
MOST_BYTES = 1_000_000
"""A larger file is refused before it is read."""
MOST_PEOPLE = 1_000
"""More people than this are refused."""
LONGEST_PATH = 4_095
"""Bytes; Linux' PATH_MAX without its end."""
DEFAULT_PLAN_SECONDS = 24 * 3_600
REPORT_FORMATS = ("text", "json", "junit", "sarif", "nagios", "prometheus", "html")
"""The words of `check --format`; a test holds them equal."""

PATH = re.compile(r"^(?!.*/\.\.(/|$))/[^/]")
PRINCIPAL = re.compile(r'^[^ ,"*?!#]+$')
LOGIN = re.compile(r"^[^:/ ]+$")
ENVIRONMENT = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
WORKFLOW = re.compile(r"^\.(forgejo|gitea|github)/workflows/[^/ ]+\.ya?ml$")
BRANCH = re.compile(
    r"^(?!refs/(?!heads/))(?![-./])(?!@$)(?!.*(\.\.|//|/\.|@\{|\.lock(/|$)))[^ ~^:?*\[\\]*[^ ~^:?*\[\\/.]$"
)
_HEADS = "refs/heads/"


def path_problem(text: str) -> str | None:
    """Why the text cannot be an absolute path, as the rest of a sentence; None when it can."""
    if (problem := line_problem(text, longest=LONGEST_PATH)) is not None:
        return problem
    return None if PATH.match(text) else "is not an absolute path without `..`"


def principal_problem(text: str) -> str | None:
    """Why the text cannot be one principal of an allowed signers file, as the rest of a sentence; None when it can."""
    if (problem := line_problem(text)) is not None:
        return problem
    return None if PRINCIPAL.fullmatch(text) else "is a pattern or several principals"


def login_problem(text: str) -> str | None:
    """Why the text cannot be an account of this host, as the rest of a sentence; None when it can."""
    if (problem := line_problem(text)) is not None:
        return problem
    return None if LOGIN.fullmatch(text) else "holds a colon, a slash or a space"


def environment_problem(text: str) -> str | None:
    """Why the text cannot name an environment, as the rest of a sentence; None when it can."""
    if (problem := line_problem(text)) is not None:
        return problem
    return None if ENVIRONMENT.fullmatch(text) else "holds something else than letters, digits, `.`, `_` and `-`"


def workflow_problem(text: str) -> str | None:
    """Why the text cannot be a workflow's path, as the rest of a sentence; None when it can."""
    if (problem := line_problem(text)) is not None:
        return problem
    return None if WORKFLOW.fullmatch(text) else "is not a workflow file of Forgejo"


def branch_problem(text: str) -> str | None:
    """Why the text cannot be a branch, as the rest of a sentence; None when it can."""
    if (problem := line_problem(text)) is not None:
        return problem
    if "*" in text or "?" in text:
        return "is a pattern, and branches are compared character by character"
    if text.startswith("refs/") and not text.startswith(_HEADS):
        return "is a ref of another kind than a branch, and any writer can make such a one"
    return None if BRANCH.fullmatch(text) else "is not a branch's name"


def full_ref(branch: str) -> str:
    """`refs/heads/main` for `main` and for itself, as `action_run.ref` holds it."""
    return branch if branch.startswith(_HEADS) else _HEADS + branch

"""One node of `host.yml` to one value of the host's own kinds."""

from __future__ import annotations

from pathlib import Path

from runner_scope_doctor.host.grammar import login_problem, path_problem
from runner_scope_doctor.model.host import SelfReview
from runner_scope_doctor.yaml_tree.fields import line_text, text
from runner_scope_doctor.yaml_tree.tree import Node, Scalar, ScalarKind, refused


def path(node: Node) -> Path:
    """An absolute path. A wrong one is not shown: it may be a URL with a password that was put here by mistake."""
    value = text(node, "an absolute path") if isinstance(node, Scalar) else None
    if value is None:
        raise refused(node.location, node.key, "must be an absolute path, not a list or keys and values.")
    if (wrong := path_problem(value)) is not None:
        raise refused(node.location, node.key, f"what stands here {wrong}; write it from / on.")
    return Path(value)


def optional_path(node: Node | None) -> Path | None:
    """None for a key that is not there."""
    return None if node is None else path(node)


def is_true(node: Node) -> bool:
    """`true` or `false`, the two words that every YAML version takes for the same."""
    if isinstance(node, Scalar) and node.kind is ScalarKind.BOOLEAN and node.text in ("true", "false"):
        return node.text == "true"
    raise refused(node.location, node.key, "must be true or false, in these words and without quotes.")


def self_review(node: Node | None, *, otherwise: SelfReview) -> SelfReview:
    """What `prevent_self_review` says; `otherwise` when the key is not there."""
    if node is None:
        return otherwise
    return SelfReview.PREVENTED if is_true(node) else SelfReview.ALLOWED


def account(node: Node) -> str:
    """The name of an account of this host."""
    return line_text(node, "an account of this host", login_problem, "the name that `id -un` prints")

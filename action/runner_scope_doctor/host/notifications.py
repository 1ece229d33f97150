"""`reports`, `ping` and `issues`: what `host check` writes and whom it tells. All of it is off until it is named."""

from __future__ import annotations

from runner_scope_doctor.host.grammar import REPORT_FORMATS
from runner_scope_doctor.host.values import optional_path, path
from runner_scope_doctor.model.host import IssueAccess, PingAccess, ReportFile
from runner_scope_doctor.model.wording import named
from runner_scope_doctor.yaml_tree.fields import fields, line_text
from runner_scope_doctor.yaml_tree.tree import Mapping, Node, refused
from runner_scope_doctor.yaml_tree.words import repository_problem


def reports_of(node: Node | None) -> tuple[ReportFile, ...]:
    """One file for each format that is named, in the order of the formats; none when the key is not there."""
    if node is None:
        return ()
    entry = fields(node, required=(), optional=REPORT_FORMATS)
    if not entry:
        raise refused(node.location, node.key, "no format is named; name one with a path, or leave the key out.")
    reports: list[ReportFile] = []
    for word in REPORT_FORMATS:
        if word not in entry:
            continue
        report = ReportFile(format=word, path=path(entry[word]))
        if (first := next((one for one in reports if one.path == report.path), None)) is not None:
            raise refused(
                entry[word].location,
                entry[word].key,
                f"{named(str(report.path))} is already the file of {first.format}.",
            )
        reports.append(report)
    return tuple(reports)


def ping_of(node: Node | None) -> PingAccess | None:
    """What stands in the place of the keys is not shown: it may be the address itself, which is a secret."""
    if node is None:
        return None
    _require_keys(node, "must be {url_file: /path/to/file}; the address belongs into that file.")
    entry = fields(node, required=("url_file",), optional=("failure_url_file", "ca_file"))
    return PingAccess(
        url_file=path(entry["url_file"]),
        failure_url_file=optional_path(entry.get("failure_url_file")),
        ca_file=optional_path(entry.get("ca_file")),
    )


def issues_of(node: Node | None) -> IssueAccess | None:
    """What stands in the place of the keys is not shown: it may be the token itself."""
    if node is None:
        return None
    _require_keys(
        node, "must be {repository: owner/name, token_file: /path/to/file}; the token belongs into that file."
    )
    entry = fields(node, required=("repository", "token_file"), optional=("ca_file",))
    allowed = "write owner/name, without the server's address"
    return IssueAccess(
        repository=line_text(entry["repository"], "owner/name", repository_problem, allowed),
        token_file=path(entry["token_file"]),
        ca_file=optional_path(entry.get("ca_file")),
    )


def _require_keys(node: Node, wanted: str) -> None:
    if not isinstance(node, Mapping) or any("://" in key.text for key, _ in node.entries):
        raise refused(node.location, node.key, wanted)

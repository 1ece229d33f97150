"""`host.yml` to a HostConfiguration. Every key, at every depth, is one of those named in this room."""

from __future__ import annotations

from pathlib import Path

from runner_scope_doctor.files.read import utf8_text
from runner_scope_doctor.host.environments import Presence, Surroundings, environments_of
from runner_scope_doctor.host.grammar import DEFAULT_PLAN_SECONDS, MOST_BYTES, VERSION
from runner_scope_doctor.host.notifications import issues_of, ping_of, reports_of
from runner_scope_doctor.host.people import people_of
from runner_scope_doctor.host.trust import trusted_bytes
from runner_scope_doctor.host.values import account, optional_path, path, self_review
from runner_scope_doctor.model.host import (
    ApiAccess,
    AppIniFile,
    Connection,
    Connections,
    DatabaseUrlFile,
    HostConfiguration,
    SelfReview,
)
from runner_scope_doctor.model.wording import named
from runner_scope_doctor.yaml_tree.fields import (
    Fields,
    duration_in_seconds,
    fields,
    instance_address,
    require_version,
    sequence,
)
from runner_scope_doctor.yaml_tree.tree import (
    Location,
    Mapping,
    Node,
    Scalar,
    ScalarKind,
    YamlFile,
    read_tree,
    refused,
)

DEFAULT_FILE = Path("/etc/runner-scope-doctor/host.yml")
"""Where the file is when nobody says otherwise."""
_SMALLEST = f"the smallest has `version: {VERSION}`, `instance`, `state` and `connections` with `check`."
_REQUIRED = ("version", "instance", "state", "connections")
_OPTIONAL = (
    "contract",
    "people",
    "allowed_signers",
    "revoked_keys",
    "api",
    "prevent_self_review",
    "plan_valid_for",
    "environments",
    "service",
    "break_glass",
    "reports",
    "ping",
    "issues",
)
_ONE_OF = "{app_ini: /path/to/app.ini} or {database_url_file: /path/to/file}"


def read_host_configuration(file: Path, *, operator: int) -> HostConfiguration:
    """The configuration in the file, which nobody but root and the user id `operator` can have written.

    Raises SettingsInvalid when a part of the path is looser than that, when the file cannot be read, is too large or
    not UTF-8, and when it is no configuration.
    """
    content = trusted_bytes(file, operator=operator, most_bytes=MOST_BYTES)
    text = utf8_text(content, file=file, next_step="Save the file in UTF-8.")
    return parse_host_configuration(text, file=str(file))


def parse_host_configuration(text: str, *, file: str) -> HostConfiguration:
    """The configuration in the text. `file` is what messages call it.

    Raises SettingsInvalid, whose `problem` begins `file:line: key:`, for the first thing that is wrong.
    """
    host_file = YamlFile(name=file, kind="host configuration", checked_by=None)
    root = read_tree(text, file=host_file)
    if root is None or (isinstance(root, Scalar) and root.kind is ScalarKind.NULL):
        raise refused(Location(file=host_file, line=1), "", f"the host configuration is empty; {_SMALLEST}")
    require_version(root, VERSION)
    return _configuration(fields(root, required=_REQUIRED, optional=_OPTIONAL), file)


def _configuration(top: Fields, file: str) -> HostConfiguration:
    allowed_signers = optional_path(top.get("allowed_signers"))
    api = _api(top.get("api"))
    valid_for = top.get("plan_valid_for")
    callers = _callers(top.get("service"))
    surroundings = Surroundings(
        people=people_of(top.get("people")),
        self_review=self_review(top.get("prevent_self_review"), otherwise=SelfReview.PREVENTED),
        plan_valid_for=DEFAULT_PLAN_SECONDS if valid_for is None else duration_in_seconds(valid_for),
        signers=Presence.MISSING if allowed_signers is None else Presence.NAMED,
        api=Presence.MISSING if api is None else Presence.NAMED,
    )
    return HostConfiguration(
        file=file,
        instance=instance_address(top["instance"]),
        state=path(top["state"]),
        connections=_connections(top["connections"]),
        api=api,
        contract=optional_path(top.get("contract")),
        people=surroundings.people,
        allowed_signers=allowed_signers,
        revoked_keys=_revoked_keys(top),
        self_review=surroundings.self_review,
        plan_valid_for=surroundings.plan_valid_for,
        environments=environments_of(top.get("environments"), surroundings),
        callers=callers,
        break_glass=_break_glass(top.get("break_glass"), callers),
        reports=reports_of(top.get("reports")),
        ping=ping_of(top.get("ping")),
        issues=issues_of(top.get("issues")),
    )


def _callers(node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    listed = fields(node, required=("callers",), optional=())["callers"]
    items = sequence(listed, "a list of accounts, such as [forgejo-runner]")
    if not items:
        raise refused(listed.location, listed.key, "an empty list lets nobody in but root; leave the key service out.")
    callers: list[str] = []
    for item in items:
        if (login := account(item)) in callers:
            raise refused(item.location, item.key, f"{named(login)} stands twice; keep one of them.")
        callers.append(login)
    return tuple(callers)


def _break_glass(node: Node | None, callers: tuple[str, ...]) -> str | None:
    if node is None:
        return None
    if (login := account(node)) in callers:
        raise refused(
            node.location,
            node.key,
            f"{named(login)} is one of service.callers, and a job must not go without an approval.",
        )
    return login


def _revoked_keys(top: Fields) -> Path | None:
    node = top.get("revoked_keys")
    if node is not None and "allowed_signers" not in top:
        raise refused(node.location, node.key, "says nothing without allowed_signers; add that key, or drop this one.")
    return optional_path(node)


def _api(node: Node | None) -> ApiAccess | None:
    """What stands in the place of the keys is not shown: it may be the token itself."""
    if node is None:
        return None
    if not isinstance(node, Mapping):
        raise refused(node.location, node.key, "must be {token_file: /path/to/file}; the token belongs into that file.")
    entry = fields(node, required=("token_file",), optional=("ca_file",))
    return ApiAccess(token_file=path(entry["token_file"]), ca_file=optional_path(entry.get("ca_file")))


def _connections(node: Node) -> Connections:
    _require_keys(node, f"check and other purposes, each with {_ONE_OF}")
    entry = fields(node, required=("check",), optional=("approval", "backup", "repair"))
    check = _connection(entry["check"])
    return Connections(
        check=check,
        approval=_connection(entry["approval"]) if "approval" in entry else check,
        backup=_connection(entry["backup"]) if "backup" in entry else None,
        repair=_connection(entry["repair"]) if "repair" in entry else None,
    )


def _connection(node: Node) -> Connection:
    _require_keys(node, _ONE_OF)
    entry = fields(node, required=(), optional=("app_ini", "database_url_file"))
    if len(entry) != 1:
        given = "both are given" if entry else "nothing is given"
        raise refused(node.location, node.key, f"{given}; it must be {_ONE_OF}.")
    if "app_ini" in entry:
        return AppIniFile(path=path(entry["app_ini"]))
    return DatabaseUrlFile(path=path(entry["database_url_file"]))


def _require_keys(node: Node, wanted: str) -> None:
    """What stands in the place of keys is not shown: it may be a URL with a password."""
    if not isinstance(node, Mapping) or any("://" in key.text for key, _ in node.entries):
        raise refused(node.location, node.key, f"must be {wanted}; a URL with a password belongs into a file.")

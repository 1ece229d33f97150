"""The tree to a Contract. Every key, at every depth, is one of those named here."""

from __future__ import annotations

from runner_scope_doctor.contract.grammar import MOST_BYTES, MOST_RUNNERS, VERSION, label_problem
from runner_scope_doctor.model.contract import Contract, ContractLocation, DeclaredRunner, UndeclaredRule
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.scope import InstanceScope, OwnerKind, OwnerScope, RepositoryScope, Scope
from runner_scope_doctor.model.wording import named
from runner_scope_doctor.yaml_tree.fields import (
    Fields,
    duration_in_seconds,
    fields,
    id_number,
    instance_address,
    line_text,
    require_version,
    sequence,
    text,
    unknown_word,
)
from runner_scope_doctor.yaml_tree.tree import (
    Location,
    Mapping,
    Node,
    Scalar,
    ScalarKind,
    Sequence,
    YamlFile,
    read_tree,
    refused,
)
from runner_scope_doctor.yaml_tree.words import line_problem, owner_problem, repository_problem

_SMALLEST = f"the smallest has `version: {VERSION}` and one entry under `runners` with `name` and `scope`."
_SCOPES = (
    "instance, or one of {repository: owner/name}, {organization: name} and {user: name}; "
    "an id goes beside the name, as id: N, or in its place, as {id: N}"
)


def parse_contract(text: str, *, file: str) -> Contract:
    """The contract in the text. `file` is what locations and messages call it.

    Raises SettingsInvalid, whose `problem` begins `file:line: key:`, for the first thing that is wrong.
    """
    if len(text.encode(errors="surrogatepass")) > MOST_BYTES:
        raise SettingsInvalid(
            f"{file}: larger than {MOST_BYTES} bytes.", next_step="Declare fewer runners, or give the right file."
        )
    contract_file = YamlFile(name=file, kind="contract", checked_by="runner-scope-doctor contract lint")
    root = read_tree(text, file=contract_file)
    if root is None or (isinstance(root, Scalar) and root.kind is ScalarKind.NULL):
        raise refused(Location(file=contract_file, line=1), "", f"the contract is empty; {_SMALLEST}")
    require_version(root, VERSION)
    top = fields(root, required=("version", "runners"), optional=("instance", "undeclared"))
    instance = top.get("instance")
    return Contract(
        instance=None if instance is None else instance_address(instance),
        instance_location=None if instance is None else _location(instance),
        runners=_runners(top["runners"]),
        undeclared=_undeclared(top.get("undeclared")),
        file=file,
    )


def _location(node: Node) -> ContractLocation:
    return ContractLocation(file=node.location.file.name, line=node.location.line)


def _undeclared(node: Node | None) -> UndeclaredRule:
    if node is None:
        return UndeclaredRule.WARN
    word = text(node, "one word")
    allowed = tuple(rule.value for rule in UndeclaredRule)
    if word not in allowed:
        raise unknown_word(node, word, allowed)
    return UndeclaredRule(word)


def _runners(node: Node) -> tuple[DeclaredRunner, ...]:
    items = sequence(node, "a list of runners, each beginning with `- name:`")
    if not items:
        raise refused(node.location, node.key, f"no runner is declared; {_SMALLEST}")
    if len(items) > MOST_RUNNERS:
        raise refused(node.location, node.key, f"{len(items)} runners are declared; at most {MOST_RUNNERS} may be.")
    runners = tuple(map(_runner, items))
    lines: dict[str, int] = {}
    for item, runner in zip(items, runners, strict=True):
        if runner.name in lines:
            raise refused(
                item.location,
                f"{node.key}.name",
                f"runner {named(runner.name)} is declared twice, on line {lines[runner.name]} and on line "
                f"{runner.location.line}; keep one of them.",
            )
        lines[runner.name] = runner.location.line
    return runners


def _runner(node: Node) -> DeclaredRunner:
    entry = fields(node, required=("name", "scope"), optional=("labels", "online_within", "max_wait", "reason"))
    return DeclaredRunner(
        name=line_text(entry["name"], "the runner's name", line_problem, "the name Forgejo shows"),
        scope=_scope(entry["scope"]),
        labels=_labels(entry.get("labels")),
        online_within=_seconds(entry.get("online_within")),
        max_wait=_seconds(entry.get("max_wait")),
        location=_location(node),
        reason=_reason(entry.get("reason")),
    )


def _labels(node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    items = sequence(node, "a list of labels, such as [deploy]")
    if not items:
        raise refused(node.location, node.key, "an empty list judges nothing; name a label or leave the key out.")
    labels = tuple(line_text(item, "a label", label_problem, "such as deploy") for item in items)
    seen: set[str] = set()
    for item, label in zip(items, labels, strict=True):
        if label in seen:
            raise refused(item.location, node.key, f"label {named(label)} stands twice; keep one of them.")
        seen.add(label)
    return labels


def _reason(node: Node | None) -> str | None:
    return None if node is None else line_text(node, "a sentence", line_problem, "write one short line")


def _seconds(node: Node | None) -> int | None:
    return None if node is None else duration_in_seconds(node)


def _scope(node: Node) -> Scope:
    if isinstance(node, Sequence):
        raise refused(node.location, node.key, f"must be {_SCOPES}, not a list; a runner has one scope.")
    if isinstance(node, Scalar):
        return _scope_word(node)
    entry = fields(node, required=(), optional=("repository", "organization", "user", "id"))
    kinds = [key for key in ("repository", "organization", "user") if entry.get(key) is not None]
    if len(kinds) > 1:
        raise refused(node.location, node.key, f"{' and '.join(kinds)} are both given; a runner has one scope.")
    if not kinds:
        raise refused(node.location, node.key, _no_kind(entry))
    return _scope_of(kinds[0], entry)


def _no_kind(entry: Fields) -> str:
    if entry.get("id") is not None:
        return "an id alone does not say of what; write {repository: {id: N}}, or organization or user in its place."
    return f"is empty; it must be {_SCOPES}."


def _scope_word(node: Scalar) -> Scope:
    word = text(node, _SCOPES)
    if word == "instance":
        return InstanceScope()
    if repository_problem(word) is None:
        raise refused(node.location, node.key, f"write {{repository: {word}}} to mean that repository.")
    raise refused(node.location, node.key, f"{named(word)} is not a scope; it must be {_SCOPES}.")


def _scope_of(kind: str, entry: Fields) -> Scope:
    name, row_id = _named_thing(kind, entry)
    match kind:
        case "repository":
            return RepositoryScope(name=name, id=row_id)
        case "organization":
            return OwnerScope(kind=OwnerKind.ORGANIZATION, name=name, id=row_id)
        case _:
            return OwnerScope(kind=OwnerKind.USER, name=name, id=row_id)


def _named_thing(kind: str, entry: Fields) -> tuple[str | None, int | None]:
    """The name, the id or both: `kind: name`, `kind: name` with `id: N` beside it, `kind: {id: N}`."""
    node, beside = entry[kind], entry.get("id")
    if isinstance(node, Mapping):
        inner = fields(node, required=("id",), optional=())
        if beside is not None:
            raise refused(beside.location, beside.key, "the id is given twice; keep one of them.")
        return None, id_number(inner["id"])
    form = "owner/name" if kind == "repository" else "name"
    if isinstance(node, Scalar) and node.kind is ScalarKind.INTEGER:
        digits = named(node.text)
        raise refused(
            node.location,
            node.key,
            f'{digits} may be a name or an id; write "{digits}" for a name, {{id: {digits}}} for an id.',
        )
    problem = repository_problem if kind == "repository" else owner_problem
    name = line_text(node, f"{form}, or {{id: N}}", problem, f"write {form}, without the server's address")
    return name, None if beside is None else id_number(beside)

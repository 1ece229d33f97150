"""Documents as plain values: how one is changed a little, and how it is written as YAML."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import yaml
from hypothesis import strategies as st

Document = None | bool | int | float | str | list["Document"] | dict[str, "Document"]

_CHANGES = st.sampled_from(["add", "remove", "repeat"])


@st.composite
def changed(
    draw: st.DrawFn,
    valid: st.SearchStrategy[Document],
    *,
    values: st.SearchStrategy[Document],
    keys: st.SearchStrategy[str],
) -> Document:
    """A valid document with up to two values replaced, removed, added or said twice."""
    document = copy.deepcopy(draw(valid))
    for _ in range(draw(st.integers(0, 2))):
        places = list(_containers(document))
        if not places:
            break
        place = draw(st.sampled_from(places))
        value = copy.deepcopy(draw(values))
        if isinstance(place, dict):
            _change_mapping(draw, place, value, keys)
        else:
            _change_list(draw, place, value)
    return document


def _containers(document: Document) -> Iterator[dict[str, Document] | list[Document]]:
    if isinstance(document, dict):
        yield document
        for value in document.values():
            yield from _containers(value)
    elif isinstance(document, list):
        yield document
        for value in document:
            yield from _containers(value)


def _change_mapping(
    draw: st.DrawFn, mapping: dict[str, Document], value: Document, keys: st.SearchStrategy[str]
) -> None:
    step = draw(_CHANGES) if mapping else "add"
    key = draw(keys) if step == "add" else draw(st.sampled_from(sorted(mapping)))
    if step == "remove":
        del mapping[key]
    else:
        mapping[key] = value


def _change_list(draw: st.DrawFn, items: list[Document], value: Document) -> None:
    step = draw(_CHANGES) if items else "add"
    if step == "remove":
        items.pop()
    else:
        items.append(copy.deepcopy(items[0]) if step == "repeat" else value)


class _PlainDumper(yaml.SafeDumper):
    """Writes a value that occurs twice twice: our files may hold no alias."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def dumped(document: Document) -> str:
    """The document as YAML by PyYAML's own writer."""
    return yaml.dump(document, Dumper=_PlainDumper, sort_keys=False)

"""A page of HTML as a tree, read strictly: what a browser would have to guess at is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(("meta",))


@dataclass(slots=True)
class Node:
    """An element, with its texts and elements in order."""

    tag: str
    attributes: dict[str, str | None]
    content: list[Node | str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Node]:
        """Itself and every element in it, in the order of the page."""
        yield self
        for one in self.content:
            if isinstance(one, Node):
                yield from one

    @property
    def text(self) -> str:
        """All its text, as a reader sees it with everything unfolded."""
        return "".join(one if isinstance(one, str) else one.text for one in self.content)

    @property
    def classes(self) -> frozenset[str]:
        """Its classes."""
        return frozenset((self.attributes.get("class") or "").split())

    def all(self, tag: str, kind: str | None = None) -> list[Node]:
        """The elements of that name, and of that class where one is given."""
        return [one for one in self if one.tag == tag and (kind is None or kind in one.classes)]

    def with_id(self, name: str) -> Node:
        """The one element of that id."""
        (found,) = [one for one in self if one.attributes.get("id") == name]
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self.open = [self.root]
        self.doctypes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute twice in {tag}"
        node = Node(tag, dict(attrs))
        self.open[-1].content.append(node)
        if tag not in _VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> ends <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].content.append(data)

    def handle_decl(self, decl: str) -> None:
        self.doctypes.append(decl)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data!r}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data!r}")


def document(page: str) -> Node:
    """The html element of a page. Raises AssertionError for a page that is not whole."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == [reader.root]
    assert reader.doctypes == ["DOCTYPE html"]
    (root,) = [one for one in reader.root.content if isinstance(one, Node)]
    assert root.tag == "html"
    return root


def skeleton(node: Node) -> tuple[object, ...]:
    """Its elements and the names of their attributes, without any text or value."""
    parts = (skeleton(one) for one in node.content if isinstance(one, Node))
    return (node.tag, tuple(node.attributes), *parts)

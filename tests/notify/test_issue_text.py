"""No name that a stranger gave a runner becomes more than text in an issue: no mention, no reference, no link, no markup."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt  # CommonMark, as Forgejo's goldmark is; the tests have it through import-linter
from markdown_it.token import Token

from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.model.finding import Severity
from runner_scope_doctor.notify.decision import Check, Open, Sight, decided
from runner_scope_doctor.notify.issue_text import gone_text
from runner_scope_doctor.notify.marker import Hand, Marker, MarkState, marked, marked_text
from runner_scope_doctor.notify.problem import problem_mark, problems_of, server_mark
from support.contracts import contract, declared
from support.issue_checks import INSTANCE, repaired
from support.snapshots import NOW, runner, snapshot

MENTION = re.compile(
    r"(?:\s|^|\(|\[)(@[0-9a-zA-Z-_]+|@[0-9a-zA-Z-_]+/?[0-9a-zA-Z-_]+|@[0-9a-zA-Z-_][0-9a-zA-Z-_.]+/?[0-9a-zA-Z-_.]+"
    r"[0-9a-zA-Z-_])(?:'|\s|[:,;.?!]\s|[:,;.?!]?$|\)|\])",
    re.MULTILINE,
)
REFERENCE = re.compile(r"[#!][0-9]+|[0-9a-zA-Z-_.]+/[0-9a-zA-Z-_.]+@[0-9a-f]{7,64}|\b[A-Z]{1,10}-[1-9][0-9]*\b")
"""What Forgejo looks for outside of code (`modules/references/references.go`); the second one finds more than Forgejo does."""
NAMES = [
    "@admin", "@ops/owners", " @admin, @root ", "#1", "closes #5", "fixes ops/forgejo#5", "!7", "ops/forgejo@0123456789abcdef",
    "ABC-1", "[x](https://evil.example/)", "![x](https://evil.example/x.png)", "<img src=x onerror=alert(1)>", "<b>", "</code>",
    "`", "``", "```", "~~~", "```\n@admin", "\n```\n@admin\n", "a\r\n\r\n# heading", "\\`",
    "https://git.example.org/ops/forgejo/issues/5",
    "<https://evil.example/>", "$`x`$", "$$x$$", ":tada:", "- [ ] task", "| a | b |",
    "[^1]: x", "\u202e gnp.exe", "\u2028@admin", "\x00",
    "<!-- runner-scope-doctor 1 -->", "-->", "--- \na: b\n---", "@2h", "::error::x", "\ud800", "x" * 5_000, "",
]  # fmt: skip
PARTS = st.sampled_from(NAMES) | st.characters()
HOSTILE = st.lists(PARTS, min_size=1, max_size=5).map("".join)
UNHURRIED = settings(deadline=None)  # the machine is shared: a slow example is no fault


def opened(name: str) -> Open:
    """The issue about a sick runner of that name, which the contract names too."""
    sick = diagnosed(
        snapshot(runner(5, name=name, owner_id=1, repo_id=35, labels=(name,))),
        contract=contract(declared("a", labels=("b",)), declared(name)),
        fail_on=Severity.ERROR,
    )
    check = Check(instance=INSTANCE, problems=problems_of(sick), sight=Sight.WHOLE, repairs=(), now=NOW)
    return next(step for step in decided(check, ()).steps if isinstance(step, Open) and "RSD001" in step.title)


def outside_code(text: str) -> list[tuple[str, str]]:
    """Kind and content of everything that is not in a block or span of code."""
    found: list[tuple[str, str]] = []

    def walk(tokens: list[Token]) -> None:
        for token in tokens:
            if token.children is not None:
                walk(token.children)
            elif token.type not in ("fence", "code_inline"):
                found.append((token.type, token.content))

    walk(MarkdownIt("commonmark", {"html": True}).parse(text))
    return found


CALM = opened("deploy-host")
MARK_LINE = re.compile(r"<!-- runner-scope-doctor 1 [a-z0-9=RSD ]+ -->")


def timeless(parts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without the digests of the marker."""
    return [(kind, MARK_LINE.sub("MARK", content)) for kind, content in parts]


@UNHURRIED
@given(HOSTILE)
@example("\n```\n@admin\n")
@example("` @admin `")
@example("``` @admin ```")
def test_a_name_is_in_code_and_nowhere_else(name: str) -> None:
    """Whatever a runner is called, all that stands outside of code is what stands there for a runner with a plain name."""
    issue = opened(name)
    assert timeless(outside_code(issue.body)) == timeless(outside_code(CALM.body))
    assert issue.title == CALM.title


@UNHURRIED
@given(HOSTILE)
@example("```")
@example("\u202e gnp.exe")
def test_within_the_block_a_name_is_visible_text(name: str) -> None:
    """No line of the block holds a fence, and nothing in the whole text is a control, invisible or bidirectional character."""
    text = opened(name).body
    block = text.partition("\n```text\n")[2].rpartition("\n```\n")[0]
    assert block
    assert "```" not in block
    assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize("name", NAMES)
def test_each_known_trick_is_inert(name: str) -> None:
    """The same for every trick by itself."""
    assert timeless(outside_code(opened(name).body)) == timeless(outside_code(CALM.body))


def test_our_own_words_mention_and_reference_nobody() -> None:
    """Outside of code nothing is a mention, a reference, a link, an image or HTML but the marker's comment; nor in the title."""
    parts = outside_code(CALM.body)
    assert {kind for kind, _ in parts} <= {
        "paragraph_open", "paragraph_close", "strong_open", "strong_close", "text", "softbreak", "html_block",
    }  # fmt: skip
    assert [bool(MARK_LINE.fullmatch(content.strip())) for kind, content in parts if kind == "html_block"] == [True]
    words = "\n".join(content for kind, content in parts if kind == "text") + CALM.title
    repaired_text = gone_text(None, "RSD001, runner 5", first=NOW, now=NOW, repair=repaired(at=NOW))
    words += "\n".join(content for kind, content in outside_code(repaired_text) if kind == "text")
    assert MENTION.search(words) is None
    assert REFERENCE.search(words) is None


@UNHURRIED
@given(HOSTILE)
def test_a_closed_issue_keeps_the_name_in_code(name: str) -> None:
    """What stood there is repeated when the problem is gone, and is as inert as before."""

    def gone(issue: Open) -> list[tuple[str, str]]:
        taken = marked_text(issue.body)
        assert taken is not None
        assert taken.hand is Hand.OURS
        return outside_code(gone_text(taken.text, "RSD001", first=NOW, now=NOW, repair=None))

    assert gone(opened(name)) == gone(CALM)


def test_no_text_grows_without_bound() -> None:
    """A name of a million characters, and a thousand findings, make an issue of less than 64 KiB."""
    many = [runner(number, name="@" * 250, owner_id=1, repo_id=35, labels=None) for number in range(1, 1_000)]
    sick = diagnosed(snapshot(*many), contract=None, fail_on=Severity.ERROR)
    check = Check(instance=INSTANCE, problems=problems_of(sick), sight=Sight.WHOLE, repairs=(), now=NOW)
    steps = [step for step in decided(check, ()).steps if isinstance(step, Open)]
    assert max(len(step.body.encode()) for step in [*steps, opened("x" * 1_000_000)]) < 1 << 16
    assert len(steps) == 11


@pytest.mark.parametrize(
    "instance", ["https://" + "a" * 2_000 + ".example/", "https://[::1]:3000/", "https://git.example.org/sub/"]
)
def test_a_title_is_short_whatever_the_server_is_called(instance: str) -> None:
    """Forgejo cuts a title after 255 characters; ours is never cut."""
    sick = diagnosed(snapshot(runner(2**63 - 1, owner_id=1, repo_id=35)), contract=None, fail_on=Severity.ERROR)
    check = Check(instance=instance, problems=problems_of(sick), sight=Sight.WHOLE, repairs=(), now=NOW)
    (step, *_) = decided(check, ()).steps
    assert isinstance(step, Open)
    assert len(step.title) < 200


MARKER = Marker(
    server=server_mark(INSTANCE),
    problem="0" * 32,
    code="RSD001",
    runner_id=5,
    state=MarkState.LASTING,
    first=NOW,
    last=NOW,
)


def test_a_marker_comes_back() -> None:
    """What was written is read again, also when Forgejo or a person's editor changed line ends or added text below."""
    body = marked("one\ntwo", MARKER)
    for version in (body, body.replace("\n", "\r\n"), body + "\nthanks, looking into it", body.strip()):
        taken = marked_text(version)
        assert taken is not None
        assert taken.marker == MARKER
    twice = marked_text(marked(marked("before", replace_problem("f" * 32)), MARKER))
    assert twice is not None
    assert twice.marker == MARKER


@pytest.mark.parametrize("changed", ["one two", "", "one\ntwo\n@admin"])
def test_a_changed_text_is_known(changed: str) -> None:
    """A text that does not fit its marker is another hand's."""
    line = marked("one\ntwo", MARKER).splitlines()[-1]
    taken = marked_text(f"{changed}\n{line}\n")
    assert taken is not None
    assert taken.hand is Hand.CHANGED


@pytest.mark.parametrize(
    "text", ["", "no marker", "<!-- runner-scope-doctor 1 -->", "x " + marked("", MARKER).strip(), "<!-- " * 10_000]
)
def test_what_is_no_marker_is_none(text: str) -> None:
    """Only a whole line of the exact form is one."""
    assert marked_text(text) is None


def test_a_name_that_is_a_marker_is_not_read_as_one() -> None:
    """A runner called like a marker cannot stand for another problem: the last line counts, and its own is within a line."""
    taken = marked_text(opened(marked("", replace_problem("f" * 32)).strip()).body)
    assert taken is not None
    assert taken.marker.problem != "f" * 32


def replace_problem(mark: str) -> Marker:
    return Marker(
        server=MARKER.server, problem=mark, code="RSD001", runner_id=5, state=MarkState.GONE, first=NOW, last=NOW
    )


def test_the_mark_of_a_problem_is_of_its_row_and_server() -> None:
    """Another row, another uuid under the same id and another server are other problems; another name is the same one. Only the
    end of a uuid counts, which every report shows: one can be part of a runner's secret."""

    def mark(number: int, instance: str = INSTANCE, name: str = "a", uuid: str | None = None) -> str:
        row = runner(number, name=name, owner_id=1, repo_id=35)
        if uuid is not None:
            row = replace(row, uuid=uuid)
        sick = diagnosed(snapshot(row), contract=None, fail_on=Severity.ERROR)
        return problem_mark(instance, problems_of(sick)[0])

    assert mark(5) == mark(5, name="b") == mark(5, instance=INSTANCE.rstrip("/"))
    assert mark(5) == mark(5, uuid="00000000-0000-0000-0000-000000000005")
    assert len({mark(5), mark(6), mark(5, instance="https://other.example/"), mark(5, uuid="0" * 36)}) == 4

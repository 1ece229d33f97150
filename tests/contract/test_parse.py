"""What the contract's parser accepts, and the sentence behind everything it refuses."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from runner_scope_doctor.model.contract import Contract, ContractLocation, DeclaredRunner, UndeclaredRule
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.scope import InstanceScope, OwnerKind, OwnerScope, RepositoryScope, Scope
from support.contract_texts import BOTH_PARSERS, FILE, SKETCH, one_runner, parsed, scoped


@BOTH_PARSERS
def test_a_whole_contract_keeps_its_lines(libyaml: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key arrives, and each declaration knows the line its entry begins on, with either YAML parser."""
    monkeypatch.setattr(yaml, "__with_libyaml__", libyaml and yaml.__with_libyaml__)
    assert parsed(SKETCH) == Contract(
        instance="https://git.example.org/",
        instance_location=ContractLocation(file=FILE, line=2),
        runners=(
            DeclaredRunner(
                name="rs2000-deploy-host",
                scope=RepositoryScope(name="platform-team/platform", id=35),
                labels=("deploy",),
                online_within=600,
                max_wait=900,
                location=ContractLocation(file=FILE, line=4),
            ),
            DeclaredRunner(
                name="shared",
                scope=InstanceScope(),
                labels=(),
                online_within=None,
                max_wait=None,
                location=ContractLocation(file=FILE, line=10),
            ),
        ),
        undeclared=UndeclaredRule.FAIL,
        file=FILE,
    )


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("instance", InstanceScope()),
        ("{repository: a/b}", RepositoryScope(name="a/b", id=None)),
        ("{repository: a/b, id: 35}", RepositoryScope(name="a/b", id=35)),
        ("{repository: {id: 35}}", RepositoryScope(name=None, id=35)),
        ("{id: 5, organization: team}", OwnerScope(kind=OwnerKind.ORGANIZATION, name="team", id=5)),
        ("{organization: {id: 5}}", OwnerScope(kind=OwnerKind.ORGANIZATION, name=None, id=5)),
        ('{user: "12345"}', OwnerScope(kind=OwnerKind.USER, name="12345", id=None)),
        ("{user: {id: 9223372036854775807}}", OwnerScope(kind=OwnerKind.USER, name=None, id=2**63 - 1)),
    ],
)
def test_each_form_of_a_scope(text: str, scope: Scope) -> None:
    """A scope is the word instance, or one kind of owner by name, by id or by both."""
    assert parsed(scoped(text)).runners[0].scope == scope


def test_a_reason_is_kept_as_it_is_written() -> None:
    """The operator's sentence arrives whole; where there is none, there is none."""
    entry = parsed(one_runner('reason: "Deploys: holds # the keys."')).runners[0]
    assert entry.reason == "Deploys: holds # the keys."
    assert parsed(one_runner()).runners[0].reason is None


@pytest.mark.parametrize(
    ("text", "seconds"), [("1s", 1), ("90s", 90), ("10m", 600), ("2h", 7200), ("1d", 86400), ("'604800s'", 604800)]
)
def test_each_unit_of_a_duration(text: str, seconds: int) -> None:
    """A duration is counted in seconds from s, m, h or d."""
    assert parsed(one_runner(f"max_wait: {text}")).runners[0].max_wait == seconds


def test_undeclared_runners_are_warned_of_unless_said_otherwise() -> None:
    """A contract that says nothing of undeclared runners means warn."""
    assert parsed(one_runner()).undeclared is UndeclaredRule.WARN


@pytest.mark.parametrize("text", ["\ufeff" + SKETCH, SKETCH.replace("\n", "\r\n"), "---\n" + SKETCH + "...\n"])
def test_what_editors_add_is_no_error(text: str) -> None:
    """A byte order mark, Windows line ends and document marks do not change the contract."""
    assert [runner.name for runner in parsed(text).runners] == ["rs2000-deploy-host", "shared"]


@pytest.mark.parametrize("name", ["1e5", "y", "build er", "büro", "123abc", "👷\u200d♀️".replace("\u200d", "")])
def test_a_name_that_is_text_needs_no_quotes(name: str) -> None:
    """What YAML takes for text is a name as it stands."""
    assert parsed(one_runner(name=name)).runners[0].name == name


def test_an_invisible_character_is_declared_by_its_escape() -> None:
    """A runner whose name holds a direction mark can be declared, in a form a reviewer sees."""
    assert parsed(one_runner(name='"a\\u202eb"')).runners[0].name == "a\u202eb"


def test_the_way_out_names_the_line_and_the_command() -> None:
    """A refusal ends with the place to correct and the command that checks it without a server."""
    with pytest.raises(SettingsInvalid) as caught:
        parsed(one_runner("lables: [a]"))
    assert "line 5 of runner-scope.yml" in caught.value.next_step
    assert "contract lint" in caught.value.next_step


UNHURRIED = settings(deadline=None)  # the machine is shared: a slow example is no fault
MARKS = [*"[]{},'\"|>?#%@`\t\\~é", ": ", "- ", "\n", "  ", "---\n", "...\n", "<<", "&a", "*a", "!t", "on", "1"]
WORDS = ["version", "runners", "name", "scope", "instance", "labels", "id"]
PIECES = st.sampled_from([*MARKS, *WORDS])


def outcome(text: str, *, libyaml: bool) -> Contract | str:
    """The contract or the refusal by one of the two YAML parsers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml, "__with_libyaml__", libyaml and yaml.__with_libyaml__)
        try:
            return parsed(text)
        except SettingsInvalid as error:
            return error.problem


@UNHURRIED
@given(st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=40))
def test_no_text_causes_anything_but_a_contract_or_a_refusal(pieces: list[str]) -> None:
    """Whatever stands in the file, either parser's answer is a contract or SettingsInvalid with the file's name."""
    for libyaml in (True, False):
        answer = outcome("".join(pieces), libyaml=libyaml)
        assert isinstance(answer, Contract) or answer.startswith(f"{FILE}:")


@UNHURRIED
@given(st.lists(st.tuples(st.integers(0, len(SKETCH)), st.integers(0, 3), PIECES), max_size=4))
def test_no_text_means_two_contracts(edits: list[tuple[int, int, str]]) -> None:
    """A few slips of the hand may be taken or refused, but never for one contract here and for another there."""
    text = SKETCH
    for start, length, piece in edits:
        text = text[:start] + piece + text[start + length :]
    answers = {outcome(text, libyaml=True), outcome(text, libyaml=False)}
    assert sum(isinstance(answer, Contract) for answer in answers) <= 1

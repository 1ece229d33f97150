"""A token that comes back is taken out, however it is spelt."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner_scope_doctor.forgejo.address import Token, api_address, token_from_text
from runner_scope_doctor.forgejo.client import ask, opened
from runner_scope_doctor.forgejo.echo import body_without, text_without
from support.forgejo_api import SECRET, client_of
from support.loopback import Reply, loopback

PATH = "/api/v1/version"
SHORT = {'"': '\\"', "\\": "\\\\", "/": "\\/"}
TOKENS = st.text(st.sampled_from("gZ_.-/+="), min_size=8, max_size=40).map(lambda secret: Token(secret=secret))
STRANGE_TOKENS = st.text(st.sampled_from('0u2f\\"/'), min_size=8, max_size=40).map(lambda secret: Token(secret=secret))
"""Of what JSON's escapes are made of."""
TEXTS = st.text(st.sampled_from('ab\\"/u0035\n\u00e9\U0001f600'), max_size=12)


def spelt(text: str, chosen: list[int]) -> str:
    """A JSON string of the text; each number says how one character is written."""
    written = []
    for index, character in enumerate(text):
        plain = json.dumps(character, ensure_ascii=False)[1:-1]
        code = json.dumps(character)[1:-1] if ord(character) > 0xFFFF else f"\\u{ord(character):04x}"
        ways = (plain, code, code.upper().replace("\\U", "\\u"), SHORT.get(character, plain))
        written.append(ways[chosen[index % len(chosen)]])
    return f'"{"".join(written)}"'


@settings(deadline=None)  # a busy machine is no failure
@given(TOKENS, TEXTS, TEXTS, st.lists(st.integers(0, 3), min_size=1, max_size=9))
def test_no_spelling_of_a_token_stays(token: Token, before: str, after: str, chosen: list[int]) -> None:
    """Whatever characters JSON writes as escapes, the text read from it has no token and all that stood around it."""
    body = spelt(before + token.secret + after, chosen).encode()
    value = json.loads(body_without(token, body))
    assert value == (before + token.secret + after).replace(token.secret, "(token)")


@settings(deadline=None)  # a busy machine is no failure
@given(STRANGE_TOKENS, TEXTS, TEXTS, st.lists(st.integers(0, 3), min_size=1, max_size=9))
def test_no_spelling_of_a_strange_token_stays(token: Token, before: str, after: str, chosen: list[int]) -> None:
    """A token that looks like escapes may cost the body its form as JSON, but is never read from it."""
    body = body_without(token, spelt(before + token.secret + after, chosen).encode())
    assert token.secret.encode() not in body
    try:
        value = json.loads(body)
    except ValueError:
        return
    assert token.secret not in value


@settings(deadline=None)  # a busy machine is no failure
@given(TOKENS, TEXTS, st.lists(st.integers(0, 3), min_size=1, max_size=9))
def test_text_without_the_token_is_not_touched(token: Token, text: str, chosen: list[int]) -> None:
    """A body that has no token in it comes back byte for byte."""
    body = spelt(text, chosen).encode()
    if token.secret not in text:
        assert body_without(token, body) == body


@pytest.mark.parametrize("text", ["", "5f5f", "wait 5f5f5f5f5f!", "5f5f5f5f5f5f5f5f5f5f"])
def test_header_is_plain_text(text: str) -> None:
    """In a header only the token itself is the token."""
    assert text_without(Token(secret="5f5f5f5f5f"), text) == text.replace("5f5f5f5f5f", "(token)")


def test_echoed_token_is_gone_from_the_answer() -> None:
    """A server or proxy that repeats the request's headers cannot make us print the token."""
    reply = Reply(status=302, body=f"you sent {SECRET}".encode(), headers={"Location": f"/login?was={SECRET}"})
    with loopback(lambda _: reply) as server, client_of(server.url) as client:
        answer = ask(client, PATH)
    assert SECRET not in repr(answer)
    assert answer.body == b"you sent (token)"
    assert SECRET not in repr(client)


@pytest.mark.parametrize("header", ["Content-Type", "Location", "X-Total-Count", "Retry-After"])
@pytest.mark.parametrize("value", [SECRET, f"Wed, 21 Oct 2026 07:28:30 GMT ({SECRET})"])
def test_echoed_token_is_gone_from_every_header(header: str, value: str) -> None:
    """No header that is looked at brings the token back, be it alone or among other text."""
    reply = Reply(status=404, headers={header: value})
    with loopback(lambda _: reply) as server, client_of(server.url) as client:
        answer = ask(client, PATH)
    assert SECRET not in repr(answer).lower()


def escaped(text: str, *, capital: bool = False) -> bytes:
    """A text as JSON may spell it: every character as its code."""
    return "".join(f"\\u{ord(one):04{'X' if capital else 'x'}}" for one in text).encode()


@pytest.mark.parametrize(
    "spelling",
    [
        escaped(SECRET),
        escaped(SECRET, capital=True),
        SECRET[:9].encode() + escaped(SECRET[9:]),
        escaped(SECRET[:-1]) + SECRET[-1].encode(),
        b"\\\\" + escaped(SECRET),
    ],
)
def test_token_echoed_in_codes_is_gone_from_the_answer(spelling: bytes) -> None:
    """The token spelt in JSON's own escapes, whole or in part, is the token."""
    reply = Reply(status=401, body=b'{"message": "you sent ' + spelling + b'!"}')
    with loopback(lambda _: reply) as server, client_of(server.url) as client:
        answer = ask(client, PATH)
    assert SECRET not in json.dumps(json.loads(answer.body), ensure_ascii=False)
    assert b"(token)!" in answer.body


def test_slashes_of_a_token_may_be_escaped() -> None:
    """A token can hold slashes, which JSON may write with a backslash."""
    reply = Reply(body=rb'["b64\/to\/ken+="]')
    token = token_from_text("b64/to/ken+=", source="the test")
    with loopback(lambda _: reply) as server, opened(api_address(server.url, token=token)) as client:
        assert ask(client, PATH).body == b'["(token)"]'


def test_codes_of_other_characters_stay() -> None:
    """What is not a character of a token is left as it came: a quote, a line end, a backslash before what looks like a
    code, half a code."""
    body = rb'["\u0022 \u000a \\u0041 \\\\u0041 \u005cu0041 \u00", "\u00e9 \ud83d\ude00"]'
    with loopback(lambda _: Reply(body=body)) as server, client_of(server.url) as client:
        assert ask(client, PATH).body == body

"""Takes the token out of what a server or proxy sends back, so that nothing made of an answer can show it."""

from __future__ import annotations

import re

from runner_scope_doctor.forgejo.address import Token

_SHORT_ESCAPES = {ord("/"): rb"\\?/", ord('"'): rb"\\\"", ord("\\"): rb"\\\\"}
"""How JSON writes characters that have an escape of their own; that of the slash may be left out (RFC 8259, 7)."""


def text_without(token: Token, text: str) -> str:
    """A header with the token replaced."""
    return text.replace(token.secret, str(token))


def body_without(token: Token, body: bytes) -> bytes:
    """A body with the token replaced, also where JSON spells some of its characters as escapes."""
    word = str(token).encode()
    if b"\\" in body:
        # Other escapes are taken whole, so that no token seems to begin within one.
        spelled = b"(" + b"".join(map(_spelling, token.secret.encode())) + rb")|\\u[0-9A-Fa-f]{4}|\\."
        body = re.sub(spelled, lambda found: word if found[1] else found[0], body, flags=re.DOTALL)
    return body.replace(token.secret.encode(), word)


def _spelling(character: int) -> bytes:
    plain = _SHORT_ESCAPES.get(character, re.escape(bytes([character])))
    return rb"(?:%b|\\u(?i:%04x))" % (plain, character)

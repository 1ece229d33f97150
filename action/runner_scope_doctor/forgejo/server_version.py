"""Which server software and version answers."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.forgejo.answers import record_of
from runner_scope_doctor.forgejo.client import ApiClient, ask
from runner_scope_doctor.forgejo.failures import failure
from runner_scope_doctor.forgejo.records import version_text_of
from runner_scope_doctor.forgejo.situation import Facts, Situation
from runner_scope_doctor.model.server import Product, ServerVersion
from runner_scope_doctor.model.version_text import parse_server_version

_FORGEJO_PATH = "/api/forgejo/v1/version"
"""Only Forgejo has it."""
_COMMON_PATH = "/api/v1/version"
"""Forgejo and Gitea have it."""
_FORGEJO_MARK = "+gitea-"
"""Forgejo from 7 on writes the Gitea version its API follows behind its own: `15.0.3+gitea-1.22.0`."""
_ANY_SCOPE = "any scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweringServer:
    """`text` is the version as sent; `version` is None when that text is none of Forgejo 7 or later."""

    product: Product
    text: str
    version: ServerVersion | None


def read_server(client: ApiClient) -> AnsweringServer:
    """Asks for the version. Raises SourceUnavailable, also when no Forgejo API is at that address."""
    answer = ask(client, _FORGEJO_PATH)
    if answer.status == 200:
        text = record_of(answer, version_text_of, scope=_ANY_SCOPE)
        return _server(Product.FORGEJO, text, _FORGEJO_PATH)
    answer = ask(client, _COMMON_PATH)
    if answer.status == 404:
        raise failure(Situation.NOT_FORGEJO, Facts(where=answer.where))
    text = record_of(answer, version_text_of, scope=_ANY_SCOPE)
    product = Product.FORGEJO if _FORGEJO_MARK in text else Product.GITEA
    return _server(product, text, _COMMON_PATH)


def _server(product: Product, text: str, source: str) -> AnsweringServer:
    version = parse_server_version(text, source=source) if product is Product.FORGEJO else None
    return AnsweringServer(product=product, text=text, version=version)

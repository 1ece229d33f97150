"""Which situation an exception of `requests`, `urllib3`, `ssl` or `socket` stands for. Their texts are never shown."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import requests.exceptions as rex
import urllib3.exceptions as uex

from runner_scope_doctor.forgejo.situation import Situation

_AUTHORITY_CODES = frozenset({2, 18, 19, 20, 21})
"""OpenSSL X509_V_ERR_*: issuer unknown, self-signed leaf, self-signed in chain, local issuer unknown, unverifiable."""
_TIME_CODES = frozenset({9, 10})
"""OpenSSL X509_V_ERR_*: not yet valid, expired."""
_HOST_CODES = frozenset({62, 64})
"""OpenSSL X509_V_ERR_*: host name mismatch, IP address mismatch."""
_MOST_CAUSES = 20

_BY_KIND: tuple[tuple[tuple[type[BaseException], ...], Situation], ...] = (
    ((rex.ProxyError, uex.ProxyError, rex.InvalidProxyURL), Situation.PROXY_FAILED),
    ((socket.gaierror, uex.NameResolutionError, UnicodeError), Situation.UNKNOWN_HOST),
    ((ConnectionRefusedError,), Situation.CONNECTION_REFUSED),
    ((rex.ConnectTimeout, uex.ConnectTimeoutError), Situation.CONNECT_TIMEOUT),
    ((rex.ReadTimeout, uex.ReadTimeoutError, TimeoutError), Situation.READ_TIMEOUT),
    ((uex.IncompleteRead, rex.ChunkedEncodingError, uex.InvalidChunkLength), Situation.CUT_OFF),
    ((rex.ContentDecodingError, uex.DecodeError), Situation.NOT_JSON),
)
"""In this order: a proxy that cannot be resolved is the proxy's fault, a name that cannot be resolved within a connect
error is the name's."""


def situation_of(error: BaseException) -> tuple[Situation, str]:
    """The situation, and a word of detail of ours or of OpenSSL's where the sentence has a place for one."""
    causes = tuple(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _certificate(cause)
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Situation.TLS_NOT_SPOKEN, _ssl_reason(causes)
    for kinds, situation in _BY_KIND:
        if any(isinstance(cause, kinds) for cause in causes):
            return situation, ""
    return Situation.UNREACHABLE, _os_reason(causes)


def _certificate(error: ssl.SSLCertVerificationError) -> tuple[Situation, str]:
    code = error.verify_code
    if code in _TIME_CODES:
        return Situation.CERTIFICATE_EXPIRED, ""
    if code in _AUTHORITY_CODES:
        return Situation.CERTIFICATE_AUTHORITY_UNKNOWN, ""
    if code in _HOST_CODES:
        return Situation.CERTIFICATE_FOR_OTHER_HOST, ""
    return Situation.CERTIFICATE_INVALID, str(error.verify_message)


def _ssl_reason(causes: tuple[BaseException, ...]) -> str:
    reasons = (cause.reason for cause in causes if isinstance(cause, ssl.SSLError))
    return next((reason.lower().replace("_", " ") for reason in reasons if reason), "no reason given")


def _os_reason(causes: tuple[BaseException, ...]) -> str:
    """The operating system's own word for it, such as `No route to host`; it holds nothing of the request."""
    reasons = (cause.strerror for cause in causes if isinstance(cause, OSError) and isinstance(cause.errno, int))
    return next((reason for reason in reasons if reason), "it was closed without an answer")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all it wraps: these libraries pass the cause as an argument, as `reason` or as `__cause__`."""
    waiting: list[object] = [error]
    seen: list[BaseException] = []
    while waiting and len(seen) < _MOST_CAUSES:
        current = waiting.pop(0)
        if not isinstance(current, BaseException) or any(current is known for known in seen):
            continue
        seen.append(current)
        yield current
        waiting += [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]

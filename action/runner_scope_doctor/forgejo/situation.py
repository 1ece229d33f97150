"""Every way in which asking a Forgejo API can fail, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Situation(Enum):
    """What happened, as far as the answer or its absence tells."""

    TOKEN_NOT_SEEN = auto()
    TOKEN_INVALID = auto()
    SCOPE_MISSING = auto()
    NOT_SITE_ADMIN = auto()
    NOT_REPOSITORY_OWNER = auto()
    NOT_ORGANIZATION_OWNER = auto()
    JOB_TOKEN = auto()
    FORBIDDEN = auto()
    STOPPED_BEFORE_FORGEJO = auto()
    NO_RUNNER_LIST = auto()
    NOT_VISIBLE = auto()
    NOT_FOUND = auto()
    GITEA = auto()
    NOT_FORGEJO = auto()
    TOO_MANY_REQUESTS = auto()
    SERVER_ERROR = auto()
    UNEXPECTED_STATUS = auto()
    REDIRECT = auto()
    REDIRECT_TO_HTTPS = auto()
    CONNECTION_REFUSED = auto()
    UNKNOWN_HOST = auto()
    UNREACHABLE = auto()
    CONNECT_TIMEOUT = auto()
    READ_TIMEOUT = auto()
    TIME_LIMIT = auto()
    CERTIFICATE_EXPIRED = auto()
    CERTIFICATE_AUTHORITY_UNKNOWN = auto()
    CERTIFICATE_FOR_OTHER_HOST = auto()
    CERTIFICATE_INVALID = auto()
    TLS_NOT_SPOKEN = auto()
    PROXY_FAILED = auto()
    WEB_PAGE = auto()
    NOT_JSON = auto()
    OTHER_SHAPE = auto()
    TOO_LARGE = auto()
    CUT_OFF = auto()
    SHORT_LIST = auto()
    CONTRADICTION = auto()
    NO_TOTAL = auto()
    TOO_MANY_RUNNERS = auto()
    INCOMPLETE_LIST = auto()
    NO_LIST_TOTAL = auto()
    LONG_LIST = auto()
    NO_ISSUES = auto()
    OPEN_DEPENDENCY = auto()
    NOT_TAKEN = auto()
    ARCHIVED = auto()
    NOT_DONE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a sentence may mention. `where` is the address asked, `detail` foreign text or a number, `scope` a token
    scope; empty where the sentence has no use for it."""

    where: str
    detail: str = ""
    scope: str = ""

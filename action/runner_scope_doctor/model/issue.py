"""An issue of a repository on the server, as far as this tool has to do with one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class IssueState(Enum):
    """The value is Forgejo's own word."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """`number` is the one people see. `poster_id` is `user.id` of the account that opened it; `body` is foreign text even where
    that is our own account, because whoever may write to issues may change it."""

    number: int
    poster_id: int
    state: IssueState
    title: str
    body: str

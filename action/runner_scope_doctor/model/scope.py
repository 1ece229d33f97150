"""Scopes a runner may have. A combined scope cannot be expressed here, on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class OwnerKind(Enum):
    """Which kind of account an owner scope names (Forgejo `user.type`: 1 is an organisation, else a user)."""

    ORGANIZATION = "organization"
    USER = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceScope:
    """Serves every repository of the server: `(owner_id 0, repo_id 0)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerScope:
    """Serves every repository of one owner: `(owner_id o, repo_id 0)`.

    At least one of `name` and `id` is set; with both, both must match.
    """

    kind: OwnerKind
    name: str | None
    id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryScope:
    """Serves one repository: `(owner_id 0, repo_id r)`.

    `name` is `owner/repository` as people write it. At least one of `name` and `id` is set; with both, both must match.
    """

    name: str | None
    id: int | None


Scope = InstanceScope | OwnerScope | RepositoryScope

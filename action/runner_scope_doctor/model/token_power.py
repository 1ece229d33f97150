"""What a Forgejo API token could do beyond looking."""

from __future__ import annotations

from enum import Enum


class TokenPower(Enum):
    """SITE_ADMIN: it has `read:admin` of a site admin, and could fetch a token that registers an instance-wide runner.

    UNKNOWN: the server could not tell, for example because it is older than Forgejo 15.
    """

    SITE_ADMIN = "site-admin"
    LESS = "less"
    UNKNOWN = "unknown"

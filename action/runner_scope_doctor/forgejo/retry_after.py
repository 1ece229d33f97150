"""The Retry-After header (RFC 9110, 10.2.3)."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

_LONGEST = 9


def retry_seconds(header: str, *, now: float) -> float | None:
    """Seconds to wait, at least 0, from a number of seconds or a date; `now` in Unix seconds UTC. None for all else."""
    header = header.strip()
    if header.isascii() and header.isdigit() and len(header) <= _LONGEST:
        return float(header)
    try:
        return max(parsedate_to_datetime(header).timestamp() - now, 0)
    except (ValueError, OverflowError):
        return None

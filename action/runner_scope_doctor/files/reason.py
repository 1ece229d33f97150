"""Why a file could not be used, in the system's words."""

from __future__ import annotations


def reason(error: OSError | ValueError) -> str:
    """The system's sentence. A ValueError is what Python raises for a path with a NUL in it."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "the path is not one"

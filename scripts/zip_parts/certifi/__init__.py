"""Stands in the zip application for the package of this name: the host's own certificate authorities, as distributions do it.

The real one would unpack its file from the zip into a temporary folder at each start, and a killed process leaves it there.
"""

from __future__ import annotations

import os

_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch, Alpine
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # Fedora, Red Hat
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # BSD
)


def where() -> str:
    """The file of authorities; the first name where there is none, so that the error names a file to install."""
    return next((file for file in _BUNDLES if os.path.exists(file)), _BUNDLES[0])


def contents() -> str:
    """What is in it."""
    with open(where(), encoding="ascii", errors="replace") as file:
        return file.read()

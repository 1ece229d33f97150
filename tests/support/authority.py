"""A certificate authority of our own, made with the openssl command."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """`certificate` is what a client has to trust."""

    certificate: Path
    key: Path


def made_authority(folder: Path) -> Authority:
    """A new authority in the folder."""
    authority = Authority(certificate=folder / "ca.pem", key=folder / "ca.key")
    _openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test-authority "
        "-addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign",
        "-keyout", authority.key, "-out", authority.certificate,
    )  # fmt: skip
    return authority


def server_context(authority: Authority, folder: Path, *, subject: str, days: int = 2) -> ssl.SSLContext:
    """What a server needs to speak TLS as `subject` (`IP:127.0.0.1`, `DNS:git.example.org`). Negative days: expired."""
    name = subject.replace(":", "-") + f"-{days}"
    key, request, certificate = (folder / f"{name}.{kind}" for kind in ("key", "csr", "pem"))
    extensions = folder / f"{name}.ext"
    extensions.write_text(f"subjectAltName={subject}\n")
    _openssl(
        "req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=test-server",
        "-keyout", key, "-out", request,
    )  # fmt: skip
    _openssl(
        f"x509 -req -days {days} -set_serial 7",
        "-CA", authority.certificate, "-CAkey", authority.key, "-in", request, "-extfile", extensions,
        "-out", certificate,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def _openssl(words: str, *places: str | Path) -> None:
    subprocess.run(["openssl", *words.split(), *map(str, places)], check=True, capture_output=True, timeout=60)

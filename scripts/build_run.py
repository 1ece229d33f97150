"""Packs the product and what it needs into one zip application, byte for byte the same wherever it is built.

Started by scripts/build in an environment that holds the locked requirements. Nothing compiled goes in, so it runs on every
machine; nothing is compressed, because not every zlib compresses to the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import sysconfig
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_PARTS = ROOT / "scripts" / "zip_parts"
_TARGET = ROOT / "dist" / "runner-scope-doctor.pyz"
_SHEBANG = b"#!/usr/bin/env -S python3 -I\n"
_PACKAGES = ("charset_normalizer", "idna", "psycopg", "pymysql", "requests", "urllib3", "yaml")
_DISTRIBUTIONS = (*_PACKAGES, "pyyaml", "typing_extensions")
_KINDS = frozenset({".py", ".json", ".md", ".typed"})
"""Endings of files that go in: source text and the data read from it."""
_ABOUT = re.compile(r"METADATA|licenses/.+|LICENSE.*|COPYING.*|NOTICE.*|AUTHORS.*")
"""Of what pip writes about a distribution: its version, which psycopg asks for, and its licence."""
_OLDEST = 315_532_800
"""Unix seconds of 1980-01-01, the earliest a zip can say."""


def main() -> int:
    """0 with the SHA-256 and the file on standard output, as sha256sum prints them; 2, 4 with one sentence."""
    if len(sys.argv) > 2:
        sys.stderr.write("REFUSED: too many arguments. Next: scripts/build [FILE]\n")
        return 2
    target = Path(sys.argv[1]) if len(sys.argv) == 2 else _TARGET
    try:
        files = dict(_files(Path(sysconfig.get_path("purelib"))))
        digest = _written(target, files, _moment())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        sys.stderr.write(f"INCONCLUSIVE: {target} was not built: {reason}. Next: see to that and run it again.\n")
        return 4
    sys.stdout.write(f"{digest}  {target}\n")
    return 0


def _files(site: Path) -> Iterator[tuple[str, Path]]:
    """The name in the zip and the file, for everything that goes in."""
    yield "__main__.py", _PARTS / "__main__.py"
    yield "LICENSE", ROOT / "LICENSE"
    yield "typing_extensions.py", site / "typing_extensions.py"
    yield from _sources(ROOT / "action" / "runner_scope_doctor")
    yield from _sources(_PARTS / "certifi")
    for package in _PACKAGES:
        yield from _sources(site / package)
    for distribution in _DISTRIBUTIONS:
        for about in site.glob(f"{distribution}-*.dist-info"):
            yield from ((f"{about.name}/{name}", file) for name, file in _below(about) if _ABOUT.fullmatch(name))


def _sources(package: Path) -> Iterator[tuple[str, Path]]:
    if not (package / "__init__.py").is_file():
        raise ValueError(f"there is no package {package}")
    return ((f"{package.name}/{name}", file) for name, file in _below(package) if file.suffix in _KINDS)


def _below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Links are followed: the pages of the findings are one."""
    for here, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [one for one in folders if one != "__pycache__"]
        for name in names:
            file = Path(here, name)
            yield file.relative_to(folder).as_posix(), file


def _moment() -> tuple[int, int, int, int, int, int]:
    """The time every file gets: SOURCE_DATE_EPOCH in Unix seconds where it is given (reproducible-builds.org)."""
    seconds = max(_OLDEST, int(os.environ.get("SOURCE_DATE_EPOCH") or _OLDEST))
    year, month, day, hour, minute, second = time.gmtime(seconds)[:6]
    return year, month, day, hour, minute, second


def _written(target: Path, files: dict[str, Path], moment: tuple[int, int, int, int, int, int]) -> str:
    """Writes the zip beside its place, then moves it there. Returns its SHA-256."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with open(descriptor, "w+b") as file:
            file.write(_SHEBANG)
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                for place in sorted(files):
                    entry = zipfile.ZipInfo(place, date_time=moment)
                    entry.create_system = 3  # Unix, wherever it is built
                    entry.external_attr = 0o100644 << 16
                    archive.writestr(entry, files[place].read_bytes())
            os.fchmod(descriptor, 0o755)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
    return digest


if __name__ == "__main__":
    sys.exit(main())

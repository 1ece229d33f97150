"""The packages that the tests run with, as wheels of a folder and their lock: an installation that asks no registry."""

from __future__ import annotations

import zipfile
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path

PACKAGES = ("PyYAML",)
"""What `host.yml` and a SQLite file need; requests and the drivers of servers are loaded when they are used."""


def wheelhouse(folder: Path) -> str:
    """Writes a wheel of each package into the folder, out of the files that are installed here. Returns the lock."""
    folder.mkdir(parents=True)
    return "".join(_wheel(folder, name) for name in PACKAGES)


def _wheel(folder: Path, name: str) -> str:
    found = distribution(name)
    version = found.version
    about = f"{name}-{version}.dist-info"
    # Python's own files alone, so that any Python can use them.
    files = [file for file in found.files or () if file.suffix == ".py" and ".." not in file.parts]
    content = {str(file): file.read_text(encoding="utf-8") for file in files}
    content[f"{about}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    content[f"{about}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{path},,\n" for path in [*content, f"{about}/RECORD"])
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**content, f"{about}/RECORD": record}.items():
            archive.writestr(path, text)
    return f"{name}=={version} --hash=sha256:{sha256(wheel.read_bytes()).hexdigest()}\n"

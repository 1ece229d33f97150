"""A distribution small enough to be written by hand, for installs that need no registry."""

from __future__ import annotations

import zipfile
from hashlib import sha256
from pathlib import Path


def tiny_wheel(folder: Path, name: str, **files: str) -> str:
    """Writes the wheel of `name` 1.0 into the folder: a module of that name and, for each of `files`, `name.<key>` with
    that text. Returns its line for a lock."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}-1.0-py3-none-any.whl"
    about = f"{name}-1.0.dist-info"
    content = {
        f"{name}.py": "",
        **{f"{name}.{ending}": text for ending, text in files.items()},
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in [*content, f"{about}/RECORD"])
    with zipfile.ZipFile(file, "w") as archive:
        for path, text in {**content, f"{about}/RECORD": record}.items():
            archive.writestr(path, text)
    return f"{name}==1.0 --hash=sha256:{sha256(file.read_bytes()).hexdigest()}\n"

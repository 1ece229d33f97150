"""`scripts/build`: the same bytes wherever it is built, and nothing in them that only some machines can run."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support.command import ROOT

_IMPORTS = """
import sys
sys.path.insert(0, sys.argv[1])
import certifi, charset_normalizer.md, pymysql, requests, runner_scope_doctor, yaml
assert not yaml.__with_libyaml__
print(yaml.safe_load("a: [1]"), *sorted(module.__file__ for module in (charset_normalizer.md, requests, runner_scope_doctor)))
print(certifi.where())
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The zip, and what the script printed."""
    file = tmp_path_factory.mktemp("build") / "runner-scope-doctor.pyz"
    return file, subprocess.run([ROOT / "scripts" / "build", file], capture_output=True, text=True, check=True).stdout


def test_it_prints_the_sha256_of_what_it_built(built: tuple[Path, str]) -> None:
    """As sha256sum does, so that `sha256sum -c` takes it."""
    file, said = built
    assert said == f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file}\n"


def test_another_folder_time_and_mode_give_the_same_bytes(built: tuple[Path, str], tmp_path: Path) -> None:
    """A second checkout whose files have other times and modes, another time zone, umask and order: the same bytes; only
    SOURCE_DATE_EPOCH makes others, in every file's time alone."""
    copy = tmp_path / "elsewhere"
    for part in ("action/runner_scope_doctor", "docs/findings", "scripts"):
        shutil.copytree(ROOT / part, copy / part, symlinks=True, ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copy(ROOT / "LICENSE", copy)
    for file in copy.rglob("*.py"):
        file.chmod(0o600)
        os.utime(file, (1, 1))
    (copy / "action" / "runner_scope_doctor" / "__pycache__").mkdir(exist_ok=True)
    (copy / "action" / "runner_scope_doctor" / "__pycache__" / "left.py").write_text("")
    environment = subprocess.run(
        [ROOT / "scripts" / "environment", "zip", ".cache/zip.lock"], capture_output=True, text=True, check=True
    )
    target = tmp_path / "second.pyz"
    command = ["sh", "-c", 'umask 077; exec "$@"', "sh", environment.stdout.strip(), "-I", "-B"]
    command += [str(copy / "scripts" / "build_run.py"), str(target)]
    subprocess.run(command, env={"TZ": "Asia/Tokyo", "PATH": os.defpath}, capture_output=True, check=True)
    assert target.read_bytes() == built[0].read_bytes()
    later = {"SOURCE_DATE_EPOCH": "1790000000", "PATH": os.defpath}
    subprocess.run(command, env=later, capture_output=True, check=True)
    with zipfile.ZipFile(target) as archive, zipfile.ZipFile(built[0]) as first:
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 9, 21, 14, 13, 20)}
        assert [(entry.filename, entry.CRC) for entry in archive.infolist()] == [
            (entry.filename, entry.CRC) for entry in first.infolist()
        ]


def test_nothing_compiled_and_every_licence_is_in_it(built: tuple[Path, str]) -> None:
    """Text alone, none of it compressed; each foreign package comes with its licence."""
    with zipfile.ZipFile(built[0]) as archive:
        entries = archive.infolist()
    names = [entry.filename for entry in entries]
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert names == sorted(names)
    assert [name for name in names if name.endswith((".so", ".pyc", ".pem", ".exe")) or "psycopg_binary" in name] == []
    packages = {name.partition("/")[0] for name in names if name.endswith(".py")}
    assert packages == {
        "__main__.py", "certifi", "charset_normalizer", "idna", "psycopg", "pymysql", "requests", "runner_scope_doctor",
        "typing_extensions.py", "urllib3", "yaml",
    }  # fmt: skip
    licensed = {name.partition("-")[0] for name in names if ".dist-info/licenses/" in name}
    assert len(licensed) == 8, licensed
    assert "LICENSE" in names


def test_the_pure_parts_work_without_any_other_package(built: tuple[Path, str]) -> None:
    """With nothing but the standard library beside it everything is read from the zip, the pages and schemas too, and no
    certificate is unpacked."""
    bare = [sys.executable, "-I", "-S", "-B"]
    ended = subprocess.run([*bare, "-c", _IMPORTS, built[0]], env={}, capture_output=True, text=True, check=True)
    loaded, authorities = ended.stdout.splitlines()
    assert loaded.split()[0] == "{'a':"
    assert loaded.count(f"{built[0]}/") == 3
    assert "/charset_normalizer/md.py" in loaded
    assert authorities.startswith("/etc/")
    for arguments, beginning in ((("explain", "RSD001"), "# RSD001"), (("contract", "schema"), "{")):
        said = subprocess.run([*bare, built[0], *arguments], env={}, capture_output=True, text=True, check=True)
        assert said.stdout.startswith(beginning)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """4 with one sentence, and nothing half-made; two places are refused with 2."""
    (tmp_path / "file").write_text("")
    ended = subprocess.run(
        [ROOT / "scripts" / "build", tmp_path / "file" / "x.pyz"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 4
    assert ended.stderr.startswith(f"INCONCLUSIVE: {tmp_path}/file/x.pyz was not built: ")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
    assert subprocess.run([ROOT / "scripts" / "build", "a", "b"], capture_output=True, check=False).returncode == 2

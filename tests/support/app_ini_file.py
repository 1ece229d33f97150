"""Writes an app.ini for a test and reads it as the product does."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner_scope_doctor.database.app_ini.read import AppIni, AppIniOptions, path_mapping_from_text, read_app_ini
from runner_scope_doctor.model.errors import DoctorError


def options(*path_map: str, database_host: str | None = None) -> AppIniOptions:
    """What the command line would make of these `--path-map` values and this `--database-host`."""
    return AppIniOptions(path_map=tuple(map(path_mapping_from_text, path_map)), database_host=database_host)


def read_text(folder: Path, text: str | bytes, given: AppIniOptions | None = None) -> AppIni:
    """The app.ini with this text, written to `folder` and read."""
    file = folder / "app.ini"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_app_ini(file, options() if given is None else given)


def refusal(
    kind: type[DoctorError], folder: Path, text: str | bytes, given: AppIniOptions | None = None
) -> DoctorError:
    """The error, of exactly this kind, that such an app.ini is refused with."""
    with pytest.raises(kind) as refused:
        read_text(folder, text, given)
    assert type(refused.value) is kind
    return refused.value

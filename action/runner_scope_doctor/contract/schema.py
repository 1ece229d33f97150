"""The contract's JSON schema, for editors and for `contract schema`."""

from __future__ import annotations

import pkgutil

from runner_scope_doctor.model.errors import SourceUnavailable


def schema_text() -> str:
    """`schema.json` as packaged, out of a folder or a zip alike.

    Raises SourceUnavailable when the installed package lacks the file.
    """
    try:
        content = pkgutil.get_data("runner_scope_doctor.contract", "schema.json")
    except OSError as error:
        raise _missing() from error
    if content is None:
        raise _missing()
    return content.decode()


def _missing() -> SourceUnavailable:
    return SourceUnavailable(
        "The installed package lacks contract/schema.json.", next_step="Install runner-scope-doctor again."
    )

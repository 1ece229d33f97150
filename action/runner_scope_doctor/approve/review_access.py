"""Opens the server's API with the host's own token, which and whose authority only root and the operator can have written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from runner_scope_doctor.forgejo.client import ApiClient, opened
from runner_scope_doctor.host.api_access import address_of
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.host import HostConfiguration
from runner_scope_doctor.model.wording import named


@contextmanager
def review_client(
    configuration: HostConfiguration, *, operator: int, patience_seconds: float = 10
) -> Iterator[ApiClient]:
    """A client of `instance` for `with`, which connects to nothing yet.

    `operator` is the user id that beside root may own the files, `patience_seconds` how long one answer may take. Raises
    SettingsInvalid when the configuration has no `api`, when a file is missing or loose, when everyone may read the token, and
    when the token would cross a network unencrypted.
    """
    api = configuration.api
    if api is None:
        raise SettingsInvalid(
            f"{named(configuration.file)}: api: this key is missing, and reviews are read by it.",
            next_step="Add it with the path of a token's file; docs/host.md says which token.",
        )
    without = "take review out of the evidence"
    address = address_of(configuration, api, operator=operator, seconds=patience_seconds, without=without)
    with opened(address) as client:
        yield client

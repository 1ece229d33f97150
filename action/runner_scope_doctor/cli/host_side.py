"""What the commands of a repair need of the host: its configuration, its state directory, its database logins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner_scope_doctor.cli.settings import patience_of
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.database.reader import Patience
from runner_scope_doctor.diagnose.wrong_instance import comparable
from runner_scope_doctor.host.configuration import DEFAULT_FILE, read_host_configuration
from runner_scope_doctor.host.invoker import Invoker, invoker
from runner_scope_doctor.host.owner import go_on_as_owner_of
from runner_scope_doctor.host.state import State, prepared_state, state_in
from runner_scope_doctor.host.trust import trusted_bytes, trusted_folder
from runner_scope_doctor.model.errors import RepairRefused, SettingsInvalid
from runner_scope_doctor.model.host import (
    AppIniFile,
    ConnectionPurpose,
    DatabaseUrlFile,
    HostConfiguration,
    connection_for,
)
from runner_scope_doctor.model.wording import named

_LARGEST_URL = 16_384
"""Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSide:
    """`operator` is the user id this runs as, who with root alone may have written what is believed here; `who` asked."""

    configuration: HostConfiguration
    who: Invoker
    state: State
    operator: int
    patience: Patience


def configuration_of(given: Given) -> HostConfiguration:
    """The host's configuration, from --host or its usual place. Raises SettingsInvalid when it cannot be trusted or read."""
    named_file = given.path("host")
    file = named_file or Path(DEFAULT_FILE)
    if _is_missing(file):
        raise SettingsInvalid(
            f"{file}: there is no such file, and it says where this host's databases are and who approves.",
            next_step="Give the right path with --host."
            if named_file
            else "Write it (docs/host.md), let scripts/install-host write its beginning, or name another one with --host.",
        )
    return read_host_configuration(file, operator=os.geteuid())


def _is_missing(file: Path) -> bool:
    """False also where a folder may not be entered: that is told by whoever opens it."""
    try:
        file.lstat()
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    return False


def settled_configuration(given: Given) -> HostConfiguration:
    """The same, and from here on root is the account that owns the state directory. Raises RepairRefused when it cannot be."""
    configuration = configuration_of(given)
    go_on_as_owner_of(configuration.state)
    return configuration


def settled_state(given: Given) -> State:
    """The state directory for those who only read it. Raises as `settled_configuration` and `trusted_state` do."""
    return trusted_state(settled_configuration(given))


def trusted_state(configuration: HostConfiguration) -> State:
    """The same of a configuration that was read; nothing is made. Raises SettingsInvalid where others could have written the
    directory: then nothing in it is believed."""
    directory = configuration.state
    if not _is_missing(directory):
        with trusted_folder(directory, operator=os.geteuid()):
            pass
    return state_in(directory)


def host_side(given: Given) -> HostSide:
    """Configuration and state directory, which is made when it is not there. Raises SettingsInvalid and RepairRefused."""
    who = invoker(os.environ)  # while sudo's word still counts
    configuration = settled_configuration(given)
    operator = os.geteuid()
    return HostSide(
        configuration=configuration,
        who=who,
        state=prepared_state(configuration, operator=operator),
        operator=operator,
        patience=patience_of(given),
    )


def refusal_of(error: SettingsInvalid) -> RepairRefused:
    """The same, for whoever asks for a repair: a condition does not hold, and nothing was touched."""
    return RepairRefused(error.problem, next_step=error.next_step)


@contextmanager
def refusing_what_is_not_believed() -> Iterator[None]:
    """Makes a refusal of a file or a setting of the host that cannot be believed, or is not there. Raises RepairRefused."""
    try:
        yield
    except SettingsInvalid as error:
        raise refusal_of(error) from error


def address_for(side: HostSide, purpose: ConnectionPurpose) -> DatabaseAddress:
    """Where the login of that purpose leads.

    Raises SettingsInvalid when the file names none or others could have written it, SourceUnavailable when an app.ini cannot
    be read, and RepairRefused when an app.ini is that of another instance.
    """
    connection = connection_for(side.configuration, purpose)
    match connection:
        case AppIniFile(path=path):
            return _from_app_ini(path, side.configuration)
        case DatabaseUrlFile(path=path):
            return _from_url_file(path, side.operator)


def _from_url_file(path: Path, operator: int) -> DatabaseAddress:
    from runner_scope_doctor.database.addresses.url import address_from_url

    content = trusted_bytes(path, operator=operator, most_bytes=_LARGEST_URL)
    try:
        return address_from_url(content.decode("utf-8").strip(), origin=str(path))
    except UnicodeDecodeError as error:
        raise SettingsInvalid(f"{path}: this is not UTF-8 text.", next_step="Write the URL anew.") from error


def _from_app_ini(path: Path, configuration: HostConfiguration) -> DatabaseAddress:
    from runner_scope_doctor.database.app_ini.read import AppIniOptions, read_app_ini

    # The server's own user may own this file: it can do anything to the database without it.
    app_ini = read_app_ini(path, AppIniOptions(path_map=(), database_host=None))
    if app_ini.root_url is not None and comparable(app_ini.root_url) != comparable(configuration.instance):
        raise RepairRefused(
            f"{path} is that of {named(app_ini.root_url)}, and {configuration.file} is about {named(configuration.instance)}.",
            next_step="Set the one that is wrong right.",
        )
    return app_ini.address

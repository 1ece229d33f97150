"""Read by host/configured.py and run as text, as the service's user, by the installed copy's Python: tells what the
configuration names, as JSON on standard output. With 3, a sentence."""

import json
import os
import sys
from pathlib import Path

from runner_scope_doctor.cli.host_side import HostSide, address_for
from runner_scope_doctor.database.address import SqliteAddress
from runner_scope_doctor.database.reader import Patience
from runner_scope_doctor.host.configuration import read_host_configuration
from runner_scope_doctor.host.invoker import invoker
from runner_scope_doctor.host.state import state_in
from runner_scope_doctor.model.errors import DoctorError, SettingsInvalid
from runner_scope_doctor.model.host import ConnectionPurpose, connection_for


def main() -> int:
    """0, or 3 when the configuration or a file it names cannot be used."""
    try:
        print(json.dumps(told(Path(sys.argv[1]))))  # noqa: T201 - the answer
    except DoctorError as error:
        print(f"{error.problem} Next: {error.next_step}")  # noqa: T201 - the answer
        return 3
    return 0


def told(file: Path) -> dict[str, object]:
    """Raises DoctorError."""
    configuration = read_host_configuration(file, operator=os.geteuid())
    side = HostSide(
        configuration=configuration,
        who=invoker(os.environ),
        state=state_in(configuration.state),
        operator=os.geteuid(),
        patience=Patience(10),
    )
    secrets, databases = [], []
    for purpose in ConnectionPurpose:
        try:
            connection = connection_for(configuration, purpose)
        except SettingsInvalid:
            continue  # not named: a repair is refused, and there is nothing to keep from anybody
        secrets.append(str(connection.path))
        address = address_for(side, purpose)
        if isinstance(address, SqliteAddress):
            databases.append(str(address.path))
    if configuration.api is not None:
        secrets.append(str(configuration.api.token_file))
        with open(configuration.api.token_file, "rb"):
            pass
    ping, issues = configuration.ping, configuration.issues
    named = (() if ping is None else (ping.url_file, ping.failure_url_file)) + (
        () if issues is None else (issues.token_file,)
    )
    telling = [path for path in named if path is not None]
    for path in telling:
        secrets.append(str(path))
        with open(path, "rb"):
            pass
    trusted = [configuration.contract, configuration.allowed_signers, configuration.revoked_keys]
    return {
        "state": str(configuration.state),
        "secrets": sorted(set(secrets)),
        "databases": sorted(set(databases)),
        "trusted": [str(path) for path in trusted if path is not None],
        "api": configuration.api is not None,
        "telling": bool(telling),
    }


if __name__ == "__main__":
    sys.exit(main())

"""`host self-test`: whether each credential of the host can do what it must, and nothing more. Looks, and changes nothing."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass, replace

from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.cli.host_check import contract_of
from runner_scope_doctor.cli.host_side import HostSide, address_for, settled_configuration
from runner_scope_doctor.cli.progress import told_when_waiting
from runner_scope_doctor.cli.settings import patience_of
from runner_scope_doctor.cli.variables import Given
from runner_scope_doctor.database.address import DatabaseAddress, SqliteAddress, described
from runner_scope_doctor.database.reader import Reader, opened_for_reading
from runner_scope_doctor.database.tables.identity import database_identity
from runner_scope_doctor.host.file_rights import judged_secret_file, judged_sqlite_file, judged_state
from runner_scope_doctor.host.invoker import invoker
from runner_scope_doctor.host.login_terms import WaitingJobs, purposes_of, terms_of
from runner_scope_doctor.host.state import state_in
from runner_scope_doctor.model.errors import AccessDenied, DoctorError, SourceBusy, SourceUnavailable
from runner_scope_doctor.model.host import ConnectionPurpose, DatabaseUrlFile, EvidenceKind, connection_for
from runner_scope_doctor.model.self_test import SelfTestLine, Standing
from runner_scope_doctor.model.server import NEWEST_KNOWN_MAJOR, OLDEST_KNOWN_MAJOR, ServerVersion
from runner_scope_doctor.model.table import DatabasePlace
from runner_scope_doctor.model.wording import counted_noun
from runner_scope_doctor.observe.login_rights import judged_rights
from runner_scope_doctor.observe.server_identity import identified
from runner_scope_doctor.report.escape import escaped

_REFUSED_BY_SERVER = "FATAL:"
"""How PostgreSQL begins to say that it is there and lets this login not in; no SQLSTATE goes with it."""


_Place = tuple[DatabasePlace, str, str | None]
"""Which database: its server or file, its name, its schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Login:
    """One login as it was tested. `place` is None when it did not get in, `version` when it did not tell."""

    purpose: ConnectionPurpose
    lines: tuple[SelfTestLine, ...]
    place: _Place | None = None
    version: ServerVersion | None = None


def run(chosen: Namespace) -> ExitCode:
    """Prints one line a fact. Raises SettingsInvalid when the host's configuration or contract cannot be used."""
    given = Given(chosen, os.environ)
    who = invoker(os.environ)  # while sudo's word still counts
    configuration = settled_configuration(given)
    side = HostSide(
        configuration=configuration,
        who=who,
        state=state_in(configuration.state),
        operator=os.geteuid(),
        patience=patience_of(given),
    )
    lines = []
    with told_when_waiting("testing the credentials"):
        for line in _lines(side):
            lines.append(line)
            sys.stdout.write(escaped(f"{line.standing.value:7} {line.subject}: {line.sentence}") + "\n")
    sys.stdout.write(_last_line(lines) + "\n")
    return _code(lines)


def _lines(side: HostSide) -> Iterator[SelfTestLine]:
    contract = contract_of(side)
    limited = contract is not None and any(declared.max_wait is not None for declared in contract.runners)
    waiting = WaitingJobs.LIMITED if limited else WaitingJobs.UNLIMITED
    major = OLDEST_KNOWN_MAJOR
    logins: list[_Login] = []
    for purpose in purposes_of(side.configuration):  # the check's comes first, and tells the version
        yield from _of_secret(side, purpose)
        login = _tested_login(side, purpose, waiting, major)
        major = major if login.version is None else _known(login.version)
        logins.append(login)
        yield from login.lines
    yield from _apart([login for login in logins if login.place is not None])
    yield from judged_state(side.state, operator=side.operator)
    if side.configuration.api is not None:
        yield from judged_secret_file("api", side.configuration.api.token_file)
        yield from _of_token(side)
    yield from _of_telling(side)


def _of_secret(side: HostSide, purpose: ConnectionPurpose) -> Iterator[SelfTestLine]:
    match connection_for(side.configuration, purpose):
        case DatabaseUrlFile(path=path):
            yield from judged_secret_file(purpose.value, path)
        case _:
            pass  # an app.ini is the server's own, and Forgejo's to keep


def _tested_login(side: HostSide, purpose: ConnectionPurpose, waiting: WaitingJobs, major: int) -> _Login:
    try:
        address = address_for(side, purpose)
    except DoctorError as error:
        unseen = isinstance(error, SourceUnavailable)
        return _Login(
            purpose=purpose,
            lines=(
                _line(Standing.UNSEEN if unseen else Standing.MISSING, purpose, f"{error.problem} {error.next_step}"),
            ),
        )
    files: tuple[SelfTestLine, ...] = ()
    if isinstance(address, SqliteAddress):
        files = judged_sqlite_file(purpose.value, address.path, operator=side.operator)
    try:
        with opened_for_reading(address, side.patience) as reader:
            login = _looked_at(side, purpose, waiting, major, (reader, address))
            inside = _line(Standing.RIGHT, purpose, f"logs in, {described(address)}")
            return replace(login, lines=(*files, inside, *login.lines))
    except SourceUnavailable as error:
        refused = isinstance(error, AccessDenied) or (
            _REFUSED_BY_SERVER in error.problem and not isinstance(error, SourceBusy)
        )
        standing = Standing.MISSING if refused else Standing.UNSEEN
        return _Login(purpose=purpose, lines=(*files, _line(standing, purpose, f"cannot log in: {error.problem}")))


def _looked_at(
    side: HostSide, purpose: ConnectionPurpose, waiting: WaitingJobs, major: int, opened: tuple[Reader, DatabaseAddress]
) -> _Login:
    reader, address = opened
    lines: list[SelfTestLine] = []
    place, version = None, None
    try:
        identity = database_identity(reader, address)
        place = (identity.place, identity.name, identity.schema)
        if purpose is ConnectionPurpose.CHECK:
            version = identified(reader).version
            if version is None:
                lines.append(
                    _line(Standing.UNSEEN, purpose, "which Forgejo this is; the columns of the oldest are tested")
                )
            else:
                major = _known(version)
        lines += judged_rights(reader, terms_of(side.configuration, purpose, reader.engine, major, waiting))
    except SourceUnavailable as error:
        lines.append(_line(Standing.UNSEEN, purpose, error.problem))
    return _Login(purpose=purpose, lines=tuple(lines), place=place, version=version)


def _known(version: ServerVersion) -> int:
    """The known major that is nearest to it."""
    return min(max(version.major, OLDEST_KNOWN_MAJOR), NEWEST_KNOWN_MAJOR)


def _apart(logins: list[_Login]) -> Iterator[SelfTestLine]:
    """Logins that lead elsewhere than the first one."""
    for login in logins[1:]:
        if login.place != logins[0].place:
            yield _line(Standing.MISSING, login.purpose, f"leads to another database than {logins[0].purpose.value}")


def _of_token(side: HostSide) -> Iterator[SelfTestLine]:
    # Only where a token is named: HTTP costs start-up time.
    from runner_scope_doctor.approve.review_access import review_client
    from runner_scope_doctor.forgejo.token_rights import judged_token

    environments = side.configuration.environments
    reviewing = [one for one in environments if EvidenceKind.REVIEW in one.evidence]
    try:
        with review_client(side.configuration, operator=side.operator) as client:
            yield from judged_token(client, tuple(dict.fromkeys(one.repository.name for one in reviewing)))
    except SourceUnavailable as error:
        yield SelfTestLine(standing=Standing.UNSEEN, subject="api", sentence=error.problem)
    except DoctorError as error:
        yield SelfTestLine(standing=Standing.MISSING, subject="api", sentence=f"{error.problem} {error.next_step}")


def _of_telling(side: HostSide) -> Iterator[SelfTestLine]:
    """Whom `host check` tells. A ping would be one, so of that the files alone are looked at."""
    ping, issues = side.configuration.ping, side.configuration.issues
    for file in () if ping is None else (ping.url_file, ping.failure_url_file):
        if file is not None:
            yield from judged_secret_file("ping", file)
    if issues is None:
        return
    yield from judged_secret_file("issues", issues.token_file)
    from runner_scope_doctor.forgejo.client import opened
    from runner_scope_doctor.forgejo.token_rights import judged_issue_token
    from runner_scope_doctor.host.api_access import address_of

    try:
        without = "take issues out of the configuration"
        address = address_of(
            side.configuration, issues, operator=side.operator, seconds=side.patience.seconds, without=without
        )
        with opened(address) as client:
            yield from judged_issue_token(client, issues.repository)
    except SourceUnavailable as error:
        yield SelfTestLine(standing=Standing.UNSEEN, subject="issues", sentence=error.problem)
    except DoctorError as error:
        yield SelfTestLine(standing=Standing.MISSING, subject="issues", sentence=f"{error.problem} {error.next_step}")


def _line(standing: Standing, purpose: ConnectionPurpose, sentence: str) -> SelfTestLine:
    return SelfTestLine(standing=standing, subject=purpose.value, sentence=sentence)


def _last_line(lines: list[SelfTestLine]) -> str:
    missing, more, unseen = (
        sum(line.standing is standing for line in lines)
        for standing in (Standing.MISSING, Standing.MORE, Standing.UNSEEN)
    )
    if missing or more:
        return (
            f"WRONG: {missing} missing, {more} too much. Next: compare with what `runner-scope-doctor grants` prints, GRANT what "
            "is missing, REVOKE what is more (docs/self-test.md), and run this again."
        )
    if unseen:
        return f"INCONCLUSIVE: {counted_noun(unseen, 'thing')} could not be looked at. Next: see to those, and run this again."
    return "RIGHT: each credential can do what it must, and nothing more. Next: run this again after an upgrade of Forgejo."


def _code(lines: list[SelfTestLine]) -> ExitCode:
    found = {line.standing for line in lines}
    if found & {Standing.MISSING, Standing.MORE}:
        return ExitCode.UNHEALTHY
    return ExitCode.INCONCLUSIVE if Standing.UNSEEN in found else ExitCode.HEALTHY

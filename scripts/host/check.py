"""`--check`: proves the boundary as the runner's user, one line a probe, and says what to do. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from host import probing_files, probing_service, probing_user
from host.accounts import Account, account
from host.arguments import Starter, Wish
from host.configured import Unusable, configured
from host.probe_lines import Line, Result, fail, ok, unseen
from host.problems import ExitCode, Refused
from host.record import Record, read_record
from host.saying import say
from host.surroundings import database_files

_WIDTH = max(len(result.value) for result in Result)


def check(wish: Wish) -> ExitCode:
    """0 when every probe ended as it should, 10 when one did not, 4 when one could not be tried."""
    try:
        record = read_record(Path("/"))
    except Refused as error:
        return _could_not(error.problem, error.next_step)
    if record is None:
        return _could_not("Nothing is installed here.", "scripts/install-host")
    name = wish.runner_user or record.runner_user
    runner, service = account(name), account(record.service_user)
    if runner is None or service is None:
        missing = name if runner is None else record.service_user
        return _could_not(f"There is no user {missing}.", "scripts/install-host --runner-user NAME")
    said: list[Line] = []
    for line in _lines(runner, service, record):
        say(f"{line.result.value:<{_WIDTH}} {line.text}")
        said.append(line)
    return _verdict(said)


def _lines(runner: Account, service: Account, record: Record) -> Iterator[Line]:
    yield from probing_user.lines(runner, service)
    code = list(probing_files.code_lines(runner))
    yield from code
    on_systemd = record.starter is Starter.SYSTEMD
    if on_systemd:
        yield from probing_files.unit_lines(runner)
    # What others can change is not run, not even as the service's user.
    trusted = all(line.result is Result.OK for line in code)
    found = (
        configured(service) if trusted else Unusable(reason="the installed code is not trusted, so it was not asked")
    )
    if isinstance(found, Unusable):
        problem = f"{service.name} reads the configuration: {found.reason}"
        step = "See to that, then check again: without it only what was installed is looked at."
        yield fail(problem, step) if trusted else unseen(problem, step)
        known = probing_files.unasked(record.source.path, database_files(record.source))
    else:
        known = found
        yield ok(f"{service.name} reads the configuration, and every file with a login that it names")
    yield from probing_files.secret_lines(runner, known)
    yield from probing_files.write_lines(runner, known)
    yield probing_files.path_line(runner, known)
    if not trusted:
        return
    yield from probing_service.direct_lines(runner)
    if on_systemd:
        if not isinstance(found, Unusable):
            yield from probing_service.unit_need_lines(found)
        yield probing_service.socket_line(runner)
    if not isinstance(found, Unusable):
        yield from probing_service.admin_lines(service)


def _verdict(lines: list[Line]) -> ExitCode:
    """The last line, and the exit code it stands for."""
    probes = [line for line in lines if line.result is not Result.NOTE]
    broken = [line for line in probes if line.result is Result.FAIL]
    blind = [line for line in probes if line.result is Result.UNSEEN]
    if broken:
        say(f"BROKEN: {len(broken)} of {len(probes)} probes. First: {broken[0].text}. Next: {broken[0].next_step}")
        return ExitCode.BROKEN
    if blind:
        return _could_not(f"{len(blind)} of {len(probes)} probes. First: {blind[0].text}.", blind[0].next_step)
    notes = "" if len(probes) == len(lines) else " Read the notes on site admins above."
    say(f"HOLDS: all {len(probes)} probes ended as they should.{notes}")
    return ExitCode.DONE


def _could_not(problem: str, next_step: str) -> ExitCode:
    say(f"INCONCLUSIVE: {problem} Next: {next_step}")
    return ExitCode.INCONCLUSIVE

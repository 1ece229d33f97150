"""One answer of `why` on a large server, against the statements it needs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from bench_statements import Recording, bare_runner, timed

from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.database.reader import Patience, Reader, opened_for_reading
from runner_scope_doctor.database.statement import written_for
from runner_scope_doctor.diagnose.waiting.explain import explained
from runner_scope_doctor.observe.waiting import AllWaiting, JobWanted, WaitingRequest, Wanted, observe_waiting
from runner_scope_doctor.report import waiting_text


def compared_answers(
    address: DatabaseAddress, job_id: int, runs: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Median seconds of an answer about one job, and about all that wait: each ours, text included, and the bare driver
    running the same statements, in turn."""
    with opened_for_reading(address, Patience(60)) as reader:
        one, every = (
            _compared(reader, address, wanted, runs)
            for wanted in (JobWanted(job_id=job_id), AllWaiting(longer_than=60))
        )
    return one, every


def _compared(reader: Reader, address: DatabaseAddress, wanted: Wanted, runs: int) -> tuple[float, float]:
    recording = Recording(reader)
    _answer(recording, wanted)
    sent = [written_for(reader.engine, statement, parameters) for statement, parameters in recording.statements]
    bare = bare_runner(address)
    actions: tuple[Callable[[], object], ...] = (lambda: _answer(reader, wanted), lambda: bare(sent))
    seconds: tuple[list[float], ...] = ([], [])
    for _ in range(runs):
        for action, measured in zip(actions, seconds, strict=True):
            measured.append(timed(action))
    ours, against = map(statistics.median, seconds)
    return ours, against


def _answer(reader: Reader, wanted: Wanted) -> str:
    request = WaitingRequest(wanted=wanted, address="bench", instance=None, now=int(time.time()))
    return waiting_text.rendered(explained(observe_waiting(reader, request)))

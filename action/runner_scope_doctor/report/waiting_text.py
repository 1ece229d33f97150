"""The answer of `why` for people: each job with its reason and its runners, the one next step last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from runner_scope_doctor.model.diagnosis import Verdict
from runner_scope_doctor.model.runner import ObservedRepository, UnreadableLabels
from runner_scope_doctor.model.waiting import JobStatus, WaitingJob
from runner_scope_doctor.model.waiting_reason import (
    Candidate,
    Explanation,
    MoreCandidates,
    Reason,
    RunExplanation,
    Standing,
    WaitingAnswer,
)
from runner_scope_doctor.model.wording import counted_noun, duration, moment, named
from runner_scope_doctor.report.escape import escaped
from runner_scope_doctor.report.text import gap_lines, server_line, wrapped

_AT_REST = (Reason.FINISHED, Reason.RUNNING, Reason.JUST_QUEUED)
"""Jobs nobody has to do anything about."""
_FAR = (Standing.LABEL_MISSING, Standing.NEVER_DECLARED, Standing.LABELS_UNREADABLE, Standing.EMPTY_RUNS_ON)
"""Runners that lack a label; there are many beside most jobs."""


def rendered(answer: WaitingAnswer) -> str:
    """The whole answer, ending in a line end. Foreign text is escaped line by line."""
    return "".join(f"{escaped(line)}\n" for line in (*_body(answer), answer_line(answer)))


def answer_line(answer: WaitingAnswer) -> str:
    """The one line that is read at 3 a.m.: the job that matters most, why it waits, and what to do next; unescaped."""
    gap, run = answer.first_gap, answer.about_run
    if run is not None and answer.verdict is not Verdict.UNHEALTHY:
        return f"{_heading(answer)} run {run.asked.run.number}: {run.reason.value}. {run.because} Next: {run.next_step}"
    if not answer.explanations:
        if gap is not None:
            return f"{_heading(answer)} no job is listed as waiting, and {gap.what} could not be seen. Next: {gap.next_step}"
        return f"{_heading(answer)} no job has waited for more than a minute. Nothing to do."
    first = decisive(answer)
    others = len(answer.explanations) - 1 + answer.left_out
    more = f", and {counted_noun(others, 'further job')}" if others else ""
    more += f", {answer.left_out} of them not looked at" if answer.left_out else ""
    unseen = "" if gap is None else f" Not seen: {gap.what}."
    told = f"{_heading(answer)} job {first.job.id}: {first.reason.value}{more}. {first.because}"
    return f"{told}{unseen} Next: {first.next_step}"


def decisive(answer: WaitingAnswer) -> Explanation:
    """Of several jobs the first with a finding, RSD001 before others; else the first that was not seen, then the first that
    somebody has to look at."""
    found = [(one.reason.finding.value, one) for one in answer.explanations if one.reason.finding is not None]
    if found:
        return min(found, key=lambda pair: pair[0])[1]
    for one in answer.explanations:
        if one.reason.is_unseen:
            return one
    waiting = (one for one in answer.explanations if one.reason not in _AT_REST)
    return next(waiting, answer.explanations[0])


def _heading(answer: WaitingAnswer) -> str:
    match answer.verdict:
        case Verdict.UNHEALTHY:
            finding = decisive(answer).reason.finding
            return "UNHEALTHY:" if finding is None else f"UNHEALTHY: {finding.value}"
        case Verdict.INCONCLUSIVE:
            return "INCONCLUSIVE:"
        case Verdict.HEALTHY:
            return "EXPLAINED:"
        case _:
            assert_never(answer.verdict)


def _body(answer: WaitingAnswer) -> Iterator[str]:
    yield server_line(answer.server)
    yield f"looked at {moment(answer.now)}"
    yield ""
    if answer.about_run is not None:
        yield from _about_run(answer.about_run)
        yield ""
    whole = len(answer.explanations) == 1
    for explanation in answer.explanations:
        yield from _explanation(explanation if whole else _shortened(explanation), answer.now)
        yield ""
    if answer.left_out:
        yield f"{counted_noun(answer.left_out, 'further job')} not looked at: ask for each with --job"
        yield ""
    for gap in answer.unobserved:
        yield from gap_lines(gap)
        yield ""


def _about_run(told: RunExplanation) -> Iterator[str]:
    run = told.asked.run
    whose = named(repository_name(told.asked.repository))
    yield f"run {run.number} of {named(run.workflow)} of {whose}: {told.asked.status.word}"
    yield told.reason.value
    yield from wrapped("because", told.because)
    yield from wrapped("next", told.next_step)


def _shortened(explanation: Explanation) -> Explanation:
    """Beside one of many jobs only runners are shown that fit or nearly do; the others are counted."""
    far = [one for one in explanation.candidates if one.standing in _FAR]
    counts = {more.standing: more.count for more in explanation.more}
    for one in far:
        counts[one.standing] = counts.get(one.standing, 0) + 1
    return replace(
        explanation,
        candidates=tuple(one for one in explanation.candidates if one.standing not in _FAR),
        more=tuple(MoreCandidates(standing=standing, count=count) for standing, count in counts.items()),
    )


def _explanation(explanation: Explanation, now: int) -> Iterator[str]:
    job, reason = explanation.job, explanation.reason
    yield f"job {job.id} {named(job.name)} of {_whose(job)}: {_state(job, now)}, runs-on {_runs_on(job)}"
    code = "" if reason.finding is None else f" ({reason.finding.value} {reason.finding.title})"
    yield f"{reason.value}{code}"
    yield from wrapped("because", explanation.because)
    for candidate in explanation.candidates:
        yield _runner(candidate)
    for more in explanation.more:
        yield f"  {counted_noun(more.count, 'more runner')}: {more.standing.value}"
    yield from wrapped("next", explanation.next_step)


def _runner(candidate: Candidate) -> str:
    place = f"runner {candidate.id} {named(candidate.name)} ({candidate.scope.value})"
    return f"  {place}: {candidate.standing.value}, {candidate.because}"


def _whose(job: WaitingJob) -> str:
    repository = f"repository {job.repo_id}" if job.repository is None else named(repository_name(job.repository))
    return repository if job.run is None else f"{repository}, run {job.run.number} of {named(job.run.workflow)}"


def repository_name(repository: ObservedRepository) -> str:
    """`owner/repository`; an owner without a row is shown by id."""
    return f"{repository.owner_name or f'(owner {repository.owner_id})'}/{repository.name}"


def _state(job: WaitingJob, now: int) -> str:
    if job.waiting_since is None or job.status not in (JobStatus.WAITING, JobStatus.BLOCKED):
        return job.status.word
    return f"{job.status.word} for {duration(now - job.waiting_since)}"


def _runs_on(job: WaitingJob) -> str:
    if job.runs_on is None or isinstance(job.runs_on, UnreadableLabels):
        return "nothing" if job.runs_on is None else "unreadable"
    return ", ".join('"' + label.replace('"', "'") + '"' for label in job.runs_on) or "nothing"

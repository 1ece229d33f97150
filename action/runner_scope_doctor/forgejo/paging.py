"""Reads a whole runner list whose order moves while it is read.

Forgejo sorts by `last_online`, newest first, with no second key, and every poll of a runner moves it to the front: a
page can repeat runners of another one and skip others. So runners are collected by id until there are as many as
X-Total-Count says, over several readings if one is not enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from runner_scope_doctor.forgejo.answers import is_refused_for_rank, record_of, status_failure
from runner_scope_doctor.forgejo.client import Answer, ApiClient, ask, ask_all
from runner_scope_doctor.forgejo.failures import failure
from runner_scope_doctor.forgejo.records import account_of, runners_of
from runner_scope_doctor.forgejo.situation import Facts, Situation
from runner_scope_doctor.forgejo.target import ListTarget, list_path, needed_scope
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.runner import ObservedRunner
from runner_scope_doctor.model.server import ServerVersion

API = "/api/v1"
JOB_ACCOUNT_ID = -2
"""The user `forgejo-actions` behind a job's own token (`models/user/user_system.go`)."""
_PAGE_LENGTH = 50
"""Forgejo's default MAX_RESPONSE_ITEMS; a server set to less sends shorter pages."""
_MOST_READINGS = 20
"""Where thousands of runners poll all the time a reading can miss a good part of them, and each further one less."""
_MOST_FRUITLESS_READINGS = 8
"""Readings in a row that bring no runner not seen before. A list in full motion hides one certain runner from a third of
its readings: from three in a row in 4 of 100 cases, from eight in 2 of 10,000."""
_MOST_RUNNERS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    runners: tuple[ObservedRunner, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One pass over all pages: `totals` are all the values of X-Total-Count met on the way.

    `disputed` is the id of a runner that the pass met as two, else None. Of such a pass nothing is kept.
    """

    runners: dict[int, ObservedRunner]
    totals: frozenset[int]
    disputed: int | None = None


def list_runners(client: ApiClient, target: ListTarget, *, version: ServerVersion | None) -> tuple[ObservedRunner, ...]:
    """Every live runner the token may list there, ordered by id.

    Always with `visible=true`. Without it the admin list has only the instance-wide runners, so the combined ones are
    hidden; the other lists lack the instance-wide runners, so one that is wider than declared would look missing.
    `version` is the server's, None when unknown; it words the failure of a server too old. Raises SourceUnavailable.
    """
    seen: dict[int, ObservedRunner] = {}
    totals: frozenset[int] = frozenset()
    fruitless = 0
    for _ in range(_MOST_READINGS):
        reading = _read_once(client, target, version)
        # A row met earlier may be gone when the count has changed since: only equal counts may be added up.
        known = seen if reading.totals == totals else {}
        seen, totals = {**known, **reading.runners}, reading.totals
        if totals == {len(seen)}:
            return tuple(sorted(seen.values(), key=lambda runner: runner.id))
        fruitless = fruitless + 1 if len(seen) == len(known) else 0
        if fruitless == _MOST_FRUITLESS_READINGS:
            break
    where = _where(client, target)
    if reading.disputed is not None:
        raise failure(Situation.CONTRADICTION, Facts(where=where, detail=str(reading.disputed)))
    raise failure(Situation.SHORT_LIST, Facts(where=where, detail=_shortfall(len(seen), totals)))


def read_list_head(client: ApiClient, target: ListTarget) -> Answer:
    """The first runner of a list: whether the token may read it, for the price of one small answer."""
    return ask(client, API + list_path(target), "?visible=true&limit=1&page=1")


def _shortfall(count: int, totals: frozenset[int]) -> str:
    said = " or ".join(str(total) for total in sorted(totals))
    return f"{count} different runners came, X-Total-Count says {said}, over several readings"


def _read_once(client: ApiClient, target: ListTarget, version: ServerVersion | None) -> _Reading:
    runners: dict[int, ObservedRunner] = {}
    totals: set[int] = set()
    for page in _pages(client, target, version):
        for runner in page.runners:
            if not _is_same(runners.setdefault(runner.id, runner), runner):
                return _Reading(runners={}, totals=frozenset(), disputed=runner.id)
        totals.add(page.total)
    return _Reading(runners=runners, totals=frozenset(totals))


def _is_same(one: ObservedRunner, other: ObservedRunner) -> bool:
    """Whether both can be one row: status, version and labels move by themselves, the rest only when someone moves it."""
    return one is other or (
        (one.uuid, one.name, one.owner_id, one.repo_id) == (other.uuid, other.name, other.owner_id, other.repo_id)
    )


def _pages(client: ApiClient, target: ListTarget, version: ServerVersion | None) -> Iterator[_Page]:
    path = API + list_path(target)
    read = _page_reader(client, target, version)
    first = read(ask(client, path, _query(1)))
    yield first
    length = len(first.runners)
    if 0 < length < first.total:
        later = range(2, -(-first.total // length) + 1)
        for answer in ask_all(client, ((path, _query(number)) for number in later)):
            page = read(answer)
            yield page
            if not page.runners:
                return  # the list ended early: either it shrank or the total is wrong, and asking on tells nothing


def _page_reader(client: ApiClient, target: ListTarget, version: ServerVersion | None) -> Callable[[Answer], _Page]:
    def read(answer: Answer) -> _Page:
        if answer.status != 200:
            raise refusal(client, answer, target, version)
        runners = record_of(answer, runners_of, scope=needed_scope(target))
        return _Page(runners=runners, total=_total(answer, runners))

    return read


def refusal(client: ApiClient, answer: Answer, target: ListTarget, version: ServerVersion | None) -> SourceUnavailable:
    """Why the target was not given. Where Forgejo says only that the user's rank is too low, asks whether the token is
    a job's own: no rank will help that one."""
    scope = needed_scope(target)
    if is_refused_for_rank(answer) and _is_job_token(client):
        return failure(Situation.JOB_TOKEN, Facts(where=answer.where, scope=scope))
    return status_failure(answer, scope=scope, version=version)


def _is_job_token(client: ApiClient) -> bool:
    try:
        account = record_of(ask(client, f"{API}/user"), account_of, scope="read:user")
    except SourceUnavailable:
        return False  # an access token without read:user; a job's own has no such limit
    return account.id == JOB_ACCOUNT_ID


def _total(answer: Answer, runners: tuple[ObservedRunner, ...]) -> int:
    text = answer.total_count
    if text is None and not runners:
        return 0
    if text is None or not (text.isascii() and text.isdigit()):
        raise failure(Situation.NO_TOTAL, Facts(where=answer.where))
    if len(text) > len(str(_MOST_RUNNERS)) or int(text) > _MOST_RUNNERS:
        raise failure(Situation.TOO_MANY_RUNNERS, Facts(where=answer.where, detail=text[:20]))
    return int(text)


def _query(page: int) -> str:
    return f"?visible=true&limit={_PAGE_LENGTH}&page={page}"


def _where(client: ApiClient, target: ListTarget) -> str:
    return client.address.base_url + API + list_path(target)

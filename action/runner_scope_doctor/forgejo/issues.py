"""The issues that the token's own account opened in one repository, read whole (Forgejo 7 to 16, scope `issue`).

`GET /repos/issues/search?created=true` is the server's own word on who opened an issue: it compares the poster's id with the
token's user (`SearchIssues` in `routers/api/v1/repo/issue.go`). Without a search word it reads the database and no index, so
that an issue is found as soon as it is there.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from runner_scope_doctor.forgejo.answers import content_of, said_in, status_failure
from runner_scope_doctor.forgejo.client import Answer, ApiClient
from runner_scope_doctor.forgejo.failures import failure
from runner_scope_doctor.forgejo.json_fields import WrongShape, integer_of, list_of, object_of, text_of
from runner_scope_doctor.forgejo.paging import API
from runner_scope_doctor.forgejo.situation import Facts, Situation
from runner_scope_doctor.forgejo.target import RepositoryList, subject_path
from runner_scope_doctor.forgejo.whole_list import ListPath, page_of, whole_list
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.issue import Issue, IssueState

SEARCH = f"{API}/repos/issues/search"
WRITE = "write:issue"
_MOST_OPEN = 500
_CLOSED_PAGES = 10
"""The newest closed issues, up to as many as open ones. A runner that goes and comes closes one each time, and behind all of
those stands the one that a person closed while its problem lasts."""
_TRIES = 3
_STATES = {state.value: state for state in IssueState}


def own_issues(client: ApiClient, repository: RepositoryList) -> tuple[Issue, ...]:
    """All open issues of the token's account in that repository, and the newest closed ones, each once, by number.

    Raises SourceUnavailable when the open ones did not come whole.
    """
    found = [*_open(client, repository), *_newest_closed(client, repository)]
    return tuple(sorted({issue.number: issue for issue in found}.values(), key=lambda issue: issue.number))


def issue_path(repository: RepositoryList, number: int | None = None) -> str:
    """The path of one issue, of all of them without a number."""
    path = f"{API}{subject_path(repository)}/issues"
    return path if number is None else f"{path}/{number}"


def written_issue(answer: Answer) -> Issue:
    """What the server says of an issue that was opened or changed. Raises SourceUnavailable where it was not."""
    if answer.status not in (200, 201):
        raise issue_failure(answer)
    return content_of(answer, _issue)


def issue_failure(answer: Answer) -> SourceUnavailable:
    """The failure behind an answer of the repository's issues that is none of success."""
    facts = Facts(where=answer.where, scope=WRITE, detail=said_in(answer))
    match answer.status:
        case 404 | 410:
            return failure(Situation.NO_ISSUES, Facts(where=answer.where, scope=WRITE, detail=str(answer.status)))
        case 412:
            return failure(Situation.OPEN_DEPENDENCY, facts)
        case 422:
            return failure(Situation.NOT_TAKEN, facts)
        case 423:
            return failure(Situation.ARCHIVED, facts)
        case _:
            return status_failure(answer, scope=WRITE)


def _open(client: ApiClient, repository: RepositoryList) -> tuple[Issue, ...]:
    """Read again when it moved meanwhile: the account may have other work."""
    wanted = _list(repository, IssueState.OPEN)
    for left in reversed(range(_TRIES)):
        try:
            return _present(whole_list(client, wanted, most=_MOST_OPEN))
        except SourceUnavailable:
            if not left:
                raise
    raise AssertionError("the last try returns or raises")


def _newest_closed(client: ApiClient, repository: RepositoryList) -> tuple[Issue, ...]:
    wanted = _list(repository, IssueState.CLOSED)
    found: list[Issue | None] = []
    for number in range(1, _CLOSED_PAGES + 1):
        page = page_of(client, wanted, number)
        found += page.items
        if len(found) >= page.total or not page.items:
            break
    return _present(tuple(found))


def _present(issues: tuple[Issue | None, ...]) -> tuple[Issue, ...]:
    return tuple(issue for issue in issues if issue is not None)


def _list(repository: RepositoryList, state: IssueState) -> ListPath[Issue | None]:
    query = f"created=true&type=issues&state={state.value}&owner={quote(repository.owner, safe='')}&"
    return ListPath(path=SEARCH, query=query, read=_issues_of(repository), scope=WRITE)


def _issues_of(repository: RepositoryList) -> Callable[[object], tuple[Issue | None, ...]]:
    """A page of the search; None for an issue of another repository of that owner."""
    wanted = f"{repository.owner}/{repository.name}".lower()

    def read(value: object) -> tuple[Issue | None, ...]:
        items = [object_of(item, "issue") for item in list_of(value, "issues")]
        posters = {_poster(item) for item in items}
        if len(posters) > 1:
            raise WrongShape("one account's issues have several posters")
        return tuple(_issue(item) if _is_ours(item, wanted) else None for item in items)

    return read


def _is_ours(item: dict[str, object], repository: str) -> bool:
    """An issue that was brought over from another server has its poster there in `original_author`."""
    place = object_of(item.get("repository"), "repository of the issue")
    return text_of(place, "full_name").lower() == repository and not item.get("original_author")


def _issue(value: object) -> Issue:
    item = object_of(value, "issue")
    number, state = integer_of(item, "number"), text_of(item, "state")
    if number < 1:
        raise WrongShape("number is not above 0")
    if state not in _STATES:
        raise WrongShape("state is neither open nor closed")
    return Issue(
        number=number,
        poster_id=_poster(item),
        state=_STATES[state],
        title=text_of(item, "title"),
        body=text_of(item, "body"),
    )


def _poster(item: dict[str, object]) -> int:
    return integer_of(object_of(item.get("user"), "user of the issue"), "id")

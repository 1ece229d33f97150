"""One living issue for each problem, against a loopback server: opened once, edited, closed, and never a second one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from threading import Barrier, Thread

import pytest

from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.notify.decision import MOST_ISSUES
from runner_scope_doctor.notify.recovery import Repair
from support.forgejo_api import refused
from support.issue_checks import CURED, HOUR, PLAN, RECEIPT, check_of, quietly, repaired, told
from support.issue_server import ISSUES, OWN, SEARCH, STRANGER, Document, IssueServer
from support.loopback import Behaviour, CutOff, HangUp, Received, Reply, Silence
from support.outcomes import HEALTHY, SICK, SICK_AND_UNSEEN, UNSEEN, WARNED, judge
from support.snapshots import NOW, USERS_CASE, runner, snapshot

JSON = {"Content-Type": "application/json"}


def body(issue: Document) -> str:
    return str(issue["body"])


@pytest.fixture
def server() -> IssueServer:
    """A repository without issues."""
    return IssueServer()


@pytest.fixture
def reported(server: IssueServer) -> IssueServer:
    """The same after a check that found the user's sick runner."""
    assert quietly(server, check_of(SICK)) == ("issue 12: opened (RSD001 combined-scope, runner 5)",)
    server.written.clear()
    return server


def test_open_at_the_first_failure(server: IssueServer) -> None:
    """The first check that finds the sick row opens one issue, which says code, row and what to do, and labels nobody."""
    quietly(server, check_of(SICK))
    assert server.written == [("POST", ISSUES)]
    assert server.only["title"] == "RSD001 combined-scope: runner 5 (git.example.org)"
    for said in (
        "id=5 rs2000-deploy-host owner_id=1 repo_id=35 deleted=NULL",
        "2026-11-23T18:36:40Z",
        "explain RSD001",
    ):
        assert said in body(server.only)


def test_nothing_is_opened_while_all_is_well(server: IssueServer) -> None:
    """A healthy check, and one with warnings alone, write nothing."""
    for diagnosis in (HEALTHY, WARNED):
        assert quietly(server, check_of(diagnosis)) == ()
    assert server.written == []


def test_update_while_it_lasts(reported: IssueServer) -> None:
    """An hour later the same issue is edited: no comment, no second issue, the same title, the first time kept."""
    assert quietly(reported, check_of(SICK, at=NOW + HOUR)) == ()
    assert reported.written == [("PATCH", f"{ISSUES}/12")]
    assert "First found at 2026-11-23T18:36:40Z, last at 2026-11-23T19:36:40Z." in body(reported.only)
    assert reported.only["title"] == "RSD001 combined-scope: runner 5 (git.example.org)"


def test_a_text_that_says_nothing_new_is_left_for_a_while(reported: IssueServer) -> None:
    """A check every few minutes does not write each time; one that finds the row otherwise does at once."""
    quietly(reported, check_of(SICK, at=NOW + 300))
    assert reported.written == []
    moved = judge(snapshot(USERS_CASE[0], runner(5, owner_id=1, repo_id=36)))
    quietly(reported, check_of(moved, at=NOW + 300))
    assert reported.written == [("PATCH", f"{ISSUES}/12")]
    assert "repo_id=36" in body(reported.only)


def test_a_clock_that_was_set_back_is_written(reported: IssueServer) -> None:
    """A text from the future is not taken for fresh: it would be left alone for as long as the clock was ahead."""
    quietly(reported, check_of(SICK, at=NOW + 2 * HOUR))
    quietly(reported, check_of(SICK, at=NOW + HOUR))
    assert "First found at 2026-11-23T18:36:40Z, last at 2026-11-23T19:36:40Z." in body(reported.only)


def test_close_with_the_receipt(reported: IssueServer) -> None:
    """When a repair explains it, the closed issue names its plan and the receipt's digest, and keeps what stood there."""
    lines = quietly(reported, check_of(CURED, at=NOW + HOUR, repairs=(repaired(at=NOW + 60),)))
    assert lines == (f"issue 12: closed, repaired by the plan {PLAN} (RSD001, runner 5)",)
    assert reported.only["state"] == "closed"
    assert f"its receipt has the digest `{RECEIPT}`" in body(reported.only)
    assert f"`runner-scope-doctor receipts show {PLAN}`" in body(reported.only)
    assert "id=5 rs2000-deploy-host owner_id=1 repo_id=35" in body(reported.only)


@pytest.mark.parametrize(
    "repair", [None, repaired(at=NOW - 1), repaired(at=NOW + 60, runner_id=6)], ids=["none", "before", "another row"]
)
def test_close_without_a_receipt_says_no_longer_found(reported: IssueServer, repair: Repair | None) -> None:
    """A row that somebody else set right, and a repair of another row or time, claim no receipt."""
    repairs = () if repair is None else (repair,)
    quietly(reported, check_of(CURED, at=NOW + HOUR, repairs=repairs))
    assert body(reported.only).startswith("**No longer found at 2026-11-23T19:36:40Z.**\n")
    assert "receipt" not in body(reported.only)
    assert reported.only["state"] == "closed"


def test_a_check_that_could_not_look_closes_nothing(reported: IssueServer) -> None:
    """Not found is not gone when something was not seen: the issue stays as it is."""
    before = body(reported.only)
    lines = quietly(reported, check_of(UNSEEN, at=NOW + HOUR))
    assert lines == ("issue 12: RSD001, runner 5 was not found, and stays open: not everything was seen",)
    assert (reported.written, reported.only["state"], body(reported.only)) == ([], "open", before)


def test_what_was_found_is_told_though_not_all_was_seen(server: IssueServer) -> None:
    """A sick row that was seen opens its issue, whatever else could not be looked at."""
    quietly(server, check_of(SICK_AND_UNSEEN))
    assert len(server.open_ones()) == 1


def test_closed_by_a_person_it_stays_closed_while_the_problem_lasts(reported: IssueServer) -> None:
    """Nobody's decision is fought: the issue stays closed, no other is opened, and the log says so."""
    reported.only["state"] = "closed"
    for hour in (1, 2):
        lines = quietly(reported, check_of(SICK, at=NOW + hour * HOUR))
        assert lines == (
            "issue 12: somebody closed it while RSD001 combined-scope, runner 5 lasts; it stays closed until that is gone",
        )
    assert reported.written == []


def test_what_a_person_closed_is_found_behind_many_others(reported: IssueServer) -> None:
    """A runner that goes and comes leaves a closed issue each time; among open ones ours is found on any page."""
    for number in range(498):
        reported.add(state="closed" if number % 2 else "open")
    quietly(reported, check_of(SICK, at=NOW + HOUR))
    for issue in reported.issues.values():
        issue["state"] = "closed"
    (line,) = quietly(reported, check_of(SICK, at=NOW + 2 * HOUR))
    assert line.startswith("issue 12: somebody closed it while")
    assert set(reported.written) == {("PATCH", f"{ISSUES}/12")}


def test_too_many_open_issues_are_told_and_nothing_is_written(reported: IssueServer) -> None:
    """With 501 of them nobody knows whether ours is there; the next step is about issues."""
    for _ in range(500):
        reported.add()
    with pytest.raises(SourceUnavailable) as caught:
        told(reported, check_of(CURED, at=NOW + HOUR))
    assert "has 501 entries" in caught.value.problem
    assert "for the living issue, an account of its own" in caught.value.next_step
    assert reported.written == []


def test_closed_by_a_person_and_gone_a_new_one_is_for_the_next_time(reported: IssueServer) -> None:
    """Once the problem is gone the closed issue says so, still closed; when it comes back a new issue is opened."""
    reported.only["state"] = "closed"
    quietly(reported, check_of(CURED, at=NOW + HOUR))
    assert reported.only["state"] == "closed"
    assert body(reported.only).startswith("**No longer found")
    quietly(reported, check_of(SICK, at=NOW + 2 * HOUR))
    assert [one["number"] for one in reported.open_ones()] == [13]


def test_coming_back_opens_a_new_issue(reported: IssueServer) -> None:
    """A problem that was gone and is back is a new one: the old issue keeps its receipt."""
    quietly(reported, check_of(CURED, at=NOW + HOUR, repairs=(repaired(at=NOW + 60),)))
    quietly(reported, check_of(SICK, at=NOW + 2 * HOUR))
    assert [(one["number"], one["state"]) for one in reported.issues.values()] == [(12, "closed"), (13, "open")]
    assert RECEIPT in body(reported.issues[12])


def test_deleted_by_a_person_it_is_opened_anew(reported: IssueServer) -> None:
    """What is nowhere cannot be known: a deleted issue is opened again while the problem lasts."""
    reported.issues.clear()
    quietly(reported, check_of(SICK, at=NOW + HOUR))
    assert len(reported.open_ones()) == 1


def test_reopened_by_a_person_it_is_left_open_and_used_again(reported: IssueServer) -> None:
    """What somebody opened again is not closed again; when the problem is back, that issue goes on instead of a second one."""
    quietly(reported, check_of(CURED, at=NOW + HOUR))
    reported.only["state"] = "open"
    reported.written.clear()
    quietly(reported, check_of(CURED, at=NOW + 2 * HOUR))
    assert reported.written == []
    quietly(reported, check_of(SICK, at=NOW + 3 * HOUR))
    assert reported.written == [("PATCH", f"{ISSUES}/12")]
    assert "First found at 2026-11-23T21:36:40Z" in body(reported.only)


def test_two_checks_at_once_end_with_one_issue(server: IssueServer) -> None:
    """Two hosts that both saw no issue both open one; each looks again, and only the older one stays open."""
    together = Barrier(2)

    def both_have_looked(request: Received) -> Behaviour | None:
        together.wait(20)
        return None

    server.instead["POST", ISSUES] = both_have_looked
    hosts = [Thread(target=told, args=(server, check_of(SICK))) for _ in range(2)]
    for host in hosts:
        host.start()
    for host in hosts:
        host.join(30)
    assert sorted(server.issues) == [12, 13]
    assert [one["number"] for one in server.open_ones()] == [12]
    assert "The issue with the number 12 goes on" in body(server.issues[13])
    server.instead.clear()
    quietly(server, check_of(SICK, at=NOW + HOUR))
    assert [one["number"] for one in server.open_ones()] == [12]


def test_a_duplicate_does_not_stand_for_the_problem(server: IssueServer) -> None:
    """When the older of two is closed by a person, the closed younger one is no reason to open a third or to go on with it."""
    quietly(server, check_of(SICK))
    server.add(body=body(server.only))
    quietly(server, check_of(SICK, at=NOW + 60))
    assert [(one["number"], one["state"]) for one in server.issues.values()] == [(12, "open"), (13, "closed")]
    server.issues[12]["state"] = "closed"
    assert len(quietly(server, check_of(SICK, at=NOW + HOUR))) == 1
    assert server.open_ones() == []


def test_a_token_that_may_not_even_read_is_told_the_scope_to_write(server: IssueServer) -> None:
    """Forgejo names `read:issue` for the search; the token to make is the one that can also open the issue."""

    def refuse(request: Received) -> Behaviour:
        message = "token does not have at least one of required scope(s): [read:issue]"
        return Reply(status=403, body=refused(message), headers=JSON)

    server.instead["GET", SEARCH] = refuse
    with pytest.raises(SourceUnavailable) as refused_search:
        told(server, check_of(SICK))
    assert refused_search.value.next_step == "Make an access token that has write:issue."


REFUSALS = [
    (401, "access token does not exist", "does not accept the token (401)"),
    (403, "token does not have at least one of required scope(s): [write:issue]", "lacks a scope"),
    (404, "The target couldn't be found.", "is not there for this token (404)"),
    (410, "issues are disabled", "is not there for this token (410)"),
    (422, "Title is empty", "does not take what was sent (422)"),
    (423, "This repository is archived", "archived repository (423)"),
    (429, "too many requests", "asks for fewer requests (429)"),
    (500, "", "failed on the server's side (500)"),
    (503, "", "failed on the server's side (503)"),
]


@pytest.mark.parametrize(("status", "message", "said"), REFUSALS, ids=[str(one[0]) for one in REFUSALS])
def test_server_errors_when_opening_are_told_and_tried_once(
    server: IssueServer, status: int, message: str, said: str
) -> None:
    """Whatever the server answers is one failure with a next step; a POST is not repeated, and the next check opens it."""
    asked = []

    def refuse(request: Received) -> Behaviour:
        asked.append(request)
        return Reply(status=status, body=refused(message), headers=JSON)

    server.instead["POST", ISSUES] = refuse
    ended = told(server, check_of(SICK))
    (failure,) = ended.failures
    assert said in failure.problem
    assert failure.next_step
    assert (len(asked), ended.lines, server.issues) == (1, (), {})
    server.instead.clear()
    quietly(server, check_of(SICK, at=NOW + HOUR))
    assert len(server.open_ones()) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502])
def test_server_errors_when_listing_write_nothing(reported: IssueServer, status: int) -> None:
    """Without the list nobody knows what is there, so nothing is opened, edited or closed."""
    reported.instead["GET", SEARCH] = lambda request: Reply(status=status, body=refused("no"), headers=JSON)
    for diagnosis in (SICK, CURED):
        with pytest.raises(SourceUnavailable):
            told(reported, check_of(diagnosis, at=NOW + HOUR))
    assert reported.written == []


def lying(items: object, **headers: str) -> Reply:
    return Reply(body=json.dumps(items).encode(), headers={**JSON, **headers})


@pytest.mark.parametrize(
    "list_answer",
    [
        Reply(body=b"[]", headers=JSON),
        lying([], **{"X-Total-Count": "3"}),
        lying({"message": "hello"}, **{"X-Total-Count": "0"}),
        Reply(body=b"<html>", headers={"Content-Type": "text/html", "X-Total-Count": "0"}),
        Reply(status=302, headers={"Location": "https://elsewhere.example/"}),
        CutOff(body=b"[", promised=100),
        HangUp(),
    ],
    ids=["no total", "short", "no list", "web page", "redirect", "half", "hung up"],
)
def test_half_a_list_is_no_list(reported: IssueServer, list_answer: Behaviour) -> None:
    """An empty, short or broken list must not look like a repository without our issue: no second one is opened."""
    reported.instead["GET", SEARCH] = lambda request: list_answer
    with pytest.raises(SourceUnavailable):
        told(reported, check_of(SICK, at=NOW + HOUR))
    assert reported.written == []


@pytest.mark.parametrize(
    "behaviour", [CutOff(body=b"{", promised=900), HangUp(), Silence()], ids=["half", "none", "late"]
)
def test_an_issue_whose_answer_was_lost_is_not_opened_again(server: IssueServer, behaviour: Behaviour) -> None:
    """The server opened it and the answer did not arrive: the look afterwards finds it, and nothing failed."""

    def opened_and_lost(request: Received) -> Behaviour:
        server.own_answer(request)
        return behaviour

    server.instead["POST", ISSUES] = opened_and_lost
    ended = told(server, check_of(SICK), read_seconds=0.3)
    assert (ended.lines, ended.failures) == (("issue 12: opened (RSD001 combined-scope, runner 5)",), ())
    server.instead.clear()
    quietly(server, check_of(SICK, at=NOW + HOUR))
    assert len(server.issues) == 1


@pytest.mark.parametrize(("status", "message", "said"), REFUSALS, ids=[str(one[0]) for one in REFUSALS])
def test_server_errors_when_closing_leave_it_for_the_next_check(
    reported: IssueServer, status: int, message: str, said: str
) -> None:
    """The issue stays open and lasting, and the next check closes it."""
    reported.instead["PATCH", f"{ISSUES}/12"] = lambda request: Reply(
        status=status, body=refused(message), headers=JSON
    )
    ended = told(reported, check_of(CURED, at=NOW + HOUR))
    assert [said in failure.problem for failure in ended.failures] == [True]
    assert ended.lines == ()
    reported.instead.clear()
    quietly(reported, check_of(CURED, at=NOW + 2 * HOUR))
    assert reported.only["state"] == "closed"


def test_an_open_dependency_keeps_it_open_and_is_told(reported: IssueServer) -> None:
    """412 at closing: the text does not say that it is closed, so that the next check tries again."""
    reported.instead["PATCH", f"{ISSUES}/12"] = lambda request: Reply(status=412, body=refused("open"), headers=JSON)
    (failure,) = told(reported, check_of(CURED, at=NOW + HOUR)).failures
    assert "while an issue it depends on is open (412)" in failure.problem
    assert "state=lasting" in body(reported.only)


def test_closed_and_then_cut_off_it_says_so_at_the_next_check(reported: IssueServer) -> None:
    """Between closing and its text the server went away: the next check writes the text, and nothing is opened again."""
    reported.instead["PATCH", f"{ISSUES}/12"] = last_word_lost
    assert len(told(reported, check_of(CURED, at=NOW + HOUR)).failures) == 1
    assert reported.only["state"] == "closed"
    reported.instead.clear()
    quietly(reported, check_of(CURED, at=NOW + 2 * HOUR))
    assert body(reported.only).startswith("**No longer found")


def text_and_then_412(server: IssueServer) -> Callable[[Received], Behaviour | None]:
    """As Forgejo does with an open dependency: `EditIssue` has written the text when closing is refused."""

    def answer(request: Received) -> Behaviour | None:
        given = json.loads(request.body)
        if given.pop("state", "") != "closed":
            return None
        server.only.update(given)
        return Reply(status=412, body=refused("still has open dependencies"), headers=JSON)

    return answer


def test_an_open_dependency_leaves_a_true_text_and_is_tried_again(reported: IssueServer) -> None:
    """412 after the text was written: open, it says since when the problem is gone and nothing of closing, is left so by later
    checks, and is closed once that is allowed, with the text as it was."""
    reported.instead["PATCH", f"{ISSUES}/12"] = text_and_then_412(reported)
    for hour in (1, 2):
        ended = told(reported, check_of(CURED, at=NOW + hour * HOUR))
        assert ["(412)" in failure.problem for failure in ended.failures] == [True]
        assert (ended.lines, reported.only["state"]) == ((), "open")
        shown = body(reported.only).split("What stood here before:")[0]
        assert shown == "**No longer found at 2026-11-23T19:36:40Z.**\n\n"
    reported.instead.clear()
    quietly(reported, check_of(CURED, at=NOW + 3 * HOUR))
    assert reported.only["state"] == "closed"
    assert body(reported.only).count("No longer found") == 1
    assert "state=gone" in body(reported.only)


def test_kept_open_by_a_dependency_it_is_used_again(reported: IssueServer) -> None:
    """The problem is back while its issue could not be closed: that issue goes on, as one that was gone in between."""
    reported.instead["PATCH", f"{ISSUES}/12"] = text_and_then_412(reported)
    told(reported, check_of(CURED, at=NOW + HOUR))
    quietly(reported, check_of(SICK, at=NOW + 2 * HOUR))
    assert (len(reported.issues), reported.only["state"]) == (1, "open")
    assert "First found at 2026-11-23T20:36:40Z" in body(reported.only)
    assert "state=lasting" in body(reported.only)


def test_kept_open_by_a_dependency_it_waits_for_a_whole_look(reported: IssueServer) -> None:
    """What is being closed is not closed by a check that could not see everything."""
    reported.instead["PATCH", f"{ISSUES}/12"] = text_and_then_412(reported)
    told(reported, check_of(CURED, at=NOW + HOUR))
    reported.instead.clear()
    lines = quietly(reported, check_of(UNSEEN, at=NOW + 2 * HOUR))
    assert lines == ("issue 12: RSD001, runner 5 was not found, and stays open: not everything was seen",)
    assert reported.only["state"] == "open"


def last_word_lost(request: Received) -> Behaviour | None:
    """The server goes away between closing and the text after it."""
    return None if b'"state"' in request.body else Reply(status=500)


@pytest.mark.parametrize("repair", [None, repaired(at=NOW + 60)], ids=["no longer found", "repaired"])
def test_closed_and_then_cut_off_it_counts_as_gone_when_the_problem_is_back(
    reported: IssueServer, repair: Repair | None
) -> None:
    """What the check closed itself is never taken for closed by somebody: the problem that is back gets a new issue."""
    reported.instead["PATCH", f"{ISSUES}/12"] = last_word_lost
    assert (
        len(told(reported, check_of(CURED, at=NOW + HOUR, repairs=() if repair is None else (repair,))).failures) == 1
    )
    reported.instead.clear()
    assert quietly(reported, check_of(SICK, at=NOW + 2 * HOUR)) == (
        "issue 13: opened (RSD001 combined-scope, runner 5)",
    )
    assert [one["number"] for one in reported.open_ones()] == [13]
    quietly(reported, check_of(CURED, at=NOW + 3 * HOUR))
    assert reported.open_ones() == []
    assert all("state=gone" in body(one) for one in reported.issues.values())
    assert body(reported.issues[12]).startswith("**No longer found at 2026-11-23T19:36:40Z.**")


@pytest.mark.parametrize("behaviour", [CutOff(body=b"{", promised=900), HangUp(), Reply(status=502)], ids=str)
@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
def test_an_error_at_closing_is_made_good_by_the_next_check(
    reported: IssueServer, behaviour: Behaviour, done: bool
) -> None:
    """Whether the server did what was asked or not before it broke off, twice told it is closed once, and back it is new."""

    def break_off(request: Received) -> Behaviour:
        if done:
            reported.own_answer(request)
        return behaviour

    reported.instead["PATCH", f"{ISSUES}/12"] = break_off
    assert len(told(reported, check_of(CURED, at=NOW + HOUR)).failures) == 1
    reported.instead.clear()
    quietly(reported, check_of(CURED, at=NOW + 2 * HOUR))
    assert reported.only["state"] == "closed"
    assert body(reported.only).count("No longer found") == 1
    quietly(reported, check_of(SICK, at=NOW + 3 * HOUR))
    assert [one["number"] for one in reported.open_ones()] == [13]


def test_a_server_that_says_yes_and_does_nothing_is_not_believed(reported: IssueServer) -> None:
    """201 with an issue that is still open is no closing."""
    answer = Reply(status=201, body=json.dumps(reported.only).encode(), headers=JSON)
    reported.instead["PATCH", f"{ISSUES}/12"] = lambda request: answer
    (failure,) = told(reported, check_of(CURED, at=NOW + HOUR)).failures
    assert "it is still open" in failure.problem


def test_an_issue_that_is_not_listed_after_it_was_opened_is_closed(server: IssueServer) -> None:
    """Behind a cache that gives an old list each check would open one more: it is taken back, and said. Nobody closed it, so
    once the list is right again a new one is opened."""
    old_list = lying([], **{"X-Total-Count": "0"})
    server.instead["GET", SEARCH] = lambda request: old_list
    (failure,) = told(server, check_of(SICK)).failures
    assert "it was opened and is not listed, so it was closed" in failure.problem
    assert server.open_ones() == []
    server.instead.clear()
    quietly(server, check_of(SICK, at=NOW + HOUR))
    assert [one["number"] for one in server.open_ones()] == [13]


def test_issues_of_other_people_are_not_believed(server: IssueServer) -> None:
    """Somebody who copies our text into an issue of their own gains nothing: it is not edited, not closed, and ours is opened."""
    quietly(server, check_of(SICK))
    copied = body(server.only)
    server.issues.clear()
    server.add(body=copied, poster=STRANGER)
    server.add(body=copied, poster=OWN, original_author="somebody on another server")
    elsewhere = {"id": 13, "name": "other", "owner": "ops", "full_name": "ops/other"}
    server.add(body=copied, poster=OWN, repository=elsewhere)
    quietly(server, check_of(SICK, at=NOW + HOUR))
    assert [body(server.issues[number]) for number in (12, 13, 14)] == [copied] * 3
    assert server.written == [("POST", ISSUES), ("POST", ISSUES)]


def test_another_servers_issues_are_left_alone(reported: IssueServer) -> None:
    """Two servers may report into one repository: the check of one closes nothing of the other's."""
    quietly(reported, check_of(HEALTHY, at=NOW + HOUR, instance="https://code.example.net/"))
    assert reported.written == []
    quietly(reported, check_of(SICK, at=NOW + HOUR, instance="https://code.example.net/"))
    assert len(reported.open_ones()) == 2


def many(count: int) -> Diagnosis:
    """A server with so many sick runners."""
    return judge(snapshot(*[runner(number, owner_id=1, repo_id=35) for number in range(1, count + 1)]))


def test_many_problems_make_ten_issues_and_one_summary(server: IssueServer) -> None:
    """A server that turned sick as a whole opens no issue for each row; the summary names the rest, and goes with it."""
    quietly(server, check_of(many(25)))
    titles = [str(one["title"]) for one in server.open_ones()]
    assert len(titles) == MOST_ISSUES + 1
    assert titles[-1] == "Further problems with the scopes of runners (git.example.org)"
    summary = body(server.open_ones()[-1])
    assert len(re.findall("^RSD001 ", summary, re.MULTILINE)) == 25 - MOST_ISSUES
    quietly(server, check_of(many(25), at=NOW + HOUR))
    assert len(server.issues) == MOST_ISSUES + 1
    quietly(server, check_of(many(10), at=NOW + 2 * HOUR))
    assert [str(one["title"]) for one in server.open_ones()] == titles[:-1]
    quietly(server, check_of(CURED, at=NOW + 3 * HOUR))
    assert server.open_ones() == []


def test_after_one_that_could_not_be_opened_no_further_is_tried(server: IssueServer) -> None:
    """A server that refuses the first of many is not asked ten times."""
    asked = []

    def refuse(request: Received) -> Behaviour:
        asked.append(request)
        return Reply(status=403, body=refused("no"), headers=JSON)

    server.instead["POST", ISSUES] = refuse
    assert len(told(server, check_of(many(25))).failures) == 1
    assert len(asked) == 1


def test_a_text_that_somebody_changed_is_not_sent_again(reported: IssueServer) -> None:
    """What another hand wrote into our text is not made ours when the issue is closed; the marker still tells which it is."""
    reported.only["body"] = "@everyone look\n" + body(reported.only)
    quietly(reported, check_of(CURED, at=NOW + HOUR))
    assert "@everyone" not in body(reported.only)
    assert "This was RSD001, runner 5, first found at 2026-11-23T18:36:40Z." in body(reported.only)

"""What an API shows of waiting jobs: each kind of answer, each list, each version, and everything that can go wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.diagnose.waiting.explain import explained
from runner_scope_doctor.forgejo.target import ListTarget, RepositoryList, UserList, organization_list, repository_list
from runner_scope_doctor.model.errors import AccessDenied, SourceUnavailable, UsageError
from runner_scope_doctor.model.snapshot import Need
from runner_scope_doctor.model.waiting_reason import Explanation, Reason, Standing, WaitingAnswer
from runner_scope_doctor.observe.waiting import MOST_JOBS, JobWanted, RunWanted
from support.forgejo_api import refused
from support.loopback import Behaviour, CutOff, HangUp, Reply, Silence
from support.waiting import OWNER, REPOSITORY
from support.waiting_api import (
    ADMIN_RUNNERS,
    NAME,
    REPOSITORY_RUNNERS,
    USER_RUNNERS,
    ListedServer,
    job_item,
    reply,
    repository_item,
    run_item,
    runner,
    seen_over_api,
)

JOBS = f"{ADMIN_RUNNERS}/jobs"
RUN = RunWanted(owner="platform-team", repository="platform", number=7)
JOB = JobWanted(job_id=71)
OLD_OWNER = 9
OWN_LIST = repository_list(NAME)
LABEL_OF_NOBODY = runner(4, labels=("other",))


def told(listed: ListedServer, target: ListTarget | None = None) -> Explanation:
    """What is told of job 71."""
    (found,) = explained(seen_over_api(listed, JOB, target)).explanations
    return found


def server(
    *runners: dict[str, object], job: dict[str, object] | None = None, has_actions: bool = True, major: int = 15
) -> ListedServer:
    repository = repository_item(has_actions=has_actions)
    return ListedServer(major=major, jobs=(job or job_item(),), runners=runners, repositories=(repository,))


DEFINITE = {
    Reason.COMBINED_SCOPE: server(runner(owner_id=OWNER, repo_id=REPOSITORY), runner(6, status="offline")),
    Reason.NO_RUNNER_IN_SCOPE: server(),
    Reason.NO_RUNNER_WITH_LABEL: server(LABEL_OF_NOBODY),
    Reason.LABEL_CASE: server(runner(labels=("Docker",))),
    Reason.LABEL_SUFFIX: server(runner(), job=job_item(runs_on=("docker:host",))),
    Reason.LABEL_SPACE: server(runner(), job=job_item(runs_on=("docker ",))),
    Reason.LABELS_RAW: server(runner(labels=("docker:docker://node:22",), status="offline")),
    Reason.LABELS_SPLIT: server(runner(), runner(6, labels=("gpu",)), job=job_item(runs_on=("docker", "gpu"))),
    Reason.LABELS_WIPED: server(runner(labels=("",))),
    Reason.NEVER_DECLARED: server(runner(name="docker-3", labels=None, status="offline")),
    Reason.SCOPE_OTHER_OWNER: server(LABEL_OF_NOBODY, runner(owner_id=OLD_OWNER)),
    Reason.SCOPE_OTHER_REPOSITORY: server(LABEL_OF_NOBODY, runner(repo_id=36)),
    Reason.TRANSFERRED_FROM_OWNER: server(
        LABEL_OF_NOBODY, runner(owner_id=OLD_OWNER), job=job_item(owner_id=OLD_OWNER)
    ),
    Reason.EMPTY_RUNS_ON: server(runner(), job=job_item(runs_on=None)),
    Reason.EMPTY_STRING_LABEL: server(runner(labels=("",)), job=job_item(runs_on=("",))),
    Reason.ALREADY_ASSIGNED: server(runner(), job=job_item(task_id=3)),
    Reason.ACTIONS_OFF: server(runner(owner_id=OWNER), has_actions=False),
    Reason.ACTIONS_OFF_FAILS: server(runner(), has_actions=False, major=16),
    Reason.RUNNER_OFFLINE: server(runner(status="offline"), runner(6, status="offline")),
    Reason.RUNNING: server(runner(status="active"), job=job_item(task_id=3, status="running")),
}


@pytest.mark.parametrize("reason", DEFINITE, ids=lambda reason: reason.value)
def test_what_no_hidden_thing_can_change_is_told(reason: Reason) -> None:
    """These obstacles stay, whatever holds the job besides: each is told with its next step, and counts as seen."""
    found = told(DEFINITE[reason])
    assert (found.reason, found.reason.is_unseen) == (reason, False), found.because
    assert found.next_step


@pytest.mark.parametrize(
    ("runners", "says"),
    [
        ((runner(),), "builder fits, is online and idle."),
        ((runner(status="active"),), "builder fits, is online and at work within the last ten seconds."),
        ((runner(status="active"), runner(6, name="free")), "free (and 1 further runner) fits, is online and idle."),
        ((runner(ephemeral=True),), "builder fits, is online and idle."),
        (
            (runner(ephemeral=True, status="offline"),),
            "builder would fit, is ephemeral and offline; whether it has had",
        ),
        (
            (runner(owner_id=OWNER, repo_id=REPOSITORY), runner(6, name="free")),
            "free fits, is online and idle.",
        ),
    ],
)
def test_a_runner_that_may_take_the_job_leaves_the_reason_open(
    runners: tuple[dict[str, object], ...], says: str
) -> None:
    """Whether it is busy, was told or the job is held is hidden: what was seen is said, and that it is no explanation."""
    found = told(server(*runners))
    assert (found.reason, found.reason.is_unseen) == (Reason.HOLDER_NOT_SEEN, True)
    assert found.because.startswith(says)
    assert "the API does" in found.because
    assert "let the command see the database" in found.next_step


def test_a_transfer_is_named_as_what_may_hold_a_job() -> None:
    """The new owner's idle runner may never have been told; whether that is so a counter tells, which is not shown."""
    found = told(server(runner(owner_id=OWNER), job=job_item(owner_id=OLD_OWNER)))
    assert found.reason is Reason.HOLDER_NOT_SEEN
    assert "The repository was transferred while the job waited" in found.because


def test_a_job_of_a_repository_without_actions_is_named_on_16() -> None:
    """It may starve the runner, if it comes first; the order of jobs is not shown."""
    off = repository_item(36, name="platform-team/off", has_actions=False)
    listed = replace(
        server(runner(), major=16), jobs=(job_item(60, repo_id=36), job_item(71)), repositories=(repository_item(), off)
    )
    answer = explained(seen_over_api(listed))
    by_job = {one.job.id: one for one in answer.explanations}
    assert by_job[60].reason is Reason.ACTIONS_OFF_FAILS
    assert by_job[71].reason is Reason.HOLDER_NOT_SEEN
    assert "Job 60, whose repository has Actions switched off, may come first" in by_job[71].because


@pytest.mark.parametrize("status", ["idle", "active"])
def test_that_such_a_job_may_come_first_is_said_on_16_alone(status: str) -> None:
    """Of one job alone the other jobs' repositories are not looked up: that one of them may be in the way is said."""
    for major in (15, 16):
        found = told(server(runner(status=status), major=major))
        assert ("a job of a repository without Actions may come first" in found.because) == (major == 16)


def test_the_runners_beside_a_job_stand_as_the_api_says() -> None:
    """One line a runner, and nothing of when it was last seen."""
    found = told(
        server(runner(5), runner(6, status="offline"), runner(7, ephemeral=True), runner(8, owner_id=OLD_OWNER))
    )
    assert {one.id: one.standing for one in found.candidates} == {
        5: Standing.ONLINE,
        6: Standing.OFFLINE,
        7: Standing.EPHEMERAL_NOT_SEEN,
    }
    assert all("last seen" not in one.because for one in found.candidates)


def test_a_repository_out_of_sight_leaves_the_reason_open() -> None:
    """Whose it is today decides, and 404 does not say that it is gone; what its own row says is told all the same."""
    hidden = replace(server(runner(status="offline")), repositories=())
    found = told(hidden)
    assert (found.reason, found.job.repository) == (Reason.REPOSITORY_NOT_SEEN, None)
    assert told(replace(hidden, jobs=(job_item(runs_on=()),))).reason is Reason.EMPTY_RUNS_ON


def test_a_token_without_read_repository_leaves_the_reason_open() -> None:
    """A token with read:admin alone may see no repository: that is said, and the look goes on."""
    words = "token does not have at least one of required scope(s): [read:repository]"
    path = f"/api/v1/repositories/{REPOSITORY}"
    listed = replace(server(runner()), instead={path: Reply(status=403, body=refused(words))})
    found = told(listed)
    assert found.reason is Reason.REPOSITORY_NOT_SEEN
    assert "read:repository" in found.next_step


# Which jobs are told of.


def test_all_that_waits_is_told_and_blocked_jobs_are_a_gap() -> None:
    """Running jobs are left out, the lowest id comes first, and that blocked ones are not listed spoils the answer."""
    listed = replace(server(LABEL_OF_NOBODY), jobs=(job_item(9), job_item(8, status="running", task_id=1), job_item(7)))
    answer = explained(seen_over_api(listed))
    assert [one.job.id for one in answer.explanations] == [7, 9]
    assert [(gap.what, gap.need) for gap in answer.unobserved if gap.need is Need.REQUIRED] == [
        ("blocked jobs", Need.REQUIRED)
    ]


@pytest.mark.parametrize("body", [None, ()])
def test_no_waiting_job_is_not_the_end_of_it(body: tuple[dict[str, object], ...] | None) -> None:
    """Forgejo writes an empty list as null: no job waits, and the gap of blocked ones stays; no runner is asked for."""
    listed = ListedServer(jobs=body, instead={ADMIN_RUNNERS: HangUp()})
    answer = explained(seen_over_api(listed))
    assert answer.explanations == ()
    assert [gap.what for gap in answer.unobserved] == ["blocked jobs"]


def test_at_most_200_jobs_are_told_and_a_repository_is_asked_for_once() -> None:
    """The rest is counted; however many jobs wait, a repository costs one request."""
    listed = replace(server(LABEL_OF_NOBODY), jobs=tuple(job_item(number) for number in range(1, 252)))
    asked: list[str] = []
    whole = listed.answer

    class Counting(ListedServer):
        def answer(self, request):  # type: ignore[no-untyped-def]  # as its base class
            asked.append(request.path)
            return whole(request)

    answer = explained(seen_over_api(Counting(major=15)))
    assert (len(answer.explanations), answer.left_out) == (MOST_JOBS, 51)
    assert [path for path in asked if "/repositories/" in path] == [f"/api/v1/repositories/{REPOSITORY}"]
    assert len(asked) == 4


def test_a_job_that_is_not_listed_may_be_anything() -> None:
    """Ended, blocked or never there: none of it is claimed, and it is no wrong question either."""
    with pytest.raises(
        SourceUnavailable, match=r"lists 1 job as .* job 99 is not among them: it has ended, is blocked, or does"
    ) as caught:
        seen_over_api(server(), JobWanted(job_id=99))
    assert "why REPOSITORY RUN" in caught.value.next_step
    with pytest.raises(SourceUnavailable, match="is not covered by this list"):
        seen_over_api(server(), JobWanted(job_id=99), OWN_LIST)


# Lists other than the admin's.


def test_the_list_of_a_repository_has_all_that_could_be_given_its_jobs() -> None:
    """Reasons hold as with the admin list; that a runner of somebody else has the labels is named as not seen."""
    seen = seen_over_api(server(runner(status="offline")), JOB, OWN_LIST)
    answer = explained(seen)
    assert answer.explanations[0].reason is Reason.RUNNER_OFFLINE
    assert "runners of other owners and repositories" in [gap.what for gap in answer.unobserved]


def test_only_runners_of_the_list_are_spoken_of() -> None:
    """A combined row of the owner's other repository is in the list of a repository: no other owner's runner is."""
    found = told(server(runner(owner_id=OWNER, repo_id=36)), OWN_LIST)
    assert found.reason is Reason.SCOPE_OTHER_REPOSITORY
    assert found.because.startswith("Of the runners in this list only runners of another repository have")


@pytest.mark.parametrize("target", [organization_list("platform-team"), UserList()], ids=["organization", "user"])
def test_a_list_without_repositories_runners_leaves_the_reason_open(target: ListTarget) -> None:
    """A runner of the repository alone may fit; what the job's own row says holds all the same."""
    found = told(server(runner(owner_id=OWNER, repo_id=REPOSITORY)), target)
    assert found.reason is Reason.RUNNERS_NOT_SEEN
    assert f"--api-list repository:{NAME}" in found.next_step
    assert found.candidates[0].standing is Standing.COMBINED_SCOPE
    assert told(server(runner(), job=job_item(runs_on=())), target).reason is Reason.EMPTY_RUNS_ON


def test_the_token_of_a_job_has_no_list_of_its_own() -> None:
    """As a user it does get a list, in which no job of anybody waits: that is no observation."""
    account = reply({"id": -2, "login": "forgejo-actions"})
    listed = ListedServer(jobs=None, instead={"/api/v1/user": account})
    with pytest.raises(AccessDenied, match="FORGEJO_TOKEN"):
        seen_over_api(listed, target=UserList())
    rank = Reply(status=403, body=refused("user should be the owner of the repo"))
    listed = ListedServer(jobs=None, instead={"/api/v1/user": account, f"{REPOSITORY_RUNNERS}/jobs": rank})
    with pytest.raises(AccessDenied, match="FORGEJO_TOKEN"):
        seen_over_api(listed, target=OWN_LIST)


# A run, per version.


def about_run(major: int, *jobs: dict[str, object], **run: object) -> WaitingAnswer:
    items = run_item(**run)  # type: ignore[arg-type]  # passed on as it is
    listed = ListedServer(major=major, jobs=jobs, runs=(items,), jobs_of_runs={70: jobs}, runners=(LABEL_OF_NOBODY,))
    return explained(seen_over_api(listed, RUN))


@pytest.mark.parametrize("major", [12, 13, 14, 15])
@pytest.mark.parametrize(
    ("run", "reason"),
    [
        ({"need_approval": True, "from_fork": True}, Reason.FORK_NEEDS_APPROVAL),
        ({"need_approval": True}, Reason.AUTHOR_NEEDS_APPROVAL),
        ({"status": "success"}, Reason.FINISHED),
        ({"status": "skipped"}, Reason.FINISHED),
    ],
)
def test_what_the_run_itself_says_is_told_from_12_on(major: int, run: dict[str, object], reason: Reason) -> None:
    """Approval and end are of the whole run: no job of it has to be known."""
    answer = about_run(major, job_item(), **run)
    assert answer.about_run is not None
    assert (answer.about_run.reason, answer.explanations) == (reason, ())


@pytest.mark.parametrize("status", ["failure", "cancelled"])
def test_a_run_that_failed_may_still_have_a_job_that_waits(status: str) -> None:
    """As run 34 of the recorded zoo has: its end as a whole proves nothing of each job."""
    answer = about_run(15, job_item(), status=status, need_approval=True)
    assert answer.about_run is not None
    assert answer.about_run.reason is Reason.JOBS_NOT_SEEN


@pytest.mark.parametrize(("major", "told_of"), [(13, []), (14, [71]), (15, [71])])
def test_whose_jobs_are_a_runs_own_is_open_up_to_15(major: int, told_of: list[int]) -> None:
    """The waiting jobs of its repository are told, where they are listed, and no other's; which are its own is not claimed."""
    answer = about_run(major, job_item(71), job_item(72, repo_id=36))
    assert answer.about_run is not None
    assert answer.about_run.reason is Reason.JOBS_NOT_SEEN
    assert [one.job.id for one in answer.explanations] == told_of
    counted = "1 job of its repository is listed as waiting for a runner" in answer.about_run.because
    assert counted == (major >= 14)


def test_that_no_job_of_its_repository_waits_is_said_of_a_run() -> None:
    """Then its jobs run, are blocked or have ended: which, the API does not show."""
    answer = about_run(15)
    assert answer.about_run is not None
    assert "no job of its repository is listed as waiting for a runner" in answer.about_run.because


def test_16_tells_the_jobs_of_a_run() -> None:
    """Each with its own reason, and the run's number with it."""
    answer = about_run(16, job_item(71, run_id=70), job_item(72, run_id=70, status="success", task_id=4))
    assert answer.about_run is None
    assert [(one.job.id, one.reason) for one in answer.explanations] == [
        (71, Reason.NO_RUNNER_WITH_LABEL),
        (72, Reason.FINISHED),
    ]
    assert answer.explanations[0].job.run is not None
    assert answer.explanations[0].job.run.number == 7


@pytest.mark.parametrize(
    ("others", "run", "reason"),
    [
        ((job_item(70, name="Build it"),), {}, Reason.NEEDS_UNFINISHED),
        ((job_item(70, status="success", task_id=1),), {}, Reason.BLOCKED_WITHOUT_CAUSE),
        ((job_item(70), job_item(69, status="success", task_id=1)), {}, Reason.NEEDS_NOT_SEEN),
        ((job_item(70, status="blocked"),), {"need_approval": True, "from_fork": True}, Reason.FORK_NEEDS_APPROVAL),
    ],
)
def test_16_tells_of_blocked_jobs_what_is_certain(
    others: tuple[dict[str, object], ...], run: dict[str, object], reason: Reason
) -> None:
    """Approval is of the run; what a key in `needs` means is certain where one other job is there, as names are no keys."""
    blocked = job_item(71, status="blocked", needs=("build",), run_id=70)
    answer = about_run(16, blocked, *others, **run)
    assert answer.explanations[0].reason is reason, answer.explanations[0].because


def test_a_run_without_jobs_is_no_answer() -> None:
    """As from the database: that no job is listed of it never reads as if none waited."""
    with pytest.raises(UsageError, match="run 7 of platform-team/platform has no job"):
        about_run(16)


def test_a_run_that_is_not_listed_may_be_from_before_a_transfer() -> None:
    """The list goes by the present owner, as the recorded one of a transferred repository is empty."""
    with pytest.raises(SourceUnavailable, match="lists no run 7 of platform-team/platform: there is none, or"):
        seen_over_api(ListedServer(), RUN)


def test_runs_are_not_shown_while_actions_is_off() -> None:
    """The server answers 404 then, as recorded; that it is off is what is said."""
    with pytest.raises(SourceUnavailable, match="Actions is switched off for platform-team/platform"):
        seen_over_api(server(has_actions=False), RUN)


def test_a_repository_by_name_that_is_not_there_is_not_seen() -> None:
    """404 for this token: it may be there for another one."""
    with pytest.raises(AccessDenied, match=r"repos/platform-team/platform is not there for this token \(404\)"):
        seen_over_api(ListedServer(repositories=()), RUN)


@pytest.mark.parametrize(("owner", "name"), [("..", "x"), ("a b", "x"), ("a", "x\n::error::y"), ("a", "b?c")])
def test_a_name_that_no_repository_has_is_a_wrong_question(owner: str, name: str) -> None:
    """It never becomes part of a path."""
    with pytest.raises(UsageError, match="is not a name Forgejo would give"):
        seen_over_api(ListedServer(), RunWanted(owner=owner, repository=name, number=7))


def test_two_repositories_contradict_each_other() -> None:
    """The list of one repository says nothing of a run of another."""
    listed = ListedServer(repositories=(repository_item(), repository_item(36, name="platform-team/other")))
    with pytest.raises(UsageError, match="--api-list and REPOSITORY name two repositories"):
        seen_over_api(listed, RUN, RepositoryList(owner="platform-team", name="other"))


# Versions.


@pytest.mark.parametrize("major", [11, 12, 13])
def test_before_14_waiting_jobs_are_not_listed(major: int) -> None:
    """An empty list of such a server proves nothing and is not even asked for."""
    for wanted in (JOB, None):
        with pytest.raises(SourceUnavailable, match=f"The API of Forgejo {major} does not list the jobs that wait"):
            seen_over_api(ListedServer(major=major, jobs=None), *(() if wanted is None else (wanted,)))


def test_11_lists_no_runs() -> None:
    """It says so by its version, whatever the path would answer."""
    with pytest.raises(SourceUnavailable, match="The API of Forgejo 11 lists no runs"):
        seen_over_api(ListedServer(major=11), RUN)


def test_14_lists_jobs_and_no_runners() -> None:
    """What the job's own row says is told; the rest is runners-not-seen, with the version that lists them."""
    found = told(server(major=14))
    assert (found.reason, "lists no runners; it does from 15 on" in found.because) == (Reason.RUNNERS_NOT_SEEN, True)
    assert told(server(major=14, job=job_item(runs_on=()))).reason is Reason.EMPTY_RUNS_ON


@pytest.mark.parametrize("text", ["17.0.0+gitea-1.22.0", "development"])
def test_an_unknown_version_is_not_judged(text: str) -> None:
    """Unless somebody vouches for the rules."""
    listed = replace(server(LABEL_OF_NOBODY), instead={"/api/forgejo/v1/version": reply({"version": text})})
    with pytest.raises(SourceUnavailable, match="whose rules this tool does not know"):
        seen_over_api(listed)
    vouched = explained(seen_over_api(listed, JOB, assumed_major=15))
    assert vouched.explanations[0].reason is Reason.NO_RUNNER_WITH_LABEL


def test_gitea_is_refused() -> None:
    """Its lists are not Forgejo's."""
    gitea = {"/api/forgejo/v1/version": Reply(status=404), "/api/v1/version": reply({"version": "1.24.2"})}
    with pytest.raises(SourceUnavailable, match=r"Gitea server \(1\.24\.2\)"):
        seen_over_api(ListedServer(instead=gitea))


# What goes wrong.

FAILURES: dict[str, Behaviour] = {
    "401": Reply(status=401, body=refused("access token does not exist")),
    "403": Reply(status=403, body=refused("user should be the site admin")),
    "403-scope": Reply(status=403, body=refused("token does not have at least one of required scope(s): [read:admin]")),
    "404": Reply(status=404, body=b"404 page not found"),
    "500": Reply(status=500, body=refused("boom")),
    "302": Reply(status=302, headers={"Location": "https://elsewhere.example/"}),
    "web page": Reply(body=b"<html></html>", headers={"Content-Type": "text/html"}),
    "no json": Reply(body=b"[{", headers={"Content-Type": "application/json"}),
    "cut off": CutOff(body=b"[]", promised=50),
    "hang up": HangUp(),
}
SHAPES: dict[str, object] = {
    "an object": {"jobs": []},
    "no objects": [3],
    "one job twice": [job_item(), job_item(name="other")],
    "status": [job_item(status="pending")],
    "no status": [{**job_item(), "status": None}],
    "id": [{**job_item(), "id": "71"}],
    "huge id": [{**job_item(), "id": 2**63}],
    "true": [{**job_item(), "repo_id": True}],
    "labels": [{**job_item(), "runs_on": "docker"}],
    "half a character": [{**job_item(), "name": "\ud800"}],
    "no labels": [{key: value for key, value in job_item().items() if key != "runs_on"}],
}


@pytest.mark.parametrize("path", [JOBS, ADMIN_RUNNERS])
@pytest.mark.parametrize("name", FAILURES)
def test_a_list_that_does_not_come_is_never_an_answer(path: str, name: str) -> None:
    """Whichever list fails in whichever way: the look fails with a sentence and a next step."""
    with pytest.raises(SourceUnavailable) as caught:
        seen_over_api(replace(server(runner()), instead={path: FAILURES[name]}))
    assert caught.value.problem
    assert caught.value.next_step


@pytest.mark.parametrize("name", ["500", "no json", "hang up"])
def test_a_repository_that_does_not_come_is_never_an_answer(name: str) -> None:
    """A server in trouble is not a repository out of sight."""
    with pytest.raises(SourceUnavailable):
        seen_over_api(replace(server(runner()), instead={f"/api/v1/repositories/{REPOSITORY}": FAILURES[name]}))


@pytest.mark.parametrize("name", SHAPES)
def test_jobs_of_another_shape_are_not_read(name: str) -> None:
    """No field is guessed, and of two rows with one id neither is believed."""
    with pytest.raises(SourceUnavailable, match="JSON"):
        seen_over_api(replace(server(runner()), instead={JOBS: reply(SHAPES[name])}))


def test_a_list_that_never_answers_ends_in_time() -> None:
    """The time limit of the client holds for these requests too."""
    with pytest.raises(SourceUnavailable):
        seen_over_api(replace(server(), instead={JOBS: Silence()}), read_seconds=0.05)


def test_another_run_than_asked_for_is_not_taken() -> None:
    """A server that overlooks run_number sends other runs: none of them is the one."""
    other = reply({"workflow_runs": [run_item(8)], "total_count": 1})
    with pytest.raises(SourceUnavailable, match="lists no run 7"):
        seen_over_api(ListedServer(instead={f"/api/v1/repos/{NAME}/actions/runs": other}), RUN)


def test_the_users_list_is_asked_as_such() -> None:
    """Each list has jobs beside its runners."""
    listed = server(runner(), job=job_item(runs_on=()))
    assert told(replace(listed, instead={JOBS: HangUp()}), UserList()).reason is Reason.EMPTY_RUNS_ON
    with pytest.raises(SourceUnavailable):
        told(replace(listed, instead={f"{USER_RUNNERS}/jobs": FAILURES["500"]}), UserList())

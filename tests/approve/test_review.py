"""The honest pull request approves; each way in which one is not honest is refused with its own reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.approve.review import review_evidence
from runner_scope_doctor.approve.rules import judged
from runner_scope_doctor.model.approval import Approval, Approved, NotApproved, PartlyApproved
from runner_scope_doctor.model.host import EvidenceKind
from runner_scope_doctor.model.plan import Maker
from support.approval_case import ANNA, BERT, CARL, MADE, a_plan, configuration, environment
from support.loopback import Behaviour, Received
from support.review_server import (
    DIGEST,
    FILE,
    FIRST,
    HOST,
    OTHER,
    POSTER,
    SECOND,
    STRANGER,
    ReviewServer,
    approvals,
    asked,
    at,
    changed_file,
    event,
    evidence_of,
    pull,
    push,
    refusal,
    refusals,
    review,
    reviewed,
    user,
)

ON = "The review 31 of ops-lead on ops/forgejo#5"
NONE = f"No open pull request of ops/forgejo adds {FILE}; a closed or merged one does not count."


@pytest.fixture
def server() -> ReviewServer:
    """A server with one honest pull request, number 5, that Anna approved."""
    return ReviewServer()


# the honest path


def test_an_honest_review_approves(server: ReviewServer) -> None:
    """A reviewer's approval of a pull request that adds the digest is that person's approval, named to the very review."""
    assert evidence_of(server) == (
        Approval(
            forgejo_id=7,
            login="ops-lead",
            kind=EvidenceKind.REVIEW,
            reference="https://git.example.org/ ops/forgejo (12) pull request 5 review 31",
            facts=(
                ("instance", "https://git.example.org/"),
                ("repository", "ops/forgejo (12)"),
                ("pull request", "5"),
                ("review", "31"),
                ("commit", FIRST),
                ("submitted", "2026-09-21T15:13:20+00:00"),
            ),
        ),
    )
    assert isinstance(judged(a_plan(), HOST, evidence_of(server), now=MADE + 7_200), Approved)


def test_two_reviewers_are_two_approvals(server: ReviewServer) -> None:
    """Each reviewer's review counts for that reviewer, so that two of two can be reached on one pull request."""
    server.only.reviews.append(review(32, BERT.forgejo_id))
    server.only.timeline.append(reviewed(102, 32, BERT.forgejo_id))
    assert approvals(server) == [7, 9]
    host = configuration(environment(required=2, kinds=(EvidenceKind.REVIEW,)))
    assert isinstance(judged(a_plan(), host, evidence_of(server), now=MADE + 7_200), Approved)


def test_one_reviewer_on_two_pull_requests_is_one_person(server: ReviewServer) -> None:
    """Two pull requests with the same digest give two pieces of evidence of one person, which are not enough for two."""
    second = pull(6)
    second.reviews[0]["id"], second.timeline[1]["review_id"] = 41, 41
    server.pulls.append(second)
    assert approvals(server) == [7, 7]
    references = {one.reference for one in evidence_of(server) if isinstance(one, Approval)}
    assert len(references) == 2
    host = configuration(environment(required=2, kinds=(EvidenceKind.REVIEW,)))
    assert isinstance(judged(a_plan(), host, evidence_of(server), now=MADE + 7_200), NotApproved | PartlyApproved)


def test_a_renamed_reviewer_is_still_the_reviewer(server: ReviewServer) -> None:
    """The id decides: a reviewer who took another login approves under the name that the host's file has."""
    server.only.reviews[0]["user"] = user(7, "brand-new-name")
    (one,) = evidence_of(server)
    assert isinstance(one, Approval)
    assert one.login == "ops-lead"


def test_a_later_comment_does_not_end_an_approval(server: ReviewServer) -> None:
    """As on the server, further comments leave an approval as it is."""
    server.only.reviews.append(review(32, state="COMMENT", official=False))
    server.only.timeline += [reviewed(102, 32), event(103, "comment", 7)]
    assert approvals(server) == [7]


def test_a_new_approval_after_a_push_counts(server: ReviewServer) -> None:
    """A reviewer who looks again at what was pushed approves that, and the older review is of no account."""
    documents = server.only
    documents.pull["head"] = {"sha": SECOND}
    documents.files = [changed_file(commit=SECOND)]
    documents.reviews = [review(31, stale=True, official=False, dismissed=True), review(32, commit_id=SECOND)]
    documents.timeline += [push(102, POSTER, SECOND), reviewed(103, 32)]
    assert approvals(server) == [7]


def test_a_push_by_the_poster_and_a_force_push_before_the_review_are_no_hindrance(server: ReviewServer) -> None:
    """The poster may push, also by force, as long as the head is what was reviewed."""
    server.only.timeline = [
        push(98, POSTER, OTHER),
        push(99, POSTER, OTHER, SECOND),
        push(100, POSTER, SECOND, FIRST, forced=True),
        reviewed(101, 31),
    ]
    assert approvals(server) == [7]


def test_other_pull_requests_do_not_matter(server: ReviewServer) -> None:
    """Pull requests about something else are passed over, whatever state they are in."""
    other = pull(4)
    other.files = [changed_file("README.md", status="changed"), changed_file(f"{FILE[:-1]}0")]
    other.pull["base"] = {"ref": "next", "repo_id": 12, "repo": {"id": 12, "full_name": "ops/forgejo"}}
    server.pulls.insert(0, other)
    assert approvals(server) == [7]


def test_an_environment_without_reviews_asks_nothing() -> None:
    """Where reviews are no evidence, and where the plan has no environment, the server is not asked at all."""
    with asked(ReviewServer()) as (client, running):
        assert review_evidence(client, a_plan(), DIGEST, configuration(environment())) == ()
        assert review_evidence(client, a_plan(environment=None), DIGEST, HOST) == ()
        assert running.received == []


# who approves


def test_self_approval_by_the_plans_maker(server: ReviewServer) -> None:
    """The maker of the plan approves nothing while self-review is prevented, by a review as little as otherwise."""
    plan = a_plan(maker=Maker(forgejo_id=ANNA.forgejo_id, login="opslead"))
    verdict = judged(plan, HOST, evidence_of(server), now=MADE + 7_200)
    assert isinstance(verdict, NotApproved | PartlyApproved)
    assert "The review of ops-lead does not count: ops-lead made the plan" in verdict.reasons[0]


def test_review_by_the_author(server: ReviewServer) -> None:
    """The poster's own approval, which Forgejo itself refuses, is refused here too."""
    server.only.pull["user"] = user(7)
    assert refusal(server) == f"{ON} is by the one who opened the pull request."


def test_review_by_someone_who_pushed(server: ReviewServer) -> None:
    """A reviewer who pushed to another's pull request has approved their own work."""
    server.only.timeline = [push(99, POSTER, OTHER), push(100, 7, FIRST), reviewed(101, 31)]
    assert refusal(server) == f"{ON} is by one who pushed to the pull request."


def test_review_by_someone_who_pushed_before_another_did(server: ReviewServer) -> None:
    """A push of somebody else on top does not wash a reviewer's own push away, a forced one neither."""
    server.only.timeline = [
        push(98, POSTER, OTHER),
        push(99, 7, OTHER, SECOND, forced=True),
        push(100, POSTER, FIRST),
        reviewed(101, 31),
    ]
    assert refusal(server) == f"{ON} is by one who pushed to the pull request."


def test_approval_by_someone_not_on_the_list(server: ReviewServer) -> None:
    """A person of the host who is no reviewer of the environment is named and does not count."""
    server.only.reviews = [review(31, CARL.forgejo_id) | {"user": user(CARL.forgejo_id, "third")}]
    server.only.timeline[1] = reviewed(101, 31, CARL.forgejo_id)
    assert refusal(server) == (
        "third (Forgejo id 11), who approved ops/forgejo#5, is no reviewer of the environment deploy."
    )


@pytest.mark.parametrize("login", ["ops-lead", "OPS-Lead"])
def test_approval_by_a_user_with_a_reviewers_login(server: ReviewServer, login: str) -> None:
    """Who renamed themselves to a reviewer's login, or was made anew under it, has another id and does not count."""
    server.only.reviews[0]["user"] = user(STRANGER, login)
    server.only.timeline[1] = reviewed(101, 31, STRANGER)
    assert refusal(server) == (
        f"{login} (Forgejo id 77), who approved ops/forgejo#5, is no reviewer of the environment deploy; the reviewer of that "
        "login has the id 7."
    )


@pytest.mark.parametrize("number", [-2, -1, 0])
def test_approval_by_nobody(server: ReviewServer, number: int) -> None:
    """Deleted users and jobs approve nothing."""
    server.only.reviews[0]["user"] = user(number)
    assert "is no reviewer of the environment deploy" in refusal(server)


def test_many_strangers_are_not_all_named(server: ReviewServer) -> None:
    """Approvals of strangers cannot make the refusal long."""
    server.only.reviews = [review(number, 100 + number) for number in range(1, 50)]
    assert len(refusals(server)) == 3


@pytest.mark.parametrize("nobody", [None, user(0), user(-1), user(-2)])
def test_opened_by_nobody(server: ReviewServer, nobody: object) -> None:
    """A pull request whose poster is gone or is a job approves nothing: who must not approve it is not known."""
    server.only.pull["user"] = nobody
    assert refusal(server) == "Pull request ops/forgejo#5 was opened by nobody whom the server can name."


@pytest.mark.parametrize("nobody", [None, user(0), user(-1), user(-2)])
def test_pushed_by_nobody(server: ReviewServer, nobody: object) -> None:
    """A push whose user is gone or is a job may have been the reviewer's."""
    server.only.timeline.insert(0, push(90, POSTER, OTHER) | {"user": nobody})
    assert refusal(server).startswith("Pull request ops/forgejo#5 was pushed to by nobody whom the server can name")


# what the review says


def test_review_on_an_older_commit(server: ReviewServer) -> None:
    """An approval of what was there before a push is none of what is there now."""
    server.only.reviews[0]["commit_id"] = OTHER
    assert refusal(server) == f"{ON} is of the commit {OTHER}, and the head is {FIRST} now."


@pytest.mark.parametrize("commit", ["", FIRST[:10], FIRST.upper() + "x", "main"])
def test_review_on_something_like_the_commit(server: ReviewServer, commit: str) -> None:
    """The commit is compared whole: the reviewer may write anything into a review's commit id."""
    server.only.reviews[0]["commit_id"] = commit
    assert "is of the commit" in refusal(server)


def test_stale_review(server: ReviewServer) -> None:
    """A stale approval, whose state stays APPROVED and official, does not count."""
    server.only.reviews[0]["stale"] = True
    assert refusal(server) == f"{ON} is stale: what the pull request changes is no longer what was reviewed."


def test_dismissed_review(server: ReviewServer) -> None:
    """A dismissed approval, whose state stays APPROVED, does not count."""
    server.only.reviews[0]["dismissed"] = True
    assert refusal(server) == f"{ON} was dismissed."


def test_unofficial_review(server: ReviewServer) -> None:
    """What the server would not count for the branch does not count here."""
    server.only.reviews[0]["official"] = False
    assert refusal(server).startswith(f"{ON} is not official:")


def test_review_that_asks_for_changes(server: ReviewServer) -> None:
    """A rejection is no approval."""
    server.only.reviews[0]["state"] = "REQUEST_CHANGES"
    assert refusal(server) == f"{ON} asks for changes."


@pytest.mark.parametrize(
    ("later", "words"),
    [({"state": "REQUEST_CHANGES"}, "asks for changes"), ({"dismissed": True}, "was dismissed")],
)
def test_a_later_review_ends_an_approval(server: ReviewServer, later: dict[str, object], words: str) -> None:
    """Only the latest approval or rejection of a reviewer counts, in whatever order the server lists them."""
    server.only.reviews.insert(0, review(32) | later)
    server.only.timeline.append(reviewed(102, 32))
    assert refusal(server) == f"The review 32 of ops-lead on ops/forgejo#5 {words}."


def test_review_older_than_the_plan(server: ReviewServer) -> None:
    """A review from before the plan is none of it; five minutes of clock skew are forgiven, and not a second more."""
    server.only.reviews[0]["submitted_at"] = at(MADE - 300)
    assert approvals(server) == [7]
    server.only.reviews[0]["submitted_at"] = at(MADE - 301)
    assert refusal(server) == f"{ON} is 5 min 1 s older than the plan."


@pytest.mark.parametrize("state", ["PENDING", "REQUEST_REVIEW", ""])
def test_review_that_was_never_given(server: ReviewServer, state: str) -> None:
    """A review that was begun or asked for is no review."""
    server.only.reviews[0]["state"] = state
    server.only.reviews.append(review(32, state="REQUEST_REVIEW") | {"user": None, "team": {"id": 3}})
    assert refusal(server) == "Pull request ops/forgejo#5 has no review of a reviewer yet."


def test_a_comment_instead_of_a_review(server: ReviewServer) -> None:
    """Words are not an approval: not as a comment, not as a review that only comments."""
    said = "ops-lead commented on ops/forgejo#5, and only an approving review counts."
    server.only.reviews, server.only.timeline[1] = [], event(101, "comment", 7, body=f"/approve {DIGEST}")
    assert refusal(server) == said
    server.only.reviews, server.only.timeline[1] = [review(31, state="COMMENT")], reviewed(101, 31)
    assert refusal(server) == said


# what the pull request is


@pytest.mark.parametrize("branch", ["next", "refs/heads/main", "heads/main", "Main", "main ", "main~0", ""])
def test_pull_request_to_another_base(server: ReviewServer, branch: str) -> None:
    """Only the environment's branches count, compared as full refs, character by character."""
    server.only.pull["base"] = {"ref": branch, "repo_id": 12, "repo": {"id": 12, "full_name": "ops/forgejo"}}
    assert "#5 is to the branch " in refusal(server)
    assert refusal(server).endswith("and it must be to main.")


def test_retargeted_after_the_review(server: ReviewServer) -> None:
    """Retargeting leaves an approval official and not stale, so one given before it does not count."""
    server.only.timeline.append(event(102, "change_target_branch", POSTER))
    assert refusal(server) == f"{ON} was given before the pull request's target branch was changed."
    server.only.timeline[-1]["id"] = 100
    server.only.timeline[0]["id"] = 99
    assert approvals(server) == [7]


def test_pushed_back_after_the_review(server: ReviewServer) -> None:
    """A push that was taken back leaves the review good for the server, and not for us."""
    server.only.timeline += [push(102, POSTER, SECOND), push(103, POSTER, SECOND, FIRST, forced=True)]
    assert refusal(server) == f"{ON} was given before the last push to the pull request."


def test_a_review_with_two_events(server: ReviewServer) -> None:
    """Of a review that the timeline tells twice the first telling counts, so that a push after it is seen."""
    server.only.timeline += [event(102, "change_target_branch", POSTER), reviewed(103, 31)]
    assert refusal(server) == f"{ON} was given before the pull request's target branch was changed."


def test_a_review_without_its_event(server: ReviewServer) -> None:
    """A review whose place in the timeline is not known cannot be put in order, another's event does not help."""
    server.only.timeline[1] = reviewed(101, 31, STRANGER)
    assert refusal(server) == f"{ON} is missing from the pull request's timeline."
    server.only.timeline[1] = reviewed(101, 30)
    assert refusal(server) == f"{ON} is missing from the pull request's timeline."


def test_a_push_that_the_timeline_does_not_tell(server: ReviewServer) -> None:
    """The server writes a push down after it happened: until then nobody knows who pushed the head."""
    for timeline in ([], [push(100, POSTER, OTHER)], [push(100, POSTER, FIRST), push(101, POSTER)]):
        server.only.timeline = [*timeline, reviewed(110, 31)]
        assert "its timeline does not say who pushed it" in refusal(server)


@pytest.mark.parametrize(
    "path", [FILE.upper(), f"{FILE}.json", f"x/{FILE}", f"./{FILE}", FILE[:-1], f"{FILE}\n", DIGEST]
)
def test_a_file_of_another_name(server: ReviewServer, path: str) -> None:
    """Only the very path counts; the digest in upper case, cut short or with a line end is another file."""
    server.only.files = [changed_file(path)]
    assert refusal(server) == NONE


def test_the_digest_of_another_plan(server: ReviewServer) -> None:
    """A pull request about one plan says nothing of another one."""
    assert "No open pull request of ops/forgejo adds runner-scope-repairs/fff" in refusal(server, digest="f" * 64)


def test_pull_request_with_a_second_file(server: ReviewServer) -> None:
    """What else a pull request changes may be what its reviewer approved."""
    server.only.files.append(changed_file("README.md", status="changed"))
    assert refusal(server) == f"Pull request ops/forgejo#5 changes README.md too, and it may only add {FILE}."


@pytest.mark.parametrize("place", [0, 55, 119])
def test_second_file_on_another_page(server: ReviewServer, place: int) -> None:
    """The plan's file is found, and the others are seen, on whatever page they are."""
    server.only.files = [changed_file(f"f{number:03}") for number in range(120)]
    server.only.files.insert(place, changed_file())
    assert refusal(server) == f"Pull request ops/forgejo#5 changes f000 too, and it may only add {FILE}."


@pytest.mark.parametrize("status", ["changed", "deleted", "copied", "renamed", "unchanged", "", "ADDED"])
def test_a_file_that_is_not_added(server: ReviewServer, status: str) -> None:
    """The file must be new: a change, a copy, a renaming or a removal approves nothing."""
    server.only.files = [changed_file(status=status)]
    assert f"#5 does not add {FILE}: the server calls the file " in refusal(server)


def test_a_file_that_was_renamed(server: ReviewServer) -> None:
    """A file that came from elsewhere, or went elsewhere, is not added."""
    server.only.files = [changed_file() | {"previous_filename": "old"}]
    assert f"#5 does not add {FILE}" in refusal(server)
    server.only.files = [changed_file("new", status="renamed") | {"previous_filename": FILE}]
    assert "#5 changes new too" in refusal(server)


def test_the_file_twice(server: ReviewServer) -> None:
    """A server that tells the one file twice is not believed."""
    server.only.files = [changed_file(), changed_file()]
    assert f"#5 tells of {FILE} more than once" in refusal(server)


@pytest.mark.parametrize("address", [None, "", "x?ref=", f"x?ref={OTHER}", f"x?ref={FIRST}&x=1"])
def test_files_of_another_commit(server: ReviewServer, address: str | None) -> None:
    """The list of files is believed only for the head commit that was reviewed."""
    server.only.files[0]["contents_url"] = address
    assert "and the server compared another one" in refusal(server)


@pytest.mark.parametrize("commit", ["", "main", FIRST[:39], FIRST.replace("1", "A")])
def test_a_head_that_is_no_commit(server: ReviewServer, commit: str) -> None:
    """Without a whole commit id nothing can be compared, also where a review has the same text."""
    server.only.pull["head"] = {"sha": commit}
    server.only.reviews[0]["commit_id"] = commit
    assert refusal(server) == "Pull request ops/forgejo#5 has no head commit that the server can find."


@pytest.mark.parametrize("merged", [True, False])
def test_a_pull_request_that_is_not_open(server: ReviewServer, merged: bool) -> None:
    """A merged or closed pull request is not looked for."""
    server.only.pull |= {"state": "closed", "merged": merged}
    assert refusal(server) == NONE


@pytest.mark.parametrize(("merged", "word"), [(True, "merged"), (False, "closed")])
def test_a_pull_request_that_closes_meanwhile(server: ReviewServer, merged: bool, word: str) -> None:
    """One that was open in the list and no longer is when it is looked at does not count."""

    def files(request: Received) -> Behaviour:
        server.only.pull |= {"state": "closed", "merged": merged}
        return server.own_answer(request)

    server.instead["/pulls/5/files"] = files
    assert refusal(server) == f"Pull request ops/forgejo#5 is {word}, and only an open one counts."


@pytest.mark.parametrize("part", ["/pulls/5/reviews", "/issues/5/timeline"])
def test_a_push_in_between(server: ReviewServer, part: str) -> None:
    """The head is read before and after everything else, so that a push while reading is noticed."""

    def pushes(request: Received) -> Behaviour:
        answer = server.own_answer(request)
        server.only.pull["head"] = {"sha": SECOND}
        return answer

    server.instead[part] = pushes
    assert refusal(server).startswith("Pull request ops/forgejo#5 changed while it was read;")


def test_retargeted_in_between(server: ReviewServer) -> None:
    """A base that changes while reading is noticed too."""

    def retargets(request: Received) -> Behaviour:
        server.only.pull["base"] = {"ref": "next", "repo_id": 12, "repo": {"id": 12, "full_name": "ops/forgejo"}}
        return server.own_answer(request)

    server.instead["/issues/5/timeline"] = retargets
    assert refusal(server).startswith("Pull request ops/forgejo#5 changed while it was read;")


# which repository


@pytest.mark.parametrize(
    "change",
    [{"id": 13}, {"name": "Forgejo"}, {"owner": {"id": 3, "login": "ops2"}}],
    ids=["made anew", "renamed", "transferred"],
)
def test_another_repository_under_the_name(server: ReviewServer, change: dict[str, object]) -> None:
    """Id and name must both be those of the environment, or nothing else is even asked."""
    server.repository |= change
    with asked(server) as (client, running):
        (one,) = review_evidence(client, a_plan(), DIGEST, HOST)
        assert len(running.received) == 1
    assert "it was renamed, transferred or made anew." in str(one)


@pytest.mark.parametrize(
    "repository", [{"id": 13, "full_name": "ops/forgejo"}, {"id": 12, "full_name": "ops/other"}], ids=["id", "name"]
)
def test_pull_request_of_another_repository(server: ReviewServer, repository: dict[str, object]) -> None:
    """The pull request's own base is held against the environment's repository, by id and by full name."""
    server.only.pull["base"] = {"ref": "main", "repo_id": repository["id"], "repo": repository}
    assert refusal(server).startswith("Pull request ops/forgejo#5 belongs to ops/")


def test_a_fork_with_the_same_pull_request(server: ReviewServer) -> None:
    """A base that names two repositories is no answer of Forgejo's."""
    server.only.pull["base"] = {"ref": "main", "repo_id": 12, "repo": {"id": 13, "full_name": "ops/forgejo"}}
    assert "JSON of another shape than Forgejo's" in refusal(server)


# what is found among many


def test_the_pull_request_on_a_later_page(server: ReviewServer) -> None:
    """However many pull requests are open, the one with the digest is found."""
    others = [pull(number) for number in range(100, 220)]
    for other in others:
        other.files = [changed_file("README.md")]
    server.pulls = [*others[:110], pull(), *others[110:]]
    assert approvals(server) == [7]


def test_a_review_on_a_later_page(server: ReviewServer) -> None:
    """A rejection after sixty other reviews ends the approval, and an approval there counts."""
    server.page_length = 30
    comments = [review(number, STRANGER, state="COMMENT") for number in range(200, 260)]
    server.only.reviews += comments
    assert approvals(server) == [7]
    server.only.reviews.append(review(300, state="REQUEST_CHANGES"))
    assert "asks for changes" in refusal(server)


def test_reviews_that_were_begun_and_not_sent(server: ReviewServer) -> None:
    """Others' unsent reviews take places in the list, and hide neither an approval nor a rejection."""
    server.hidden = 2
    assert approvals(server) == [7]
    server.only.reviews.append(review(32, state="REQUEST_CHANGES"))
    assert "asks for changes" in refusal(server)


def test_a_push_on_a_later_page(server: ReviewServer) -> None:
    """The whole timeline is read: a reviewer's push after a hundred comments is seen."""
    server.page_length = 30
    comments = [event(200 + number, "comment", STRANGER) for number in range(100)]
    server.only.timeline = [push(100, POSTER, OTHER), *comments, push(400, 7, FIRST), reviewed(401, 31)]
    assert refusal(server) == f"{ON} is by one who pushed to the pull request."


def test_each_refusal_is_told(server: ReviewServer) -> None:
    """Of several pull requests with the digest each says what is wrong with it, and a good one counts beside them."""
    stale, foreign = pull(6), pull(7)
    stale.reviews[0]["stale"] = True
    foreign.pull["base"] = {"ref": "next", "repo_id": 12, "repo": {"id": 12, "full_name": "ops/forgejo"}}
    server.pulls = [stale, foreign]
    first, second = refusals(server)
    assert "ops/forgejo#6 is stale" in first
    assert "ops/forgejo#7 is to the branch next" in second
    server.pulls.append(pull(8))
    assert [isinstance(one, Approval) for one in evidence_of(server)] == [False, False, True]


def test_the_environment_of_the_plan_decides(server: ReviewServer) -> None:
    """A reviewer of another environment is none of this one."""
    other = replace(environment(BERT, kinds=(EvidenceKind.REVIEW,)), name="deploy")
    assert refusals(server, host=configuration(other)) == (
        "user-7 (Forgejo id 7), who approved ops/forgejo#5, is no reviewer of the environment deploy.",
    )

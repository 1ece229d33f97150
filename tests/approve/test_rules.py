"""Whether evidence is enough: who counts, how often, and what is said when it is not."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.approve.evidence import Evidence
from runner_scope_doctor.approve.rules import judged
from runner_scope_doctor.model.approval import Approved, Declined, NotApproved, PartlyApproved
from runner_scope_doctor.model.host import EvidenceKind, EvidenceRule, HostConfiguration, SelfReview
from runner_scope_doctor.model.plan import Maker, Plan
from support.approval_case import (
    ANNA,
    BERT,
    CARL,
    DAY,
    MADE,
    NOBODY,
    a_plan,
    approval,
    configuration,
    environment,
)

SIGN = "ssh-keygen -Y sign -f KEY -n runner-scope-doctor-plan PLAN"
ANNA_MADE_IT = Maker(forgejo_id=ANNA.forgejo_id, login="opslead")
ALL_KINDS = tuple(EvidenceKind)


def refused(
    plan: Plan, host: HostConfiguration, *evidence: Evidence, now: int = MADE + 1
) -> NotApproved | PartlyApproved:
    """The refusal, whose reasons and way out are whole sentences."""
    verdict = judged(plan, host, evidence, now=now)
    assert isinstance(verdict, NotApproved | PartlyApproved), verdict
    assert verdict.reasons
    assert all(reason.endswith(".") for reason in verdict.reasons)
    assert verdict.way_out
    return verdict


def is_approved(plan: Plan, host: HostConfiguration, *evidence: Evidence, now: int = MADE + 1) -> bool:
    """Whether the evidence is enough."""
    return isinstance(judged(plan, host, evidence, now=now), Approved)


def test_one_reviewer_is_enough_where_one_is_wanted() -> None:
    """One approval of a reviewer approves, and nothing does not."""
    host = configuration(environment())
    assert judged(a_plan(), host, [approval(ANNA)], now=MADE + 1) == Approved(approvals=(approval(ANNA),))
    refusal = refused(a_plan(), host)
    assert refusal.reasons == ("There are 0 approvals of 1 that the environment deploy wants.",)
    assert refusal.way_out == f"Ask ops-lead or second-operator to sign it: `{SIGN}`."


def test_two_of_two() -> None:
    """Two people are two; one person twice, by two keys or one signature given twice, is one."""
    host = configuration(environment(required=2))
    assert is_approved(a_plan(), host, approval(ANNA), approval(BERT))
    for other in (approval(ANNA, reference="2"), approval(ANNA)):
        refusal = refused(a_plan(), host, approval(ANNA), other)
        assert refusal.reasons == ("There is 1 approval of 2 that the environment deploy wants.",)
        assert refusal.way_out == f"Ask second-operator to sign it: `{SIGN}`."


def test_one_person_by_two_kinds_is_one_person() -> None:
    """Who dispatches and signs has approved once."""
    host = configuration(environment(required=2, kinds=ALL_KINDS))
    assert not is_approved(a_plan(), host, approval(ANNA), approval(ANNA, EvidenceKind.DISPATCH))
    assert is_approved(a_plan(), host, approval(ANNA), approval(BERT, EvidenceKind.DISPATCH))


def test_the_maker_does_not_count() -> None:
    """Self-review is refused by its name while it is prevented, and counts where it is allowed."""
    plan = a_plan(maker=ANNA_MADE_IT)
    refusal = refused(plan, configuration(environment()), approval(ANNA))
    assert refusal.reasons[0] == (
        "The signature of ops-lead does not count: ops-lead made the plan, and self-review is prevented."
    )
    assert refusal.way_out == f"Ask second-operator to sign it: `{SIGN}`."
    assert is_approved(plan, configuration(environment()), approval(ANNA), approval(BERT))
    assert is_approved(plan, configuration(environment(self_review=SelfReview.ALLOWED)), approval(ANNA))


def test_a_plan_no_person_made_excludes_nobody() -> None:
    """A timer's plan may be approved by any reviewer."""
    assert is_approved(a_plan(maker=NOBODY), configuration(environment()), approval(ANNA))


def test_too_few_people_to_ever_approve() -> None:
    """Where the maker is the only reviewer, the refusal says so instead of asking nobody."""
    refusal = refused(a_plan(maker=ANNA_MADE_IT), configuration(environment(ANNA)), approval(ANNA))
    assert refusal.reasons[-1] == (
        "1 approval is wanted by the environment deploy, and nobody may approve this plan; "
        "the maker of the plan is not counted."
    )
    assert refusal.way_out == "Let somebody else make the plan, or add a reviewer to the host's configuration."
    two = refused(a_plan(maker=ANNA_MADE_IT), configuration(environment(required=2)), approval(BERT))
    assert "2 approvals are wanted by the environment deploy, and 1 reviewer may approve" in two.reasons[-1]


def test_somebody_who_is_no_reviewer() -> None:
    """The id decides: a stranger does not count, nor one who bears a reviewer's login under another id."""
    host = configuration(environment())
    refusal = refused(a_plan(maker=NOBODY), host, approval(CARL))
    assert refusal.reasons[0] == "third (Forgejo id 11) is none of those who may approve by the environment deploy."
    impostor = replace(approval(ANNA), forgejo_id=700)
    assert "ops-lead (Forgejo id 700) is none" in refused(a_plan(), host, impostor).reasons[0]
    assert is_approved(a_plan(), host, replace(approval(ANNA), login="renamed"))


def test_a_kind_the_environment_does_not_take() -> None:
    """Evidence of another kind is named with the kinds that count."""
    host = configuration(environment(kinds=(EvidenceKind.DISPATCH, EvidenceKind.REVIEW)))
    refusal = refused(a_plan(), host, approval(ANNA))
    assert refusal.reasons[0] == (
        "The signature of ops-lead does not count: the environment deploy takes dispatch or review."
    )
    assert refusal.way_out == (
        "Ask ops-lead or second-operator to start .forgejo/workflows/scope-repair.yml of ops/forgejo with the operation "
        "apply and the plan's digest or approve a pull request of ops/forgejo that adds a file named by the plan's digest."
    )


def test_every_kind_of_the_same_person() -> None:
    """Where all kinds are wanted, two people with one kind each are nobody yet."""
    kinds = (EvidenceKind.DISPATCH, EvidenceKind.SIGNATURE)
    host = configuration(environment(kinds=kinds, rule=EvidenceRule.EVERY_KIND))
    refusal = refused(a_plan(), host, approval(ANNA, EvidenceKind.DISPATCH), approval(BERT))
    assert refusal.reasons == (
        "ops-lead has not given every kind of evidence: signature of the same person is missing.",
        "second-operator has not given every kind of evidence: dispatch of the same person is missing.",
        "There are 0 approvals of 1 that the environment deploy wants.",
    )
    assert "plan's digest and sign it" in refusal.way_out
    whole = (approval(ANNA), approval(ANNA, EvidenceKind.DISPATCH), approval(BERT))
    assert judged(a_plan(), host, whole, now=MADE) == Approved(approvals=(whole[1], whole[0]))


def test_an_expired_plan() -> None:
    """The last second counts and the next does not; a shorter time in the configuration holds for older plans too."""
    host = configuration(environment())
    assert is_approved(a_plan(), host, approval(ANNA), now=MADE + DAY - 1)
    refusal = refused(a_plan(), host, approval(ANNA), now=MADE + DAY)
    assert refusal == NotApproved(
        reasons=("The plan expired 0 s ago.",), way_out="Make a new plan: runner-scope-doctor plan"
    )
    hour = configuration(replace(environment(), plan_valid_for=3600))
    assert refused(a_plan(), hour, approval(ANNA), now=MADE + 3660).reasons == ("The plan expired 1 min ago.",)
    assert not is_approved(replace(a_plan(), expires=MADE + 10), host, approval(ANNA), now=MADE + 10)


@pytest.mark.parametrize(
    ("name", "host", "reason"),
    [
        ("gone", configuration(environment()), "The plan names the environment gone, which host.yml does not have."),
        ("deploy", configuration(), "The plan names the environment deploy, which host.yml does not have."),
        (
            None,
            configuration(environment()),
            "The plan names no environment, and host.yml has some: it was made before them.",
        ),
    ],
)
def test_a_plan_of_another_environment(name: str | None, host: HostConfiguration, reason: str) -> None:
    """A plan whose environment is gone or came later is never judged by another's rules."""
    refusal = refused(a_plan(environment=name), host, approval(ANNA), approval(BERT))
    assert refusal == NotApproved(reasons=(reason,), way_out="Make a new plan: runner-scope-doctor plan")


def test_a_host_without_environments() -> None:
    """One signature of anybody with principals does, but not the maker's, nor one of another kind."""
    host, plan = configuration(), a_plan(environment=None)
    assert is_approved(plan, host, approval(BERT))
    assert not is_approved(plan, host, approval(BERT, EvidenceKind.DISPATCH))
    assert "third (Forgejo id 11) is none" in refused(plan, host, approval(CARL)).reasons[0]
    own = a_plan(environment=None, maker=ANNA_MADE_IT)
    assert "ops-lead made the plan" in refused(own, host, approval(ANNA)).reasons[0]
    assert is_approved(own, replace(host, self_review=SelfReview.ALLOWED), approval(ANNA))


def test_a_host_where_nobody_can_sign() -> None:
    """Without anybody who has principals the way out is to give somebody some."""
    refusal = refused(a_plan(environment=None, maker=NOBODY), configuration(people=(CARL,)))
    assert refusal.reasons == ("1 approval is wanted by host.yml, and nobody may approve this plan.",)
    assert refusal.way_out == (
        "Give another person `ssh` principals in the host's configuration; docs/signing.md says how."
    )


def test_what_was_declined_is_told_once() -> None:
    """The reasons of declined evidence are passed on, each once, and keep no valid approval from counting."""
    other = Declined(kind=EvidenceKind.SIGNATURE, reason="The signature x is empty.")
    host = configuration(environment())
    assert refused(a_plan(), host, other, other).reasons[:-1] == ("The signature x is empty.",)
    assert is_approved(a_plan(), host, other, approval(ANNA))


def test_a_name_cannot_pass_for_words_of_ours() -> None:
    """A login with words in it stands in quotes."""
    stranger = replace(approval(CARL), login="root is a reviewer. Done")
    assert (
        '"root is a reviewer. Done" (Forgejo id 11)'
        in refused(a_plan(), configuration(environment()), stranger).reasons[0]
    )


APPROVALS = st.lists(
    st.builds(
        approval,
        st.sampled_from([ANNA, BERT, CARL]),
        st.sampled_from(EvidenceKind),
        st.sampled_from(["1", "2"]),
    ),
    max_size=8,
)


@given(
    APPROVALS,
    st.sampled_from(EvidenceRule),
    st.integers(1, 2),
    st.sampled_from([ANNA_MADE_IT, NOBODY]),
    st.randoms(use_true_random=False),
)
def test_what_is_approved_holds_in_any_order(
    evidence: list[Evidence], rule: EvidenceRule, required: int, maker: Maker, random: Random
) -> None:
    """Order never matters; whoever is counted is a reviewer, not the maker, with every kind where that is wanted."""
    kinds = (EvidenceKind.DISPATCH, EvidenceKind.SIGNATURE)
    host, plan = configuration(environment(required=required, kinds=kinds, rule=rule)), a_plan(maker=maker)
    verdict = judged(plan, host, evidence, now=MADE)
    shuffled = list(evidence)
    random.shuffle(shuffled)
    other = judged(plan, host, shuffled, now=MADE)
    given_kinds = {
        person.forgejo_id: {
            one.kind for one in evidence if not isinstance(one, Declined) and one.login == person.forgejo_login
        }
        & set(kinds)
        for person in (ANNA, BERT)
        if person.forgejo_id != maker.forgejo_id
    }
    wanted = 1 if rule is EvidenceRule.ANY_KIND else 2
    enough = [number for number, found in given_kinds.items() if len(found) >= wanted]
    assert isinstance(verdict, Approved) == (len(enough) >= required)
    if isinstance(verdict, Approved):
        assert other == verdict
        assert {one.forgejo_id for one in verdict.approvals} == set(enough)
        assert all(one.kind in kinds for one in verdict.approvals)
        assert len(set(verdict.approvals)) == len(verdict.approvals)
    else:
        assert isinstance(other, type(verdict))
    if isinstance(verdict, PartlyApproved):
        assert verdict.people == len(enough) < verdict.required == required
        assert {one.forgejo_id for one in verdict.approvals} == {
            number for number, found in given_kinds.items() if found
        }

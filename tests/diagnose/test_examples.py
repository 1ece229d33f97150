"""Each finding has a pair of examples, and the pair is right."""

from __future__ import annotations

import pytest

from runner_scope_doctor.model.diagnosis import Verdict
from runner_scope_doctor.model.finding import FindingKind
from support.diagnosing import diagnosis, found
from support.examples import EXAMPLES


def test_every_finding_has_its_pair() -> None:
    """The examples cover the product's whole vocabulary."""
    assert set(EXAMPLES) == set(FindingKind)


@pytest.mark.parametrize("kind", FindingKind, ids=lambda kind: kind.title)
def test_the_sick_server_has_the_finding(kind: FindingKind) -> None:
    """The sick half of the pair yields exactly one finding of its kind."""
    pair = EXAMPLES[kind]
    assert len(found(kind, pair.sick, pair.contract, target_major=pair.target_major)) == 1


@pytest.mark.parametrize("kind", FindingKind, ids=lambda kind: kind.title)
def test_the_healthy_server_has_no_finding_at_all(kind: FindingKind) -> None:
    """The healthy half of the pair is healthy, with nothing found and everything seen."""
    pair = EXAMPLES[kind]
    judged = diagnosis(pair.healthy, pair.contract, target_major=pair.target_major)
    assert judged.verdict is Verdict.HEALTHY
    assert judged.findings == ()
    assert judged.unobserved == ()


@pytest.mark.parametrize("kind", FindingKind, ids=lambda kind: kind.title)
def test_every_finding_speaks_in_whole_sentences(kind: FindingKind) -> None:
    """The message ends without a period, for it is joined to others; meaning and remedy end with one."""
    pair = EXAMPLES[kind]
    for finding in diagnosis(pair.sick, pair.contract, target_major=pair.target_major).findings:
        assert not finding.message.endswith(".")
        assert finding.meaning.endswith(".")
        assert finding.remedy.endswith(".")
        assert "  " not in f"{finding.message} {finding.meaning} {finding.remedy}"

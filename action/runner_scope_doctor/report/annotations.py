"""What a job's log gets beside the text: one readable line a finding in a group, and the error line.

Forgejo shows `::error::` as plain text and folds groups; other servers make an annotation of it.
"""

from __future__ import annotations

from runner_scope_doctor.model.diagnosis import Diagnosis, Verdict
from runner_scope_doctor.model.finding import Finding
from runner_scope_doctor.model.wording import counted_noun, named
from runner_scope_doctor.report.escape import escaped
from runner_scope_doctor.report.text import verdict_line


def rendered(diagnosis: Diagnosis) -> str:
    """Lines of workflow commands, ours alone: foreign text in them is escaped, so it cannot add one. Empty when there
    is nothing to say."""
    lines = []
    if diagnosis.findings:
        lines.append(f"::group::{counted_noun(len(diagnosis.findings), 'finding')}, one a line")
        lines += [escaped(_line(finding, diagnosis)) for finding in diagnosis.findings]
        lines.append("::endgroup::")
    if diagnosis.verdict is not Verdict.HEALTHY:
        lines.append(f"::error::{_as_data(escaped(verdict_line(diagnosis)))}")
    return "".join(f"{line}\n" for line in lines)


def _line(finding: Finding, diagnosis: Diagnosis) -> str:
    location = finding.location
    # An address can come from a snapshot file, and must not pass for words of ours at the start of a line.
    place = named(diagnosis.server.address) if location is None else f"{location.file}:{location.line}"
    return f"{place}: {finding.kind.value} {finding.message}"


def _as_data(line: str) -> str:
    """A workflow command's data; line ends cannot occur any more."""
    return line.replace("%", "%25")

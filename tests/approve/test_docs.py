"""docs/signing.md is what reviewers and operators follow, so its commands must work as they stand."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace

from runner_scope_doctor.approve.namespace import NAMESPACE, SIGN_COMMAND
from runner_scope_doctor.host.plans import plan_file
from runner_scope_doctor.plan.canonical import canonical_bytes, digest_of
from support.approval_case import ANNA, a_plan
from support.command import ROOT
from support.signing import NEEDS_SSH_KEYGEN, Desk, approved, declined

PAGE = (ROOT / "docs" / "signing.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


@NEEDS_SSH_KEYGEN
def test_the_commands_lead_to_an_approval_and_end_it(desk: Desk) -> None:
    """Run one after the other they make a key, a line, a copy of the plan, a signature the host accepts, and a revocation
    that it obeys."""
    host, plan = desk.host(), canonical_bytes(a_plan())
    make, allow, copy, sign, verify, revoke = COMMANDS
    stored = plan_file(desk.folder / "state" / "plans", digest_of(plan))
    stored.parent.mkdir(parents=True, mode=0o700)
    stored.write_bytes(plan)
    copy = (
        copy.replace("sudo ", "")
        .replace("/var/lib/runner-scope-doctor", str(desk.folder / "state"))
        .replace("DIGEST", stored.stem)
    )
    for commands in (make.replace("ssh-keygen -t", "ssh-keygen -q -N '' -t"), allow, copy, sign, verify):
        run(commands, desk)
    approval = approved(desk.folder / "PLAN.sig", host, plan=plan)
    assert (approval.forgejo_id, approval.facts[0]) == (ANNA.forgejo_id, ("principal", ANNA.principals[0]))
    run(revoke, desk)
    host = replace(host, revoked_keys=desk.folder / "revoked_keys")
    assert "revokes" in declined(desk.folder / "PLAN.sig", host, plan=plan)


def run(commands: str, desk: Desk) -> None:
    """The commands in the host's folder, whose path stands in them in place of the usual one."""
    text = commands.replace("/etc/runner-scope-doctor", str(desk.folder))
    done = subprocess.run(["bash", "-e", "-c", text], cwd=desk.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_page_names_what_the_program_names() -> None:
    """The namespace, the command of refusals and the digest are the program's."""
    assert SIGN_COMMAND.replace("KEY", "runner-scope-key") in PAGE
    assert f'namespaces="{NAMESPACE}"' in PAGE
    digest = subprocess.run(["sha256sum"], input=canonical_bytes(a_plan()), capture_output=True, check=True).stdout
    assert digest.split()[0].decode() == digest_of(canonical_bytes(a_plan()))

"""`install-host --undo` leaves nothing of its own behind, and takes nothing that a person or a repair made."""

from __future__ import annotations

from pathlib import Path

from support.machine import HOST_YML, LIBRARY, RUNNER, STATE, UNITS, WHEELS, Machine

URL_FILE = Path("/etc/doctor.url")
DEDICATED = "runner-scope-doctor"


def known(listing: str) -> set[str]:
    """What a machine has, but for copies that useradd and userdel keep of their files, and what pam notes of a user."""
    return {line for line in listing.splitlines() if not line.split()[0].endswith("-")}


def test_undo_takes_everything_back(fresh: Machine) -> None:
    """After it every file, folder and user is as before the installation; a second one says that nothing is installed."""
    before = known(fresh.everything())
    assert fresh.installed().code == 0
    undone = fresh.install("--undo", "--yes")
    assert undone.code == 0, undone.out + undone.err
    assert undone.last_line == "DONE: it is taken down."
    assert known(fresh.everything()) == before
    assert fresh.install("--undo", "--yes").last_line == "NOTHING TO DO: nothing is installed."


def test_what_a_person_or_a_repair_made_is_kept(installed: Machine) -> None:
    """An edited configuration, the journal, plans and backups stay as they are, and it is said."""
    installed.shell(
        f"echo '# mine' >> {HOST_YML}; echo '{{}}' > {STATE}/journal.jsonl; touch {STATE}/plans/a {STATE}/backups/b"
    )
    look = f"stat -c '%n %a %U:%G %s' {HOST_YML} {STATE} {STATE}/* {STATE}/plans/a {STATE}/backups/b"
    before = installed.shell(look)
    undone = installed.install("--undo", "--yes")
    assert undone.code == 0
    assert f"  kept    {HOST_YML}, which was edited" in undone.out.splitlines()
    assert f"  kept    {STATE} with plans, journal, backups and receipts" in undone.out.splitlines()
    assert undone.last_line == "DONE: it is taken down, but for what was kept."
    assert installed.shell(look) == before
    assert installed.run("ls", LIBRARY).code != 0
    assert installed.run("sh", "-c", f"ls {UNITS}/runner-scope-doctor*").code != 0
    assert installed.installed().code == 0
    assert installed.read(HOST_YML).endswith("# mine\n")


def test_a_folder_that_stays_is_not_said_to_go(installed: Machine) -> None:
    """A key file beside a configuration that nobody edited is named as kept, and so the folder of both is not said to go."""
    keys = HOST_YML.with_name("allowed_signers")
    installed.write(keys, "ops-lead@example.org ssh-ed25519 AAAA\n", 0o644)
    said = installed.install("--undo", "--yes").out.splitlines()
    assert f"  remove  {HOST_YML}" in said
    assert f"  remove  {HOST_YML.parent}" not in said
    assert f"  kept    {keys}, which this did not make" in said
    assert installed.run("ls", "-A", HOST_YML.parent).out == "allowed_signers\n"


def test_the_owner_of_what_is_kept_is_kept(fresh: Machine) -> None:
    """A user that was made stays while files of it stay, because the next one could get its number."""
    fresh.write(URL_FILE, "postgres://doctor@db.example.org/forgejo\n", 0o640)
    given = ("--database-url-file", URL_FILE, "--instance", "https://git.example.org/", "--wheelhouse", WHEELS)
    assert fresh.install("--yes", "--runner-user", RUNNER, *given).code == 0
    fresh.shell(f"touch {STATE}/journal.jsonl")
    undone = fresh.install("--undo", "--yes")
    assert undone.code == 0
    assert f"  kept    the user {DEDICATED}, whose files they are: another user could get its number" in undone.out
    assert fresh.run("getent", "passwd", DEDICATED).code == 0


def test_without_agreement_nothing_is_taken(installed: Machine) -> None:
    """Whoever does not answer y changes nothing: 5."""
    before = installed.everything()
    ended = installed.install("--undo", answer="no\n")
    assert ended.code == 5
    assert installed.everything() == before

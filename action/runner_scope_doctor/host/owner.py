"""Root works on a host's state as the account that owns it."""

from __future__ import annotations

import os
from pathlib import Path
from pwd import getpwuid

from runner_scope_doctor.model.errors import RepairRefused
from runner_scope_doctor.model.wording import named

# In a zip application __file__ names something in the zip, which no file system knows.
_OWN_FILE: str = getattr(__spec__.loader, "archive", __file__)


def go_on_as_owner_of(state: Path) -> None:
    """Makes root the account that the state directory belongs to, for good: the service's. A state directory is believed
    only by its owner, and what root left there or beside a SQLite file would keep that account from its work.

    Nothing for anybody else, and where there is no such directory or it is root's. Raises RepairRefused.
    """
    if os.geteuid() != 0:
        return
    try:
        owner = os.lstat(state).st_uid
    except OSError:
        return  # told by who needs the directory
    if owner == 0:
        return
    try:
        account = getpwuid(owner)
        os.initgroups(account.pw_name, account.pw_gid)
        os.setgid(account.pw_gid)
        os.setuid(owner)
        # Drivers look below it for certificates and passwords, and libpq refuses to connect where it may not look.
        os.environ["HOME"] = account.pw_dir
    except (KeyError, OSError) as error:
        raise RepairRefused(
            f"{state} belongs to the user id {owner}, and root cannot go on as that account here.",
            next_step="See to it that the account is there, and that root may change to it.",
        ) from error
    # Modules are read when they are first used: not to be able to must not come up in the middle of a repair.
    unreadable = next((file for file in (os.__file__, _OWN_FILE) if not os.access(file, os.R_OK)), None)
    if unreadable is not None:
        raise RepairRefused(
            f"{state} belongs to {named(account.pw_name)}, and that account may not read this program: {unreadable}.",
            next_step="Run the copy that scripts/install-host made, or one below a folder that everyone may enter.",
        )

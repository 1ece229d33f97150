"""`--break-glass`: a repair without an approval, for the one operator who is alone. It stays visible for a month."""

from __future__ import annotations

import os
from pwd import getpwnam

from runner_scope_doctor.host.invoker import invoker, login_of
from runner_scope_doctor.model.approval import BrokenGlass
from runner_scope_doctor.model.errors import RepairRefused, UsageError
from runner_scope_doctor.model.host import HostConfiguration
from runner_scope_doctor.model.wording import named

_LEAST, _MOST = 10, 200
"""Characters of a reason: a word is none, and what is longer no sentence shows whole (`model/wording.named`)."""


def broken_glass(configuration: HostConfiguration, reason: str) -> BrokenGlass:
    """Raises RepairRefused for everybody but root and the account the configuration names, UsageError for no reason.

    Who it is is what the kernel says of this process. A terminal would prove nothing: jobs have one.
    """
    said = reason.strip()
    if not (_LEAST <= len(said) <= _MOST and said.isprintable()):
        raise UsageError(
            f"--break-glass wants a reason of {_LEAST} to {_MOST} printable characters, on one line.",
            next_step='Say why nobody can approve, such as --break-glass "alone on duty, deploys are down".',
        )
    own = os.getuid()
    if own not in _allowed(configuration):
        who = "root alone" if configuration.break_glass is None else f"root and {named(configuration.break_glass)}"
        raise RepairRefused(
            f"The glass is for {who}, by {named(configuration.file)}, and this runs as the user id {own}.",
            next_step="Have the plan approved, or have it run under that very account.",
        )
    # A process that no login began may call itself anybody in the file that the kernel keeps of logins: only root, who
    # could write anything here, is told from it; another account is the one that was let through.
    return BrokenGlass(login=invoker(os.environ).login if own == 0 else login_of(own), reason=said)


def _allowed(configuration: HostConfiguration) -> tuple[int, ...]:
    if configuration.break_glass is None:
        return (0,)
    try:
        return 0, getpwnam(configuration.break_glass).pw_uid
    except (KeyError, ValueError):
        return (0,)

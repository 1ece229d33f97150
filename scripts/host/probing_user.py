"""Probes of the runner's user itself: who it is, what it is in, and by which ways it could become root."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from host.accounts import Account, group_name
from host.becoming import Attempt, Deed, Ending, run_as, tried_as
from host.places import PROGRAMS
from host.probe_lines import Line, fail, ok, unseen
from host.steps import systemd_runs

POWERFUL_GROUPS = (
    *("root", "sudo", "wheel", "admin", "adm", "shadow", "disk", "kmem"),
    *("docker", "podman", "lxd", "incus", "incus-admin", "libvirt", "kvm"),
)
"""Groups whose members can become root, read every disk or read what others log."""
CONTAINER_SOCKETS = tuple(
    Path(path)
    for path in (
        "/var/run/docker.sock",
        "/run/docker.sock",
        "/run/podman/podman.sock",
        "/run/containerd/containerd.sock",
        "/run/k3s/containerd/containerd.sock",
        "/run/crio/crio.sock",
        "/run/buildkit/buildkitd.sock",
        "/var/lib/lxd/unix.socket",
        "/var/snap/lxd/common/lxd/unix.socket",
        "/var/lib/incus/unix.socket",
        "/run/incus/unix.socket",
        "/run/libvirt/libvirt-sock",
    )
)
"""Who may speak to one of these can start a container that sees the whole machine."""
_SUDO_MAY = re.compile(r"may run the following commands")
_SUDO_MAY_NOT = re.compile(r"is not allowed to run sudo|may not run sudo|unknown user")
_DOAS = Path("/etc/doas.conf")


def lines(runner: Account, service: Account) -> Iterator[Line]:
    """Every probe of the user, in the order in which they matter."""
    yield _identity(runner, service)
    yield _groups(runner, service)
    yield _sudo(runner)
    yield _doas(runner)
    yield _systemd(runner)
    yield from _container_sockets(runner)


def _identity(runner: Account, service: Account) -> Line:
    if runner.uid == 0:
        return fail(f"{runner.name} is root (uid 0)", "Let the runner run as a user of its own.")
    if runner.uid == service.uid:
        return fail(
            f"{runner.name} is the very user the service runs as (uid {runner.uid})",
            "Let the runner run as another user than the server.",
        )
    return ok(f"{runner.name} (uid {runner.uid}) is neither root nor the service's user {service.name}")


def _groups(runner: Account, service: Account) -> Line:
    names = {group_name(gid): gid for gid in runner.groups}
    bad = [name for name, gid in sorted(names.items()) if name in POWERFUL_GROUPS or gid == 0]
    if bad:
        return fail(
            f"{runner.name} is in the group {', '.join(bad)}",
            f"Take it out: gpasswd -d {runner.name} {bad[0]} (a primary group: usermod -g), then restart the runner.",
        )
    if service.gid in runner.groups:
        return fail(
            f"{runner.name} is in the service's group {group_name(service.gid)}",
            f"Take it out: gpasswd -d {runner.name} {group_name(service.gid)}, then restart the runner.",
        )
    return ok(f"{runner.name} is in no group that opens a way: {', '.join(sorted(names))}")


def _sudo(runner: Account) -> Line:
    """Asked as root, so that no password is needed and nothing is logged against the user."""
    program = shutil.which("sudo", path=PROGRAMS)
    if program is None:
        return ok("sudo: it is not installed")
    try:
        ended = subprocess.run(
            [program, "-n", "-l", "-U", runner.name],
            env={"PATH": PROGRAMS, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return unseen(f"sudo -n -l -U {runner.name}: {type(error).__name__}", "See to sudo, then check again.")
    said = f"{ended.stdout}\n{ended.stderr}"
    if _SUDO_MAY.search(said):
        return fail(
            f"{runner.name} may run something with sudo",
            f"Look at it with `sudo -l -U {runner.name}`, and take it out of /etc/sudoers and /etc/sudoers.d.",
        )
    if _SUDO_MAY_NOT.search(said):
        return ok(f"sudo: {runner.name} may run nothing")
    return unseen(
        f"sudo -n -l -U {runner.name} ended with {ended.returncode} and said neither yes nor no",
        f"Run `sudo -l -U {runner.name}` as root and see.",
    )


def _doas(runner: Account) -> Line:
    """By the rules' identities alone (doas.conf(5)): a rule that permits anything is enough."""
    if shutil.which("doas", path=PROGRAMS) is None:
        return ok("doas: it is not installed")
    try:
        rules = _DOAS.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return ok("doas: there are no rules")
    except OSError as error:
        return unseen(f"{_DOAS}: {error.strerror}", "See to that, then check again.")
    whom = {runner.name, str(runner.uid), *(f":{group_name(gid)}" for gid in runner.groups)}
    if any(rule.split()[:1] == ["permit"] and whom & set(rule.split()) for rule in rules):
        return fail(f"{runner.name} may run something with doas", f"Take it out of {_DOAS}.")
    return ok(f"doas: no rule for {runner.name}")


def _systemd(runner: Account) -> Line:
    """Whether a rule of polkit lets the user start what it likes as root."""
    if not systemd_runs() or shutil.which("systemd-run", path=PROGRAMS) is None:
        return ok("systemd: it does not run here, or has no systemd-run")
    said = run_as(runner, ["systemd-run", "--no-ask-password", "--quiet", "--collect", "true"])
    if said.code is None:
        return unseen(f"{runner.name} tries to start a service of its own as root: {said.text}", "See to systemd.")
    if said.code == 0:
        return fail(
            f"{runner.name} can start services as root with systemd-run",
            "Take the rule for org.freedesktop.systemd1.manage-units out of /etc/polkit-1.",
        )
    return ok(f"{runner.name} tries to start a service of its own as root: denied")


def _container_sockets(runner: Account) -> Iterator[Line]:
    there = False
    for tried in tried_as(runner, [Attempt(deed=Deed.CONNECT, path=path) for path in CONTAINER_SOCKETS]):
        path = tried.attempt.path
        match tried.ending:
            case Ending.ABSENT:
                continue
            case Ending.DENIED:
                yield ok(f"{runner.name} tries to connect to {path}: denied")
            case Ending.DONE:
                yield fail(
                    f"{runner.name} can use the container socket {path}",
                    "Let jobs run on another machine, or as a user who cannot open that socket.",
                )
            case Ending.UNTOLD:
                yield unseen(f"{runner.name} tries to connect to {path}: {tried.detail}", "See to that socket.")
        there = True
    if not there:
        yield ok("no socket of a container engine is there")

"""`--root` installs into a folder that will be / of another machine, and touches nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.machine import (
    APP_INI,
    CHECKOUT,
    DATABASE,
    HOST_YML,
    LIBRARY,
    RUNNER,
    SERVER,
    STATE,
    UNITS,
    WHEELS,
    Machine,
)

IMAGE = Path("/srv/image")
PASSWD = f"root:x:0:0::/root:/bin/sh\n{RUNNER}:x:4001:4002::/:/bin/sh\n{SERVER}:x:4003:4004::/:/bin/sh\n"
GROUP = f"root:x:0:\n{RUNNER}-group:x:4002:\n{SERVER}-group:x:4004:\n"


@pytest.fixture
def with_image(fresh: Machine) -> Machine:
    """A machine with a folder in which another one's users and its server's files are."""
    inside = {path: f"{IMAGE}{path}" for path in (APP_INI, DATABASE)}
    fresh.shell(
        f"mount -t tmpfs -o mode=755 tmpfs /srv; mkdir -p {IMAGE}/etc {IMAGE}/usr/local {IMAGE}{APP_INI.parent} "
        f"{IMAGE}{DATABASE.parent}; cp {APP_INI} {inside[APP_INI]}; cp {DATABASE} {inside[DATABASE]}; "
        f"chown 4003:4004 {inside[DATABASE]}"
    )
    fresh.write(IMAGE / "etc" / "passwd", PASSWD, 0o644)
    fresh.write(IMAGE / "etc" / "group", GROUP, 0o644)
    return fresh


def image(host: Machine, *arguments: str | Path) -> str:
    """Installs into the image and returns what was said."""
    given = ("--yes", "--root", IMAGE, "--wheelhouse", WHEELS, "--runner-user", RUNNER)
    ended = host.install(*given, *arguments)
    assert ended.code == 0, ended.out + ended.err
    return ended.out


def owner(host: Machine, path: Path) -> str:
    """Mode and numbers of the owner of a path of the image."""
    return host.shell(f"stat -c '%a %u:%g' {IMAGE}{path}").strip()


def test_the_images_own_users_count(with_image: Machine) -> None:
    """Owners are those of the image's passwd, files name paths as they will be, the machine stays as it is, and --undo
    takes it back."""
    before = with_image.everything()
    bare = with_image.shell(f"find {IMAGE} | sort")
    said = image(with_image, "--app-ini", APP_INI)
    assert with_image.everything() == before
    assert f"whose group {RUNNER}-group gets the socket, below {IMAGE}" in said
    assert owner(with_image, STATE) == "711 4003:4004"
    assert owner(with_image, HOST_YML) == "640 0:4004"
    assert owner(with_image, LIBRARY) == "755 0:0"
    assert f"SocketGroup={RUNNER}-group\n" in with_image.read(
        IMAGE / UNITS.relative_to("/") / "runner-scope-doctor.socket"
    )
    assert str(IMAGE) not in with_image.shell(f"cat {IMAGE}{UNITS}/runner-scope-doctor* {IMAGE}{HOST_YML}")
    assert with_image.install("--yes", "--root", IMAGE).last_line.startswith("NOTHING TO DO")
    assert with_image.install("--yes", "--undo", "--root", IMAGE).code == 0
    made = (LIBRARY.parent, UNITS.parent, UNITS)
    left = set(with_image.shell(f"find {IMAGE} | sort").splitlines()) - {f"{IMAGE}{path}" for path in made}
    assert left == set(bare.splitlines())


def test_no_user_is_made_unless_asked(with_image: Machine) -> None:
    """Without --make-users the files that wait for the service's user are root's, and it is said; with it the image has the
    user, the machine has not, and the files are given to it."""
    with_image.write(IMAGE / "etc" / "url", "postgres://doctor@db.example.org/forgejo\n", 0o640)
    given = ("--database-url-file", "/etc/url", "--instance", "https://git.example.org/")
    said = image(with_image, *given)
    assert "runner-scope-doctor is no user there yet: root has its files until this is run on the machine" in said
    assert owner(with_image, STATE) == "711 0:0"
    assert "runner-scope-doctor" not in with_image.read(IMAGE / "etc" / "passwd")
    image(with_image, "--make-users")
    line = next(
        one for one in with_image.read(IMAGE / "etc" / "passwd").splitlines() if one.startswith("runner-scope-doctor:")
    )
    assert owner(with_image, STATE) == f"711 {line.split(':')[2]}:{line.split(':')[3]}"
    assert with_image.run("getent", "passwd", "runner-scope-doctor").code == 2


def test_wrong_arguments_end_with_2(fresh: Machine) -> None:
    """An image cannot be checked, users of this machine are not optional, and two tasks are none."""
    for arguments in (("--check", "--root", "/srv"), ("--make-users",), ("--check", "--undo"), ("--nothing",)):
        ended = fresh.run(CHECKOUT / "scripts" / "install-host", *arguments)
        assert ended.code == 2
        assert ended.err.splitlines()[-1].startswith("REFUSED: ")

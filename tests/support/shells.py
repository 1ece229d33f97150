"""What bash, zsh and fish offer for a command line that a person has begun, each asked in its own way."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from runner_scope_doctor.cli.completion_grammar import Shell
from support.command import ROOT

_PACKAGES = ("zsh", "zsh-common", "fish", "fish-common", "libpcre2-32-0")
_UNPACKED = ROOT / ".cache" / "shells"
_LIBRARIES = "usr/lib/x86_64-linux-gnu"
_BASH = """\
source "$1"; shift
while IFS= read -r line; do
    read -ra COMP_WORDS <<< "${line//=/ = }"
    [[ $line == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
    "$(complete -p runner-scope-doctor | sed 's/.*-F \\([^ ]*\\) .*/\\1/')"
    echo "${COMPREPLY[*]}"
done
"""
_FISH = 'source $argv[1]; while read -l line; echo (complete -C "$line" | string split -f1 \\t | string join " "); end'
_ZSH = r"""
zmodload zsh/zpty || exit 1
zpty inner "$0 -f -i"
zpty -w inner "module_path=($module_path); fpath=($fpath); PROMPT=''; autoload -Uz compinit && compinit -u -D; source $1"
zpty -w inner '
LISTMAX=0
compadd () { local -a hits; builtin compadd -O hits "$@"; print -rl -- "HIT "$^hits; builtin compadd "$@" }
capturing () { unset "compstate[vared]"; print; _main_complete; print ENDED; compstate[insert]="" compstate[list]="" }
zle -C capture complete-word capturing
bindkey "^T" capture
print BEGUN'
zpty -r -m inner out '*BEGUN*BEGUN*'
while IFS= read -r line; do
    zpty -n -w inner "$line"$'\C-t'
    zpty -r -m inner out '*ENDED*'
    print -r -- ${(uM)${(f)${out//$'\r'/}}:#HIT *}
    zpty -n -w inner $'\C-u'
done
"""


def asked(shell: Shell, script: str, *lines: str, programs: Path | None = None) -> list[list[str]]:
    """What is offered for each begun line, in one run of the shell. Needs that shell: see `program_of`."""
    program = program_of(shell)
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="rsd-shell-") as name:
        file = Path(name) / "completion"
        file.write_text(script, encoding="utf-8")
        match shell:
            case Shell.BASH:
                command = [program, "--norc", "-c", _BASH, "bash", str(file)]
            case Shell.FISH:
                command = [program, "--no-config", "-c", _FISH, str(file)]
            case Shell.ZSH:
                command = [program, "-f", "-c", f"{_zsh_paths()}{_ZSH}", program, str(file)]
        typed = "".join(f"{line}\n" for line in lines)
        ended = subprocess.run(
            command, input=typed, env=shell_environment(Path(name), programs), cwd=name, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    return [[word for word in line.split() if word != "HIT"] for line in ended.stdout.splitlines()]


def shell_environment(home: Path, programs: Path | None) -> dict[str, str]:
    """Nothing of the caller's; `programs` is a folder that stands first on the PATH."""
    path = os.defpath if programs is None else f"{programs}:{os.defpath}"
    return {
        "PATH": path,
        "HOME": str(home),
        "TERM": "dumb",
        "LC_ALL": "C.UTF-8",
        "LD_LIBRARY_PATH": f"{_UNPACKED}/{_LIBRARIES}",
    }


@functools.cache
def program_of(shell: Shell) -> str | None:
    """The shell of this machine, or one unpacked from Debian's packages into the cache; None where neither can be had."""
    if found := shutil.which(shell.value):
        return found
    unpacked = _unpacked()
    return None if unpacked is None else shutil.which(shell.value, path=f"{unpacked}/bin:{unpacked}/usr/bin")


@functools.cache
def _unpacked() -> Path | None:
    if _UNPACKED.is_dir():
        return _UNPACKED
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return None
    _UNPACKED.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_UNPACKED.parent) as name:
        root = Path(name) / "root"
        options = ("-qq", "-o", "APT::Sandbox::User=root", "-o", "Debug::NoLocking=1")
        got = subprocess.run(["apt-get", *options, "download", *_PACKAGES], cwd=name, capture_output=True, check=False)
        if got.returncode != 0:
            return None
        for package in Path(name).glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, root], check=True)
        root.chmod(0o755)
        try:
            root.rename(_UNPACKED)
        except OSError:  # another process of the tests was first
            assert _UNPACKED.is_dir()
    return _UNPACKED


def _zsh_paths() -> str:
    """Where an unpacked zsh finds its modules and functions; an installed one knows."""
    if shutil.which("zsh") is not None:
        return ""
    return (
        f"module_path=({_UNPACKED}/{_LIBRARIES}/zsh/*(N/))\n"
        f"fpath=({_UNPACKED}/usr/share/zsh/functions/**/*(N/) {_UNPACKED}/usr/share/zsh/functions(N))\n"
    )

"""What is sent to the host, before the zip application, and run there by its Python. Standard library only.

The zip and the signatures are kept as files in memory: they are gone with the process however it ends, and no one but it can
read or change them. Written so that an older Python can read it and say that it is too old.
"""

import sys


def begin() -> int:
    """The application's exit code; 4 with one sentence when it cannot be begun."""
    if sys.version_info < (3, 11):  # noqa: UP036 - nothing has looked at the version before
        found = "this is Python {}.{}, and 3.11 or later is needed".format(*sys.version_info[:2])
        return inconclusive(found, "name a later one of that host with --python COMMAND")
    import json

    stream = sys.stdin.buffer
    try:
        order = json.loads(stream.readline())
        paths = [in_memory(stream.read(size), size) for size in order["sizes"]]
    except (EOFError, ValueError):
        return inconclusive("what was sent did not arrive whole", "run it again")
    except (OSError, AttributeError) as error:
        return inconclusive(f"no file in memory can be made ({error})", "use a host with Linux, or make room there")
    sys.stderr.write(order["word"] + "\n")
    sys.stderr.flush()
    sys.argv = ["runner-scope-doctor", *(paths[one] if isinstance(one, int) else one for one in order["arguments"])]
    sys.path.insert(0, paths[0])
    from runner_scope_doctor.cli.main import main

    stay_or_leave(order["stays"])
    return main()


def in_memory(content: bytes, size: int) -> str:
    """The path of a file that only this process has. Raises EOFError when not all of it has come, OSError."""
    import fcntl
    import os

    if len(content) != size:
        raise EOFError
    descriptor = os.memfd_create("runner-scope-doctor", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    seals = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
    return f"/proc/self/fd/{descriptor}"


def stay_or_leave(stays: bool) -> None:
    """What happens when the connection ends: a repair goes on to its end, a look is given up."""
    import signal

    if stays:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        return
    import threading

    # Where we were started with it ignored, as by a shell in the background, the look would go on for nobody.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=leave_when_alone, daemon=True).start()


def leave_when_alone() -> None:
    """The other side keeps our standard input open for as long as it listens."""
    import os
    import signal

    try:
        while os.read(0, 4096):
            pass
    finally:
        os.kill(os.getpid(), signal.SIGINT)


def inconclusive(reason: str, next_step: str) -> int:
    """One sentence on standard error."""
    sys.stderr.write("INCONCLUSIVE: nothing was run on the host: " + reason + ". Next: " + next_step + ".\n")
    return 4


try:
    code = begin()
except KeyboardInterrupt:
    code = 4
sys.exit(code)

"""Starts the zip application; on a Python that is too old, too, where the package itself could not even be read."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - nothing has looked at the version before
    sys.stderr.write(
        "INCONCLUSIVE: this Python is {}.{}, and 3.11 or later is needed. ".format(*sys.version_info[:2])
        + "Next: start this file with a later one.\n"
    )
    sys.exit(4)

from runner_scope_doctor.cli.main import main

sys.exit(main())

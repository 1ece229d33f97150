"""Lets `python -m runner_scope_doctor` behave like the installed command."""

import sys

from runner_scope_doctor.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

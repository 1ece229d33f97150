"""Runs the zip application on another host, or on this one. Started by scripts/deploy-runner-scope-doctor.

Standard library, and of the product the parts that need nothing else. Python starts this folder, isolated, with nothing
but the folder itself and the standard library on its path; what else is needed is added here.
"""

from __future__ import annotations

import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1]
sys.path[0:1] = [str(SCRIPTS), str(SCRIPTS.parent / "action")]

from over_ssh.main import main  # noqa: E402 - only now can it be found

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

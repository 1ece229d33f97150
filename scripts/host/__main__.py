"""Sets up the deploy host, proves its boundary, and takes it down again. Started by scripts/install-host.

Standard library, and of the product the parts that need nothing else. Python starts this folder, isolated, with nothing
but the folder itself and the standard library on its path; what else is needed is added here.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1]
sys.path[0:1] = [str(SCRIPTS), str(SCRIPTS.parent / "action")]

from host.main import main  # noqa: E402 - only now can it be found

if __name__ == "__main__":
    os.umask(0o022)  # what is made here must not depend on who starts it
    sys.exit(main(sys.argv[1:]))

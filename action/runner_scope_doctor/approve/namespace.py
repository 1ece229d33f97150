"""What a signature of a plan is made for, so that one made for something else never passes for it."""

from __future__ import annotations

NAMESPACE = "runner-scope-doctor-plan"
"""`ssh-keygen -n`. It is part of what is signed."""
SIGN_COMMAND = f"ssh-keygen -Y sign -f KEY -n {NAMESPACE} PLAN"
"""What a reviewer runs. KEY and PLAN stand for their files; the signature becomes the file PLAN.sig."""

"""The port between the kinds of evidence and the rules: each kind ends in one of two values, and the rules see no more.

A kind is a function in a module of its own. It is given the plan's bytes, the host's configuration and where to look; it
returns `Declined` for whatever is wrong with the evidence, and raises only when the host itself is not in order.
"""

from __future__ import annotations

from runner_scope_doctor.model.approval import Approval, Declined

Evidence = Approval | Declined
"""What one piece of evidence came to."""

"""Named places where a test may kill the process, to see that a rerun puts all right.

Write `reach("settlement.close.before_mark")` with a literal name: a test lists the names from the
code and kills at each.
"""

from __future__ import annotations

import os
import signal

# Read once: in production a fail point costs a comparison with None.
_KILL_AT = os.environ.get("SAMEBOAT_KILL_AT") if os.environ.get("SAMEBOAT_MODE") == "test" else None


def reach(name: str) -> None:
    """Kill this process with SIGKILL if the test asked for it here; else do nothing."""
    if name == _KILL_AT:
        os.kill(os.getpid(), signal.SIGKILL)

"""Child processes: start, ready, progress, restarts with growing waits, an orderly end.

A child reports over a pipe that it is ready and that its work goes on; one that hangs is ended and
started again. The parent runs on its main thread, and the kernel ends the children with it. Signals
wait while a child still imports, so that Ctrl+C in the first half second is an orderly end too.

This is ours, since supervisor only restarts a child that ended and knows nothing of one that hangs
or is not ready yet, and circus brings tornado and a broker of its own into the parent.
"""

from lib.supervise.child import (
    REPORT_VARIABLE,
    ParentLink,
    end_with_parent,
    hold_signals,
    report_to_parent,
)
from lib.supervise.parent import Child, ChildState, ExitAction, RestartPolicy, Supervisor

__all__ = [
    "REPORT_VARIABLE",
    "Child",
    "ChildState",
    "ExitAction",
    "ParentLink",
    "RestartPolicy",
    "Supervisor",
    "end_with_parent",
    "hold_signals",
    "report_to_parent",
]

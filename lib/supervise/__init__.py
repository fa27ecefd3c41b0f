"""Child processes: start, ready, progress, restart with growing waits, an orderly end.

A child tells its parent over a pipe that it is ready, and now and then that it still gets on with
its work; one that does not is ended and started again. It never outlives its parent: the kernel
kills it when the parent is gone, however that came about. Signals that arrive while a child is
still importing wait until it has its handlers, so that Ctrl+C in the first half second is an
orderly end too.

Ours, since supervisor restarts a child that ended and knows nothing of one that hangs or is not
ready yet, and circus brings tornado and a broker of its own into the parent.
"""

from lib.supervise.child import REPORT_VARIABLE, ParentLink, hold_signals, report_to_parent
from lib.supervise.parent import Child, ChildState, ExitAction, RestartPolicy, Supervisor

__all__ = [
    "REPORT_VARIABLE",
    "Child",
    "ChildState",
    "ExitAction",
    "ParentLink",
    "RestartPolicy",
    "Supervisor",
    "hold_signals",
    "report_to_parent",
]

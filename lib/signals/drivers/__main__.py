"""One driver: `python -m lib.signals.drivers NAME '{"what": "it is to open"}'`."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys

from lib.signals.drivers.reports import DriverError, Reports
from lib.supervise import end_with_parent

DRIVERS = {
    "midi": "lib.signals.drivers.midi_ports",
    "lsl": "lib.signals.drivers.lsl",
    "board": "lib.signals.drivers.boards",
}
INSTALL = "automation/packages.sh requirements-signals.txt installs it"


def main(argv: list[str]) -> int:
    name, wishes, parent = argv
    end_with_parent(int(parent))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent, which ends us
    reports = Reports()
    try:
        importlib.import_module(DRIVERS[name]).run(json.loads(wishes), reports)
    except ImportError as error:
        package = (error.name or "a package").partition(".")[0]
        reports.say(trouble=f"{package} is not installed: {INSTALL}")
    except DriverError as error:
        reports.say(trouble=str(error))
    except BrokenPipeError:  # the parent has gone
        return 0
    return 1


if __name__ == "__main__":
    # By os._exit: a library whose threads hang would keep an orderly end waiting for ever.
    os._exit(main(sys.argv[1:]))

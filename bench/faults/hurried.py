"""A program whose leases run out sooner, for tests that must not take minutes.

    python -m bench.faults.hurried 5 app.py --role stills ...

Lease, retry and beat take a fifth of their time then; nothing else differs.
"""

from __future__ import annotations

import runpy
import sys

from bench.processes import ROOT
from lib.core import still


def main() -> None:
    by, program = int(sys.argv[1]), sys.argv[2]
    # Before any module takes these by their names.
    still.LEASE_NS //= by
    still.RESTART_LEASE_NS //= by
    still.RETRY_NS //= by
    still.STILLS_FIRST_NS //= by
    if program == "transform.py":
        from lib.transform.stills import beats, lease  # noqa: PLC0415 - after the patch above

        beats.EVERY_S /= by
        lease.LONGEST_WAIT_S /= by
    sys.argv[:] = [program, *sys.argv[3:]]
    runpy.run_path(str(ROOT / program), run_name="__main__")


if __name__ == "__main__":
    main()

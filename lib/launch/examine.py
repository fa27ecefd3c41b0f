"""`python -m lib.launch.examine`, as an older run.sh calls it."""

from __future__ import annotations

import sys

from lib.ops.launch.examine import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""`python -m lib.units.wait`, as units of older installations call it."""

from __future__ import annotations

import sys

from lib.ops.units.wait import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

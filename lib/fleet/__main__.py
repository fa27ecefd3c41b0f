"""`python -m lib.fleet`, as keyboard shortcuts and kiosk files of older installations call it."""

from __future__ import annotations

import sys

from lib.ops.__main__ import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""`python -m lib.units`, as an older installer calls it."""

from __future__ import annotations

import sys

from lib.ops.units.__main__ import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""`python -m lib.launch`, as an older run.sh calls it."""

from __future__ import annotations

from lib.ops.launch.__main__ import main

if __name__ == "__main__":
    raise SystemExit(main())

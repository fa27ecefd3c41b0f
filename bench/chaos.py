"""`python -m bench.chaos`, as documents have it: see bench/faults/chaos.py."""

from bench.faults.chaos import main

if __name__ == "__main__":
    raise SystemExit(main())

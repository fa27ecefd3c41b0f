"""`python -m bench.single_starts`, as documents have it: see bench/cost/single_starts.py."""

from bench.cost.single_starts import main

if __name__ == "__main__":
    raise SystemExit(main())

"""`python -m bench.keys`, as documents have it: see bench/cost/keys.py."""

from bench.cost.keys import main

if __name__ == "__main__":
    raise SystemExit(main())

"""`python -m bench.engine`, as documents have it: see bench/cost/engine.py."""

from bench.cost.engine import main

if __name__ == "__main__":
    raise SystemExit(main())

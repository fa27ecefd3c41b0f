"""`python -m bench.overload`, as documents have it: see bench/cost/overload.py."""

from bench.cost.overload import main

if __name__ == "__main__":
    raise SystemExit(main())

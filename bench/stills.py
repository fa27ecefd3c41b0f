"""`python -m bench.stills`, as documents have it: see bench/cost/stills.py."""

from bench.cost.stills import main

if __name__ == "__main__":
    raise SystemExit(main())

"""`python -m bench.stills_service`, as documents have it: see bench/cost/stills_service.py."""

from bench.cost.stills_service import main

if __name__ == "__main__":
    raise SystemExit(main())

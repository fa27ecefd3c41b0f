"""`python -m bench.transport`, as documents have it: see bench/cost/transport.py."""

from bench.cost.transport import main

if __name__ == "__main__":
    raise SystemExit(main())

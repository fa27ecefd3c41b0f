"""`python -m bench.ledger`, as documents have it: see bench/cost/ledger.py."""

from bench.cost.ledger import main

if __name__ == "__main__":
    raise SystemExit(main())

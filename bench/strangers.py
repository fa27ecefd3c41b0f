"""`python -m bench.strangers`, as documents have it: see bench/hostile/strangers.py."""

from bench.hostile.strangers import main

if __name__ == "__main__":
    raise SystemExit(main())

"""`python -m bench.fuzz`, as documents have it: see bench/hostile/fuzz.py."""

from bench.hostile.fuzz import main

if __name__ == "__main__":
    raise SystemExit(main())

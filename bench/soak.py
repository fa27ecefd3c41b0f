"""`python -m bench.soak`, as documents have it: see bench/faults/soak.py."""

from bench.faults.soak import main

if __name__ == "__main__":
    raise SystemExit(main())

"""`python -m bench.stills_faults`, as documents have it: see bench/faults/stills.py."""

from bench.faults.stills import main

if __name__ == "__main__":
    raise SystemExit(main())

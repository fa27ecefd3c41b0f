"""`python -m bench.tunnel`, as documents have it: see bench/cost/tunnel.py."""

from bench.cost.tunnel import main

if __name__ == "__main__":
    raise SystemExit(main())

"""`python -m bench.canvas`, as documents have it: see bench/cost/canvas.py."""

from bench.cost.canvas import main

if __name__ == "__main__":
    raise SystemExit(main())

"""`python -m bench.voice`, as documents have it: see bench/cost/voice.py."""

from bench.cost.voice import main

if __name__ == "__main__":
    raise SystemExit(main())

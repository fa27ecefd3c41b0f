"""`python -m bench.engine`, as documents have it: see bench/cost/engine.py."""

import os

# The parts are forks of this process: what asks for a GPU while it is imported must not start CUDA.
os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")

from bench.cost.engine import main

if __name__ == "__main__":
    raise SystemExit(main())

"""What the tests of turbo run with is what a worker is installed with."""

from lib.config.settings import ROOT

TURBO = (
    *("torch", "diffusers", "transformers", "accelerate", "peft", "compel"),
    *("huggingface_hub", "httpx2"),
)


def test_turbo_is_tested_with_what_a_worker_installs() -> None:
    pins = [
        {
            line.partition("#")[0].strip()
            for line in (ROOT / name).read_text("utf-8").splitlines()
            if line.startswith(TURBO)
        }
        for name in ("requirements.txt", "requirements-dev.txt")
    ]
    assert pins[0] == pins[1]
    assert {line.split("==")[0] for line in pins[0]} == set(TURBO)

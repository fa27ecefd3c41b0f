"""The lean path makes what the diffusers pipeline makes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from lib.config.params import Params
from tests.engine.turbo.conftest import Opens
from tests.engine.turbo.reference import noise_frames, of_diffusers, of_turbo, pipeline

if TYPE_CHECKING:
    from lib.engine.turbo.turbo import Turbo

CLOSE = 1e-4
# batch, height, width, steps, strength, guidance: each value of each beside several of the others
CASES = [
    (1, 64, 64, 1, 1.0, 0.0),
    (1, 64, 64, 2, 0.5, 0.0),
    (2, 64, 64, 3, 0.7, 2.5),
    (4, 64, 64, 4, 0.8, 0.0),
    (3, 64, 64, 4, 1.0, 1.0),
    (2, 64, 96, 2, 0.99, 7.5),
    (1, 128, 128, 3, 0.35, 1.5),
    (3, 72, 104, 2, 0.7, 0.0),  # sides that the UNet cannot halve three times
    (1, 136, 72, 4, 0.9, 3.0),
    (2, 96, 64, 1, 1.0, 4.0),
    (1, 192, 192, 2, 0.7, 0.0),
    (4, 64, 64, 1, 1.0, 0.0),
]


@pytest.fixture(scope="module")
def pipelines(weights: Path) -> Callable[[str, Path | None], Any]:
    return cache(lambda model, taesd: pipeline(weights / model, taesd))


@pytest.fixture(scope="module")
def reference(weights: Path, pipelines: Callable[[str, Path | None], Any]) -> Any:
    return pipelines("turbo", weights / "taesd")


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case)))
def test_the_lean_path_is_the_pipeline(
    engine: Turbo, reference: Any, case: tuple[int, int, int, int, float, float]
) -> None:
    batch, height, width, steps, strength, guidance = case
    frames = noise_frames(batch, height, width)
    params = Params(
        prompt="a cat, oil on canvas",
        seed=7 + steps,
        num_inference_steps=steps,
        strength=strength,
        guidance_scale=guidance,
    )
    expected = of_diffusers(reference, frames, params)
    assert float((of_turbo(engine, frames, params) - expected).abs().max()) < CLOSE
    bytes_expected = (expected * 255).round().permute(0, 2, 3, 1).numpy().astype(int)
    made = engine.generate(frames, params).astype(int)
    assert np.abs(made - bytes_expected).max() <= 1  # where it lay between two numbers


@pytest.mark.parametrize(
    "case",
    [
        ("turbo", "model", 2, 0.5, 0.0),  # its own VAE draws noise, too
        ("xl", "taesd", 3, 1.0, 0.0),  # an ancestral step adds noise
        ("xl", "taesd", 2, 0.5, 3.0),
        ("xl", "model", 4, 0.5, 2.0),
    ],
)
def test_other_parts_and_families(
    weights: Path,
    opens: Opens,
    pipelines: Callable[[str, Path | None], Any],
    case: tuple[str, str, int, float, float],
) -> None:
    model, vae, steps, strength, guidance = case
    taesd = weights / "taesd" if vae == "taesd" else None
    reference = pipelines(model, taesd)
    engine = opens(model=str(weights / model), vae=str(taesd or vae))
    frames = noise_frames(2, 64, 72)
    params = Params(
        prompt="rain",
        seed=3,
        num_inference_steps=steps,
        strength=strength,
        guidance_scale=guidance,
    )
    made, expected = of_turbo(engine, frames, params), of_diffusers(reference, frames, params)
    assert float((made - expected).abs().max()) < CLOSE


def test_a_scheduler_that_says_velocity(weights: Path) -> None:
    """Against the scheduler of diffusers, on numbers alone."""
    from diffusers.schedulers import EulerDiscreteScheduler

    from bench.cost.checkpoint import EULER
    from lib.engine.turbo.library_logs import libraries_muted
    from lib.engine.turbo.schedule import DenoisingSchedule

    config = EULER | {"prediction_type": "v_prediction"}
    theirs = EulerDiscreteScheduler.from_config(config)
    with libraries_muted():
        theirs.set_timesteps(4)
    theirs.set_begin_index(1)
    plan = DenoisingSchedule(config).plan(4, 0.75)
    x = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1)) * plan.noise
    ours = x
    for at, step in enumerate(plan.steps):
        said = torch.randn(x.shape, generator=torch.Generator().manual_seed(at + 2))
        assert torch.allclose(
            theirs.scale_model_input(x, theirs.timesteps[at + 1]), x * step.scale, atol=1e-5
        )
        x = theirs.step(said, theirs.timesteps[at + 1], x, return_dict=False)[0]
        ours = ours * step.keep + said * step.add
    assert torch.allclose(x, ours, atol=1e-4)

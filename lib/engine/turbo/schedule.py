"""Denoising as a few numbers for each step.

All schedulers served here are linear: from the latents so far `x` and the UNet's prediction `y` a
step makes `keep * x + add * y + fresh * noise`. So a step inside a captured graph needs nothing but
these numbers, and they can be changed in place.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from diffusers.schedulers import EulerAncestralDiscreteScheduler, EulerDiscreteScheduler

from lib.engine.engine import EngineError
from lib.engine.turbo.library_logs import libraries_muted

SERVED = ("EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler")


class DenoisingStep(NamedTuple):
    """One call of the UNet."""

    time: float  # the timestep that the UNet is told
    scale: float  # of the latents before the UNet sees them
    keep: float
    add: float
    fresh: float  # factor of the noise added after the step


class DenoisingPlan(NamedTuple):
    """All steps, and the factor of the noise that the picture starts with."""

    noise: float
    steps: tuple[DenoisingStep, ...]


def effective_steps(steps: int, strength: float) -> int:
    """How many steps diffusers would make; at least one, because a show needs a picture."""
    return max(1, min(int(steps * strength), steps))


def lacks_a_step(steps: int, strength: float) -> bool:
    return int(steps * strength) < 1


class DenoisingSchedule:
    """Makes plans by the model's own scheduler."""

    def __init__(self, config: dict[str, Any]) -> None:
        name = str(config.get("_class_name", ""))
        said = config.get("prediction_type", "epsilon")
        if said not in ("epsilon", "v_prediction"):
            raise EngineError(f"a model that predicts {said!r} is not served by turbo")
        ancestral = name == "EulerAncestralDiscreteScheduler"
        kind = EulerAncestralDiscreteScheduler if ancestral else EulerDiscreteScheduler
        self.replaced = "" if name in SERVED else name
        self.ancestral = ancestral
        self.scheduler: Any = kind.from_config(config)
        self._plans: dict[tuple[int, float], DenoisingPlan] = {}

    def plan(self, steps: int, strength: float) -> DenoisingPlan:
        made = effective_steps(steps, strength)
        key = (steps, made)
        if key not in self._plans:
            self._plans[key] = self._plan(steps, made)
        return self._plans[key]

    def _plan(self, steps: int, made: int) -> DenoisingPlan:
        with libraries_muted():  # diffusers and numpy do not agree on how to copy
            self.scheduler.set_timesteps(steps)
        times: torch.Tensor = self.scheduler.timesteps
        sigmas: torch.Tensor = self.scheduler.sigmas.double()
        way = [
            self._step(float(times[at]), float(sigmas[at]), float(sigmas[at + 1]))
            for at in range(steps - made, steps)
        ]
        return DenoisingPlan(float(sigmas[steps - made]), tuple(way))

    def _step(self, time: float, sigma: float, following: float) -> DenoisingStep:
        down, up = following, 0.0
        if self.ancestral:
            up = math.sqrt(following**2 * (sigma**2 - following**2) / sigma**2)
            down = math.sqrt(following**2 - up**2)
        far = down - sigma
        scale = 1 / math.sqrt(sigma**2 + 1)
        kind = self.scheduler.config.prediction_type
        if kind == "epsilon":  # the UNet predicts the noise
            return DenoisingStep(time, scale, 1.0, far, up)
        keep = 1 + far / sigma * (1 - scale**2)  # it predicts the velocity
        return DenoisingStep(time, scale, keep, far * scale, up)

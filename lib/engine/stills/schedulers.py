"""The schedulers that a still may ask for, by the names that people know them by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import diffusers
import numpy as np
from diffusers.schedulers.scheduling_lms_discrete import LMSDiscreteScheduler

from lib.engine.engine import UnfitStillError

# Latents are no pictures: what clips them to -1..1 spoils them, and a model's own settings for
# another scheduler do not say so.
_OF_LATENTS = {"clip_sample": False, "set_alpha_to_one": False}
_PLMS = {"skip_prk_steps": True, "set_alpha_to_one": False}
NAMES = ("ddpm", "ddim", "pndm", "plms", "lms", "euler", "euler_a", "dpm")


class ExactLMS(LMSDiscreteScheduler):  # type: ignore[misc] # diffusers has no types for it
    """diffusers' own integrates a polynomial numerically, with a package that is not needed
    otherwise. This is its exact value, by Gauss's rule."""

    def get_lms_coefficient(self, order: int, t: int, current_order: int) -> float:
        start, end = float(self.sigmas[t]), float(self.sigmas[t + 1])
        points, weights = np.polynomial.legendre.leggauss(order)
        tau = start + (end - start) * (points + 1) / 2
        product = np.ones_like(tau)
        own = float(self.sigmas[t - current_order])
        for k in range(order):
            if k != current_order:
                other = float(self.sigmas[t - k])
                product *= (tau - other) / (own - other)
        return float(np.dot(weights, product) * (end - start) / 2)


def scheduler_for(name: str, config: Mapping[str, Any]) -> Any:
    """A fresh one; an empty name means the model's own. UnfitStillError where there is none."""
    known: dict[str, tuple[Any, dict[str, Any]]] = {
        "ddpm": (diffusers.DDPMScheduler, {"clip_sample": False}),
        "ddim": (diffusers.DDIMScheduler, _OF_LATENTS),
        "pndm": (diffusers.PNDMScheduler, _PLMS),
        "plms": (diffusers.PNDMScheduler, _PLMS),
        "lms": (ExactLMS, {}),
        "euler": (diffusers.EulerDiscreteScheduler, {}),
        "euler_a": (diffusers.EulerAncestralDiscreteScheduler, {}),
        "dpm": (diffusers.DPMSolverMultistepScheduler, {}),
    }
    if name:
        if name not in known:
            raise UnfitStillError(
                f"there is no scheduler {name[:40]!r}; there is {', '.join(NAMES)}"
            )
        kind, changed = known[name]
        return kind.from_config(config, **changed)
    own = str(config.get("_class_name", ""))
    if own == "LMSDiscreteScheduler":
        return ExactLMS.from_config(config)
    kind = getattr(diffusers, own, None) if own.endswith("Scheduler") else None
    return (kind or diffusers.EulerDiscreteScheduler).from_config(config)

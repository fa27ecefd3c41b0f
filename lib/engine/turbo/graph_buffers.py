"""The buffers of one shape of batch, at fixed addresses, and the work between them.

`make` is the whole way from uint8 to uint8. It runs as it is, with compiled functions, or replayed
from a captured graph. Every parameter is in a buffer and is written in place, so that no change of
prompt, seed or strength needs another graph.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from lib.engine.turbo.img2img import GUIDANCE, NOISE, PLAIN, FrameFunctions, StepInputs
from lib.engine.turbo.models import VAE_SCALE_FACTOR, Models
from lib.engine.turbo.noise import Noise
from lib.engine.turbo.prompt_cache import EncodedMix, EncodedPrompt
from lib.engine.turbo.schedule import DenoisingPlan

if TYPE_CHECKING:
    from lib.engine.turbo.graph_recorder import RecordedGraph


class GraphShape(NamedTuple):
    """What a graph is captured for."""

    batch: int
    height: int
    width: int
    steps: int  # calls of the network
    guided: bool

    @property
    def compiled_for(self) -> tuple[int, int, int, bool]:
        """What the compiled functions depend on; the number of steps is not part of it."""
        return self.batch, self.height, self.width, self.guided

    @property
    def latent(self) -> tuple[int, int]:
        return self.height // VAE_SCALE_FACTOR, self.width // VAE_SCALE_FACTOR

    def __str__(self) -> str:
        guided = ", guided" if self.guided else ""
        steps = "1 step" if self.steps == 1 else f"{self.steps} steps"
        return f"{self.batch}x{self.height}x{self.width}x3, {steps}{guided}"


class GraphBuffers:
    """Written and run by one thread at a time."""

    def __init__(self, models: Models, shape: GraphShape) -> None:
        self.shape = shape
        self._models = models
        device, unet = models.device, models.unet
        sets = 2 if shape.guided else 1
        high, wide = shape.latent
        # One draw starts the picture; a VAE of its own draws before, an ancestral step after.
        self._draws_at_start = 1 + (not models.vae.small)
        self.draws = self._draws_at_start + (shape.steps if models.schedule.ancestral else 0)
        pixels = (shape.batch, shape.height, shape.width, 3)
        self.frames = torch.zeros(pixels, dtype=torch.uint8, device=device)
        self.pictures = torch.zeros(pixels, dtype=torch.uint8, device=device)
        self.whole = torch.ones(shape.batch, dtype=torch.bool, device=device)
        self.noise = torch.zeros((self.draws, shape.batch, 4, high, wide), device=device)
        self.coefficients = torch.zeros((shape.steps, 4), device=device)
        self.start = torch.zeros(2, device=device)  # noise at the start, guidance
        tokens = models.text_encoders[0].tokenizer.model_max_length
        keys_values = (sets, tokens, unet.prompt_width)
        self.keys_values = torch.zeros(keys_values, dtype=models.dtype, device=device)
        of_time = (shape.steps, sets if models.xl else 1, unet.times_width)
        self.times = torch.zeros(of_time, dtype=models.dtype, device=device)
        self._written: dict[str, Hashable] = {}
        self._told: dict[str, Tensor] = {}
        self.functions = PLAIN
        self.recorded: RecordedGraph | None = None  # reads and writes these buffers

    # --- parameters, written only when they change

    def set_plan(self, plan: DenoisingPlan) -> None:
        if not self._news("plan", plan):
            return
        rows = [(step.scale, step.keep, step.add, step.fresh) for step in plan.steps]
        self.coefficients.copy_(torch.tensor(rows))
        self.start[NOISE] = plan.noise
        self._told["times"] = torch.tensor([step.time for step in plan.steps]).to(self.start.device)
        self._write_times()

    def set_guidance(self, guidance: float) -> None:
        if self._news("guidance", guidance):
            self.start[GUIDANCE] = guidance

    def set_prompt(self, mixed: EncodedMix, unconditional: EncodedPrompt) -> None:
        if not self._news("prompt", mixed.key):
            return
        encoded = [mixed.encoded, unconditional] if self.shape.guided else [mixed.encoded]
        unet = self._models.unet
        self.keys_values.copy_(unet.project_prompt(torch.cat([said.hidden for said in encoded])))
        pooled = [said.pooled for said in encoded if said.pooled is not None]
        if self._models.xl:
            added = unet.added_conditions(torch.cat(pooled), self.shape.height, self.shape.width)
            self._told["added"] = added
            self._write_times()

    def set_noise(self, noise: Noise, seeds: tuple[tuple[int, float], ...]) -> None:
        if self._news("noise", seeds):
            self.noise.copy_(noise.of(seeds, self.draws, *self.shape.latent))

    def set_fresh_noise(self, noise: Noise) -> None:
        self._written.pop("noise", None)
        noise.refresh(self.noise)

    def _write_times(self) -> None:
        """From the steps and, in an XL model, from the prompt too; waits until both are set."""
        times, added = self._told.get("times"), self._told.get("added")
        if times is None or (self._models.xl and added is None):
            return
        made = self._models.unet.project_times(times, added)
        self.times.copy_(made if made.ndim == 3 else made[:, None])

    def _news(self, what: str, value: Hashable) -> bool:
        if self._written.get(what) == value:
            return False
        self._written[what] = value
        return True

    # --- what a frame costs

    def run(self) -> None:
        """From `frames` to `pictures`, with what stands in the buffers, as fast as it goes."""
        if self.recorded is not None:
            self.recorded.replay()
        else:
            self.make(self.functions)

    def make(self, functions: FrameFunctions = PLAIN) -> None:
        """The same, call by call."""
        models, at_start = self._models, self._draws_at_start
        x = functions.encode(models.vae, self.frames, self.noise[:at_start], self.start)
        for at in range(self.shape.steps):
            fresh = self.noise[at_start + at] if models.schedule.ancestral else None
            inputs = StepInputs(
                self.keys_values, self.times[at], self.coefficients[at], self.start, fresh
            )
            x = functions.denoise(models.unet, x, inputs)
        pictures, whole = functions.decode(models.vae, x)
        self.pictures.copy_(pictures)
        self.whole.copy_(whole)

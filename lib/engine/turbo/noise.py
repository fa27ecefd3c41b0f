"""The noise that pictures start from: made from seeds, the same on every machine.

It is drawn on the CPU, because a GPU draws other numbers from the same seed, and in the order in
which diffusers draws: for the VAE if it draws, for the start, for each step that adds some.
"""

from __future__ import annotations

import math
import os
from collections import OrderedDict

import torch
from torch import Tensor

from lib.config.params import Seeds

REMEMBERED = 64  # seeds; 64 kB each at 512x512


class Noise:
    """One engine's; asked by its thread."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._known: OrderedDict[tuple[int, int, int, int], Tensor] = OrderedDict()
        # New noise each time is nobody's to repeat, and two workers must not draw the same.
        self._fresh = torch.Generator(device)
        self._fresh.manual_seed(int.from_bytes(os.urandom(7), "little"))

    def of(self, seeds: Seeds, draws: int, height: int, width: int) -> Tensor:
        """draws x 1 x 4 x height x width in latents. Mixed so that its variance stays 1."""
        parts = [
            self._drawn(seed, draws, height, width) * weight for seed, weight in seeds if weight > 0
        ]
        if len(parts) == 1:
            return self._drawn(
                next(seed for seed, weight in seeds if weight > 0), draws, height, width
            )
        return torch.stack(parts).sum(0) / math.sqrt(sum(weight**2 for _, weight in seeds))

    def refresh(self, noise: Tensor) -> None:
        """Other noise, in place."""
        noise.normal_(generator=self._fresh)

    def _drawn(self, seed: int, draws: int, height: int, width: int) -> Tensor:
        key = (seed, draws, height, width)
        if key not in self._known:
            generator = torch.Generator().manual_seed(seed)
            shape = (1, 4, height, width)
            drawn = torch.stack([torch.randn(shape, generator=generator) for _ in range(draws)])
            self._known[key] = drawn.to(self._device)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return self._known[key]

"""What is played, and what of it a job leaves with: its settings at its moment of a glide.

All workers follow the same glide, because the moment travels with the job.
"""

from __future__ import annotations

import logging
import time

from pydantic import ValidationError

from lib.config.params import Played, Weighted
from lib.config.settings import Primary
from lib.core.geometry import Size
from lib.core.glide import mix_glide, number_glide
from lib.wire.messages import JobSettings, WireError, decode_change, encode_settings

log = logging.getLogger(__name__)


class Live:
    """Written by the dispatching thread; others may read what is played."""

    def __init__(self, settings: Primary) -> None:
        self.params = settings.played  # what is played, or will be when the glide has ended
        self.number = 0
        self._heard = False
        made = self.params.params
        self._prompts, self._noise = mix_glide(_merged(made.prompts)), mix_glide(made.noise)
        self._strength = number_glide(made.strength)
        self._guidance = number_glide(made.guidance_scale)
        self._still: bytes | None = None  # the settings, encoded, while nothing glides
        self._still_size = self.params.size
        self._set_out()

    @property
    def gliding(self) -> bool:
        return time.monotonic_ns() < self._ends_ns

    def change(self, data: bytes, now_ns: int) -> bool:
        """A message of the control process; False when it is no news."""
        try:
            change = decode_change(data)
            played = Played.model_validate(change.params)
        except (WireError, ValidationError) as error:
            log.warning("a change of the parameters was refused: %s", error)
            return False
        # What is heard first was played before this process was there: nothing has to glide.
        first, self._heard = not self._heard, True
        if change.number < self.number or (change.number == self.number and not first):
            return False
        glide_ms = played.glide_ms if change.glide_ms is None else change.glide_ms
        over_ns = 0 if first or played.cut else glide_ms * 1_000_000
        made = played.params
        self.number, self.params = change.number, played
        self._prompts.to(_merged(made.prompts), over_ns, now_ns)
        self._noise.to(made.noise, over_ns, now_ns)
        self._strength.to(made.strength, over_ns, now_ns)
        self._guidance.to(made.guidance_scale, over_ns, now_ns)
        self._set_out()
        return True

    def encoded(self, at_ns: int, size: Size) -> bytes:
        """The settings of frames of this size that leave at this moment.

        While nothing glides they are the same bytes for every frame.
        """
        if at_ns < self._ends_ns:
            return self._encode(at_ns, size)
        if self._still is None or size != self._still_size:
            self._still, self._still_size = self._encode(self._ends_ns, size), size
        return self._still

    def _set_out(self) -> None:
        """After a change: what every moment of the glide has in common, and when it ends."""
        gliding = {"mix", "seeds", "strength", "guidance_scale"}
        self._common = self.params.params.model_dump(exclude=gliding)
        self._ends_ns = max(
            self._prompts.ends_ns,
            self._noise.ends_ns,
            self._strength.ends_ns,
            self._guidance.ends_ns,
        )
        self._still = None

    def _encode(self, at_ns: int, size: Size) -> bytes:
        played = self.params
        mix, seeds = self._prompts.at(at_ns), self._noise.at(at_ns)
        return encode_settings(
            JobSettings(
                **self._common,
                strength=self._strength.at(at_ns),
                guidance_scale=self._guidance.at(at_ns),
                mix=() if mix == ((played.prompt, 1.0),) else mix,
                seeds=() if seeds == ((played.seed, 1.0),) else seeds,
                resolution=size.width if size.width == size.height else str(size),
                batch_size=played.batch_size,
                directory=played.directory,
            )
        )


def _merged(prompts: Weighted) -> Weighted:
    """Each text once, and none that weighs nothing."""
    parts: dict[str, float] = {}
    for text, weight in prompts:
        parts[text] = parts.get(text, 0.0) + weight
    return tuple((text, weight) for text, weight in parts.items() if weight > 0)

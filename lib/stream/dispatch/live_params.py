"""What is played, and the settings that a job carries: those of its own moment in a glide.

All workers follow the same glide, because each job carries its settings.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import NamedTuple

from lib.config.params import Played, Weighted
from lib.config.settings import PrimarySettings
from lib.core.geometry import Size
from lib.core.glide import mix_glide, number_glide
from lib.core.modulation import Moved, moved_mix, moved_value
from lib.core.shedding.levels import Levels
from lib.wire.messages import JobSettings, WireError, decode_change, encode_settings
from lib.wire.signal_state import decode_signals

log = logging.getLogger(__name__)

# The size of frames, that of their pictures where it differs, and what load shedding takes.
JobShape = tuple[Size, "Size | None", Levels]
NOTHING = Moved()  # signals move nothing
MOST_SWITCHES = 64  # of passthrough, while one frame is under way


class NowPlaying(NamedTuple):
    """What is played, or will be once the glide has ended, and the number of that change."""

    number: int
    params: Played
    ends_ns: int  # of the glide

    @property
    def gliding(self) -> bool:
        return time.monotonic_ns() < self.ends_ns


class LiveParams:
    """Belongs to the dispatching thread; any thread may read `playing`, which is replaced as a
    whole."""

    def __init__(self, settings: PrimarySettings) -> None:
        self.playing = NowPlaying(0, settings.played, 0)
        self._quality = settings.quality
        self._levels = Levels()
        self._heard = False
        made = settings.played.params
        self._prompts, self._noise = mix_glide(_merged(made.prompts)), mix_glide(made.noise)
        self._strength = number_glide(made.strength)
        self._guidance = number_glide(made.guidance_scale)
        self._moved = Moved()  # what signals add to that
        self._still: bytes | None = None  # the encoded settings, while nothing glides
        self._still_how: JobShape | None = None
        # What of the source went to workers untouched: since when, or since when no more.
        self._passed: deque[tuple[int, bool]] = deque([(0, made.passthrough)], MOST_SWITCHES)
        self._set_out(self.playing.number, settings.played)

    def change(self, data: bytes, now_ns: int) -> bool:
        """Take in a message of the control process; False when it changes nothing."""
        try:
            change = decode_change(data)
        except WireError as error:
            log.warning("a change of the parameters was refused: %s", error)
            return False
        # The first message holds what was played before this process started: no glide is due.
        first, self._heard = not self._heard, True
        number = self.playing.number
        if change.number < number or (change.number == number and not first):
            return False
        played = change.played
        glide_ms = played.glide_ms if change.glide_ms is None else change.glide_ms
        over_ns = 0 if first or played.cut else glide_ms * 1_000_000
        made = played.params
        self._prompts.to(_merged(made.prompts), over_ns, now_ns)
        self._noise.to(made.noise, over_ns, now_ns)
        self._strength.to(made.strength, over_ns, now_ns)
        self._guidance.to(made.guidance_scale, over_ns, now_ns)
        if made.passthrough != self._passed[-1][1]:
            self._passed.append((now_ns, made.passthrough))
        self._moved.silence(played.silences_signals, now_ns)
        self._set_out(change.number, played)
        return True

    def move(self, data: bytes, now_ns: int) -> None:
        """Take in a message of the process of signals. Older moves are forgotten."""
        try:
            moves = decode_signals(data).moves
            moves.pop("opacity", None)  # the screen's own
            self._moved.take(moves, now_ns)
        except WireError as error:
            log.warning("a state of signals was refused: %s", error)

    def passed_at(self, sent_ns: int) -> bool:
        """Whether a frame that was sent at this moment had to come back as it is."""
        newest_first = reversed(self._passed)
        return next((passed for since_ns, passed in newest_first if since_ns <= sent_ns), False)

    def cut(self, levels: Levels) -> None:
        """Take these levels of relief from now on."""
        self._levels = levels

    def encoded(self, at_ns: int, size: Size, shown: Size | None = None) -> bytes:
        """The settings for frames of this size that are sent at this moment; `shown`: the size of
        their pictures, where it differs.

        While nothing glides they are the same bytes for every frame.
        """
        how = size, shown, self._levels
        if at_ns < self.playing.ends_ns or self._moved.busy(at_ns):
            return self._encode(at_ns, how, self._moved)
        if self._still is None or how != self._still_how:
            self._still, self._still_how = self._encode(self.playing.ends_ns, how, NOTHING), how
        return self._still

    def _set_out(self, number: int, played: Played) -> None:
        """After a change: start its glides, and note when the last one ends."""
        moving = {"mix", "seeds", "strength", "guidance_scale", "num_inference_steps"}
        moving |= {"feedback", "similar"}  # by signals alone
        self._common = played.params.model_dump(exclude=moving)
        ends_ns = max(
            self._prompts.ends_ns,
            self._noise.ends_ns,
            self._strength.ends_ns,
            self._guidance.ends_ns,
        )
        self._still = None
        self.playing = NowPlaying(number, played, ends_ns)

    def _encode(self, at_ns: int, how: JobShape, moved: Moved) -> bytes:
        played, (size, shown, levels) = self.playing.params, how
        pulls = moved.pulls(at_ns)

        def value(field: str, base: float) -> float:
            return moved_value(field, base, pulls[field]) if field in pulls else base

        strength = value("strength", self._strength.at(at_ns))
        mix, seeds = self._prompts.at(at_ns), self._noise.at(at_ns)
        if "blend" in pulls and played.prompt2:
            more = value("blend", played.blend) - played.blend
            mix = moved_mix(mix, played.prompt, played.prompt2, more)
        if "seeds" in pulls:
            seeds = moved_mix(seeds, played.seed, pulls["seeds"].seed, value("seeds", 0.0))
        return encode_settings(
            JobSettings(
                **self._common,
                strength=strength,
                num_inference_steps=levels.steps_of(played.num_inference_steps, strength),
                guidance_scale=value("guidance_scale", self._guidance.at(at_ns)),
                feedback=value("feedback", played.feedback),
                similar=value("similar", played.similar),
                mix=() if mix == ((played.prompt, 1.0),) else mix,
                seeds=() if seeds == ((played.seed, 1.0),) else seeds,
                resolution=_as_sent(size),
                shown=_as_sent(shown) if shown else None,
                quality=levels.quality_of(self._quality) if levels.quality else None,
                batch_size=played.batch_size,
                directory=played.directory,
            )
        )


def _as_sent(size: Size) -> int | str:
    return size.width if size.width == size.height else str(size)


def _merged(prompts: Weighted) -> Weighted:
    """Each text once, without those of no weight."""
    parts: dict[str, float] = {}
    for text, weight in prompts:
        parts[text] = parts.get(text, 0.0) + weight
    return tuple((text, weight) for text, weight in parts.items() if weight > 0)

"""Turns a prompt and a seed into a mix: how much of each style, and which colours.

The result depends on the arguments only, so that several workers paint alike and a frame that is
painted twice comes out the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lib.config.params import Seeds, Weighted
from lib.engine.painter.said_colours import LUMA, Said, said_colours
from lib.engine.painter.styles import STYLES, TONES, Tone
from lib.words.vectors import DIMENSIONS, Embedder, Vector, unit

_KEEP = 3  # more styles than this in one picture average to grey
_SHARPNESS = 0.1  # a style whose likeness is larger by this weighs e times as much
_FAINT = 0.12  # a style with less than this share of the strongest is left out
_ACCENT = 0.45  # the largest weight of the style that the seed adds
_SWAY = 0.07  # how far the seed moves likenesses: less than what makes a style the first
_TURN = 0.2  # radians by which the seed turns hues; less where a colour was said
_CANDIDATES = 9  # how many of the likeliest styles the seed chooses its accent from
_COMMON = 0.7  # how much of what all descriptions share is subtracted before comparing
_CLOSEST = 0.3, 0.7  # likeness at which a tone begins to show, and at which it is at its strongest
_LEAD = 0.06  # as _SHARPNESS, for tones: two of them at once look muddy
_CONTRAST = 1.35  # toned colours are spread by this factor, since mixing reduces contrast
_CHUNKS = 8  # parts of a prompt between commas that are also compared on their own
_CACHED = 256


class StyleMix(NamedTuple):
    styles: NDArray[np.float32]  # one weight for each style; they add up to 1
    colours: NDArray[np.float32]  # 3x4 matrix from (red, green, blue, 1) to the toned colour


class PromptMatcher:
    """Knows the descriptions; computes mixes and caches the latest of them."""

    def __init__(self, vectors: Embedder) -> None:
        self._vectors = vectors
        texts = [list(style.says) for style in STYLES]
        tones = [list(tone.says) for tone in TONES]
        told = [vectors.embed(phrase) for said in texts + tones for phrase in said]
        self._common = _COMMON * np.mean(told, axis=0)
        self._styles = _Descriptions(texts, self)
        self._tones = _Descriptions(tones, self)
        # Each instance has caches of its own, which are freed with it.
        self.mix_of = lru_cache(_CACHED)(self._mix_of)
        self._scores = lru_cache(_CACHED)(self._likeness)
        self._last: tuple[Weighted, Seeds, StyleMix] | None = None

    def blend(self, prompts: Weighted, seeds: Seeds) -> StyleMix:
        """The mixes of each prompt with each seed, blended by their weights: the picture follows
        the weights, and at either end of a glide it is exactly that end's."""
        if len(prompts) == 1 and len(seeds) == 1:
            return self.mix_of(prompts[0][0], seeds[0][0])
        # Not in the cache of mixes, since each moment of a glide comes once.
        if self._last is None or self._last[:2] != (prompts, seeds):
            self._last = prompts, seeds, self._blended(prompts, seeds)
        return self._last[2]

    def _blended(self, prompts: Weighted, seeds: Seeds) -> StyleMix:
        styles, colours = np.zeros(len(STYLES), np.float32), np.zeros((3, 4), np.float32)
        for prompt, much in prompts:
            for seed, share in seeds:
                mix, weight = self.mix_of(prompt, seed), np.float32(much * share)
                styles += weight * mix.styles
                colours += weight * mix.colours
        return StyleMix(styles, colours)

    def place(self, text: str) -> Vector:
        """The direction of a text from the mean of all descriptions; zeros if it has no meaning."""
        vector = self._vectors.embed(text)
        return unit(vector - self._common) if vector.any() else np.zeros(DIMENSIONS, np.float32)

    def _likeness(self, prompt: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The likeness of the prompt to each style and to each tone."""
        parts = [part for part in re.split(r"[,;.:|\n]", prompt) if part.strip()][:_CHUNKS]
        places = [self.place(text) for text in ([prompt, *parts] if len(parts) > 1 else [prompt])]
        styles = np.mean([self._styles.likeness(place, 0.25) for place in places], axis=0)
        tones = np.max([self._tones.likeness(place, 0.0) for place in places], axis=0)
        return styles, tones

    def _mix_of(self, prompt: str, seed: int) -> StyleMix:
        styles, tones = self._scores(prompt)
        rng = np.random.default_rng(seed)
        swayed = styles + rng.normal(0, _SWAY, len(styles))
        weights = _accented(_mixed(swayed), swayed, rng)
        colours = _colours(tones, TONES, said_colours(prompt), rng)
        return StyleMix(_bounded(weights).astype(np.float32), colours)


class _Descriptions:
    """The vectors of several styles' or tones' descriptions."""

    def __init__(self, texts: list[list[str]], matcher: PromptMatcher) -> None:
        self._places = [np.stack([matcher.place(text) for text in said]) for said in texts]

    def likeness(self, place: Vector, second: float) -> NDArray[np.float64]:
        """The likeness to each: its best description counts, and its next best by `second`."""
        found = []
        for places in self._places:
            best = np.sort(places @ place)[::-1]
            found.append(float(best[0] + second * best[1]))
        return np.array(found)


def _mixed(likeness: NDArray[np.float64]) -> NDArray[np.float64]:
    """The few styles that fit best, weighted by how well they fit."""
    weights = np.exp((likeness - likeness.max()) / _SHARPNESS)
    weights[np.argsort(weights)[:-_KEEP]] = 0
    weights[weights < _FAINT] = 0
    return np.asarray(weights / weights.sum())


def _accented(
    weights: NDArray[np.float64], likeness: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Add a little of one more style, which the seed chooses among those that would fit."""
    accent = rng.choice(np.argsort(likeness)[-_CANDIDATES:])
    share = _ACCENT * rng.uniform(0.4, 1)
    touched = weights * (1 - share)
    touched[accent] += share
    return touched


def _bounded(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keep each style below its bound; the excess goes to the others, or to the first unbounded."""
    most = np.array([style.most for style in STYLES])
    cut = np.minimum(weights, most)
    free = np.where(most < 1, 0, cut)
    if not free.any():
        free[0] = 1
    return np.asarray(cut + (1 - cut.sum()) * free / free.sum())


def _colours(
    likeness: NDArray[np.float64], tones: Sequence[Tone], said: Said, rng: np.random.Generator
) -> NDArray[np.float32]:
    """The fitting tones, and what was said outright, as one linear change of colours, towards
    shadow and light by luma."""
    low, high = _CLOSEST
    whole = np.clip((likeness - low) / (high - low), 0, 1)
    whole *= np.exp((likeness - likeness.max()) / _LEAD)  # the best fitting tone dominates
    share = whole * [tone.most for tone in tones] * rng.uniform(0.85, 1.15, len(tones))
    share *= (1 - said.share) / max(1.0, float(share.sum()))
    left = 1 - said.share - share.sum()
    contrast = _CONTRAST * rng.uniform(0.75, 1.25)
    matrix = np.zeros((3, 4))
    matrix[:, :3] = left * (said.saturation * np.eye(3) + (1 - said.saturation) * LUMA)
    parts = [(amount, *tone[1:3]) for amount, tone in zip(share, tones, strict=True)]
    for amount, shadow, light in [*parts, (said.share, said.shadow, said.light)]:
        dark, bright = np.array(shadow), np.array(light)
        span = (bright - dark) * contrast
        matrix[:, :3] += amount * np.outer(span / 255, LUMA)
        matrix[:, 3] += amount * ((bright + dark) - span) / 2
    turn = rng.uniform(-_TURN, _TURN) * (1 - 0.5 * said.share)
    return (_turned(turn * min(1.0, said.saturation)) @ matrix).astype(np.float32)


def _turned(angle: float) -> NDArray[np.float64]:
    """Turns hues about the greys, which stay."""
    along = np.full((3, 3), 1 / 3)
    across = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / 3**0.5
    return np.asarray(along + np.cos(angle) * (np.eye(3) - along) + np.sin(angle) * across)

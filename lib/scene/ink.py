"""Colours of a drawn scene: sRGB from 0 to 255 where things are drawn, linear light where they
are lit."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = "NDArray[np.float32]"
Ink: TypeAlias = "tuple[float, float, float]"
Inks: TypeAlias = "tuple[Ink, ...]"


def _to_linear(srgb: NDArray[np.floating[Any]]) -> Numbers:
    low, high = srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4
    return np.where(srgb <= 0.04045, low, high).astype(np.float32)


LINEAR = _to_linear(np.arange(256, dtype=np.float32) / 255)
# From linear light back: 4096 steps are finer than 8 bits of sRGB wherever it matters.
_STEPS = np.arange(4096, dtype=np.float32) / 4095
_SRGB = np.where(
    _STEPS <= 0.0031308, _STEPS * 12.92, 1.055 * np.maximum(_STEPS, 1e-6) ** (1 / 2.4) - 0.055
)
SRGB = (_SRGB * 255 + 0.5).astype(np.uint8)


def linear(ink: Ink) -> Numbers:
    return _to_linear(np.asarray(ink, np.float32) / 255)


def parse_hex(code: str) -> Ink:
    number = int(code.removeprefix("#"), 16)
    return (number >> 16, number >> 8 & 255, number & 255)


def mixed(ink: Ink, other: Ink, share: float) -> Ink:
    return (
        ink[0] + (other[0] - ink[0]) * share,
        ink[1] + (other[1] - ink[1]) * share,
        ink[2] + (other[2] - ink[2]) * share,
    )


def darker(ink: Ink, share: float) -> Ink:
    return (ink[0] * share, ink[1] * share, ink[2] * share)


def lighter(ink: Ink, share: float) -> Ink:
    return mixed(ink, (255, 250, 240), share)


def ramp(ink: Ink) -> Inks:
    """From its deepest shade to its lightest."""
    return (darker(ink, 0.45), darker(ink, 0.7), ink, lighter(ink, 0.35))


def varied(rng: np.random.Generator, ink: Ink, reach: float = 0.08) -> Ink:
    shift = rng.uniform(-reach, reach, 4)
    red, green, blue = (
        min(255.0, max(0.0, part * (1 + shift[0]) + each * 40))
        for part, each in zip(ink, shift[1:], strict=True)
    )
    return (red, green, blue)


def chosen(rng: np.random.Generator, *inks: Ink) -> Ink:
    return inks[int(rng.integers(len(inks)))]

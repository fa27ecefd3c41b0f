"""The light of each hour and weather: one illumination for everything in a scene.

Because things keep their own colour and what they emit apart from the light that falls on them,
night, sunset, fog and lit windows come without a word in any thing's drawing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import NamedTuple

import numpy as np

from lib.scene.ink import Numbers, linear, parse_hex


@dataclass(frozen=True, slots=True)
class Illumination:
    """Colours are linear light; `across` is where the light comes from, -1 left to 1 right."""

    zenith: Numbers
    middle: Numbers
    horizon: Numbers
    ambient: Numbers
    key: Numbers
    haze: Numbers
    elevation: float
    stars: float
    density: float
    across: float
    exposure: float
    glow: float
    veil: float = 0.0  # a depth of haze that even the nearest things have


class _Hour(NamedTuple):
    zenith: str
    middle: str
    horizon: str
    ambient: str
    key: str
    haze: str
    elevation: float
    stars: float = 0.0
    density: float = 0.8
    exposure: float = 1.0
    glow: float = 1.0


HOURS = {
    "dawn": _Hour("6f86c4", "e8a9b4", "ffdcae", "9a90b4", "ffc9a0", "f0c4b8", 0.10, 0.05, 1.0),
    "morning": _Hour("4f96dc", "a4cfee", "fdeccb", "98aac0", "ffedc8", "d0dfe6", 0.35, 0, 0.6),
    "day": _Hour("2f7fd2", "7fbdec", "dcf0f2", "92a6b8", "fff6e0", "a8cce4", 0.62, 0, 0.5),
    "golden": _Hour("5e8cc0", "e6c79a", "ffdb8c", "9c8c90", "ffd288", "f2cf9c", 0.20, 0, 0.9),
    "sunset": _Hour("32347c", "cc5478", "ffaa4c", "84749c", "ffa45c", "f08c68", 0.07, 0.1, 0.9),
    "dusk": _Hour(
        "1c2660", "5a549c", "d88aa0", "58609c", "a884a8", "7c70a8", -0.05, 0.45, 0.9, 1, 1.1
    ),
    "night": _Hour(
        "060a26", "10204c", "2a4c80", "32447c", "5878b8", "1e3464", -0.3, 1, 0.8, 1.05, 1.25
    ),
    "moonlit": _Hour(
        "0a1436", "1c3a70", "4c7ca8", "465c92", "8cacdc", "38588c", -0.3, 0.7, 0.8, 1, 1.15
    ),
    "candle": _Hour(
        "2a1a14", "5a3420", "a86a38", "6a4a38", "ffc070", "4a3020", 0.2, 0, 0.3, 1, 1.2
    ),
    "overcast": _Hour("8694a4", "a9b4be", "cdd2d2", "a8b0b8", "8c8c88", "bec6ca", 0.5, 0, 1.0),
    "snowfall": _Hour("9aa8bc", "bccadb", "dde6f0", "ccd8ea", "ccd0d8", "d6e0ec", 0.5, 0, 0.9),
    "stormy": _Hour(
        "222c3c", "465666", "8a9892", "647480", "7c8888", "6a7a80", 0.4, 0, 1.1, 1, 1.1
    ),
}
DARK = ("night", "dusk", "moonlit", "candle")
LOW_SUN = ("sunset", "dawn", "golden")
# Windows are lit at these hours, and in these weathers.
_LIT = (*DARK, "stormy", "sunset", "dawn")


def windows_lit(time: str, weather: Collection[str], moods: Collection[str]) -> bool:
    return time in _LIT or "cosy" in moods or "rain" in weather or "storm" in weather


def illumination(
    time: str, weather: Collection[str], unknown: Collection[str], from_right: bool
) -> Illumination:
    """The light of an hour, softened by the weather and tinted by the words nobody knows."""
    hour = HOURS[time]
    zenith, middle, horizon, ambient, key, haze = (linear(parse_hex(code)) for code in hour[:6])
    light = Illumination(
        *(zenith, middle, horizon, ambient, key * np.float32(1.15), haze),
        *(hour.elevation, hour.stars, hour.density),
        across=0.6 if from_right else -0.6,
        exposure=hour.exposure,
        glow=hour.glow,
    )
    for word in sorted(unknown):
        light = _tinted(light, word)
    if "fog" in weather:
        light = _fogged(light)
    if "rain" in weather or "storm" in weather:
        light = _greyed(light, 0.45)
        light = replace(light, density=light.density * 1.5, key=light.key * np.float32(0.7))
    if "snow" in weather and time not in DARK:
        cold = np.array((0.95, 1.0, 1.08), np.float32)
        light = replace(_greyed(light, 0.2), key=light.key * cold, ambient=light.ambient * cold)
    if "heat" in weather:
        warm = np.array((1.08, 1.0, 0.88), np.float32)
        light = replace(light, density=light.density * 1.5, haze=light.haze * warm)
    return light


def _tinted(light: Illumination, word: str) -> Illumination:
    digest = sha256(word.encode()).digest()
    hue = np.array(list(digest[:3]), np.float32) / 255 - np.float32(0.5)
    share = 1 + (hue - hue.mean()) * np.float32(0.35)
    return replace(
        light,
        zenith=light.zenith * share,
        middle=light.middle * share,
        ambient=light.ambient * share,
        key=light.key * share,
    )


def _greyed(light: Illumination, share: float) -> Illumination:
    """Clouds take the colour from the light."""

    def grey(colour: Numbers) -> Numbers:
        return np.asarray(colour + (colour.mean() - colour) * np.float32(share), np.float32)

    return replace(
        light,
        zenith=grey(light.zenith),
        middle=grey(light.middle),
        horizon=grey(light.horizon),
        ambient=grey(light.ambient),
        key=grey(light.key),
        haze=grey(light.haze),
    )


def _fogged(light: Illumination) -> Illumination:
    def mix(one: Numbers, other: Numbers, share: float) -> Numbers:
        return one * np.float32(1 - share) + other * np.float32(share)

    haze = mix(light.haze, light.horizon, 0.2)
    return replace(
        light,
        density=light.density * 2.3,
        veil=0.065,
        haze=haze,
        horizon=mix(light.horizon, haze, 0.65),
        middle=mix(light.middle, haze, 0.65),
        zenith=mix(light.zenith, haze, 0.4),
        key=light.key * np.float32(0.6),
    )

"""The sky: its light, clouds, sun and moon, stars, and what is seen in it on some days."""

from __future__ import annotations

import math

import cv2
import numpy as np

from lib.scene.canvas import Canvas, blurred
from lib.scene.hours import LOW_SUN
from lib.scene.ink import Ink, Numbers, linear
from lib.scene.scenery import Scenery

_BOW: tuple[Ink, ...] = (
    (150, 80, 200),
    (70, 90, 220),
    (70, 180, 120),
    (250, 220, 80),
    (250, 140, 50),
    (230, 60, 50),
)


def paint_sky(scenery: Scenery, horizon: float, orbs: bool = True) -> None:
    """The whole sky down to the horizon; the land goes over its lower end."""
    description, light = scenery.description, scenery.light
    sky, weather = description.sky, description.weather
    _gradient(scenery, horizon)
    if light.stars > 0.3 or "stars" in sky:
        hidden = bool(weather & {"storm", "rain", "fog", "cloudy"})
        _stars(scenery, horizon, 0.1 if hidden else max(light.stars, 0.7))
    if "aurora" in sky:
        _aurora(scenery, horizon)
    if orbs:
        _orbs(scenery, horizon)
    _cloud_cover(scenery, horizon)
    if "rainbow" in sky:
        _rainbow(scenery, horizon)
    if "bolt" in sky or ("storm" in weather and scenery.rng.random() < 0.6):
        _lightning(scenery, horizon)


def _gradient(scenery: Scenery, horizon: float) -> None:
    canvas, light = scenery.canvas, scenery.light
    rows = np.linspace(0, 1, canvas.height, dtype=np.float32)[:, None]
    down = (rows / np.float32(max(horizon, 0.05))).clip(0, 1)
    upper = np.minimum(down / np.float32(0.55), 1)
    lower = ((down - np.float32(0.5)) * 2).clip(0, 1) ** np.float32(1.3)
    colour = light.zenith * (1 - upper) + light.middle * upper
    colour = colour * (1 - lower) + light.horizon * lower
    ink = scenery.description.sky_colour
    if ink is not None:
        named = linear(ink)
        bright = colour.mean(1, keepdims=True) / max(float(named.mean()), 0.05)
        colour = colour * np.float32(0.25) + np.minimum(named * bright, 1) * np.float32(0.72)
    end = min(canvas.height, int((horizon + 0.2) * canvas.height))
    sway = (canvas.noise(0.2, 4, 2.2)[:end] - np.float32(0.5)) * np.float32(0.12)
    index = np.arange(end, dtype=np.float32)[:, None] + sway * np.float32(0.5 * canvas.height)
    index = index.clip(0, canvas.height - 1).astype(np.int32)
    table = colour.astype(np.float32)
    canvas.radiance[:end] = table[index] * (1 + sway[..., None] * np.float32(0.9))
    canvas.radiance[end:] = table[min(end, canvas.height - 1)]
    canvas.piece()


def _orbs(scenery: Scenery, horizon: float) -> None:
    """Sun or moon, where the light comes from."""
    description = scenery.description
    time, sky, weather = description.time, description.sky, description.weather
    share = scenery.between(0.2, 0.4) if scenery.light.across < 0 else scenery.between(0.6, 0.8)
    x = scenery.aspect * share
    veiled = bool(weather & {"rain", "storm", "fog"})
    if time in ("night", "moonlit"):
        hidden = veiled or ("aurora" in sky and "moon" not in sky)
        if ("moon" in sky or not hidden) and not description.without("sky", "moon"):
            _moon(scenery, x, "moon" in sky or time == "moonlit")
        return
    hidden = (veiled and "sun" not in sky) or description.without("sky", "sun")
    if not hidden and time not in ("overcast", "stormy", "snowfall", "dusk"):
        _sun(scenery, x, horizon)


def _moon(scenery: Scenery, x: float, large: bool) -> None:
    y, radius = scenery.between(0.12, 0.26), 0.045 if large else 0.03
    _orb(scenery.canvas, (x, y), radius, (238, 236, 214), 0.28, 0.07, 0.12)
    scenery.orb = (x, linear((190, 205, 230)) * np.float32(0.55))


def _sun(scenery: Scenery, x: float, horizon: float) -> None:
    time, named = scenery.description.time, "sun" in scenery.description.sky
    low = time in LOW_SUN
    y = scenery.between(0.09, 0.2)
    if low:
        y = horizon - (
            scenery.between(0.14, 0.22) if time == "golden" else scenery.between(0.03, 0.09)
        )
    if not (low or named or time == "morning" or scenery.rng.random() < 0.5):
        return
    ink = (255, 224, 150) if time == "sunset" else (255, 238, 190)
    radius = 0.045 if low or named else 0.03
    strength, halo = (0.62, 0.16) if low else (0.4, 0.1)
    _orb(scenery.canvas, (x, y), radius, ink, strength, halo, 0.5)
    if low:
        scenery.orb = (x, scenery.light.key * np.float32(1.1))


def _orb(canvas: Canvas, at: tuple[float, float], radius: float, ink: Ink, *glow: float) -> None:
    strength, halo, shine = glow
    distance = np.hypot(canvas.rows() - np.float32(at[1]), canvas.columns() - np.float32(at[0]))
    disc = ((radius - distance) * np.float32(canvas.height / 1.5) + np.float32(0.5)).clip(0, 1)
    disc = disc[..., None]
    around = np.exp(-((distance / np.float32(halo)) ** np.float32(1.2))) * np.float32(strength)
    colour = linear(ink)
    canvas.radiance += around[..., None] * colour
    canvas.radiance *= 1 - disc
    canvas.radiance += disc * colour * np.float32(1.3)
    canvas.emission += disc * colour * np.float32(shine)
    canvas.piece()


def _cloud_cover(scenery: Scenery, horizon: float) -> None:
    description = scenery.description
    time, weather, sky = description.time, description.weather, description.sky
    if "storm" in weather:
        _clouds(scenery, horizon, 0.95, 0.75)
    elif "rain" in weather or time in ("overcast", "snowfall"):
        _clouds(scenery, horizon, 0.85, 0.35)
    elif "cloudy" in weather or "cloud" in sky:
        _clouds(scenery, horizon, 0.62)
    elif "clear" in weather or "aurora" in sky:
        return
    elif not description.without("weather", "cloudy") and not description.without("sky", "cloud"):
        _clouds(scenery, horizon, {"night": 0.12, "moonlit": 0.25}.get(time, 0.34))


# Feature size in heights and stretch: banks, heaps, and streaks of high cloud.
_KINDS = ((0.16, 2.2), (0.24, 1.7), (0.09, 6.0))


def _clouds(scenery: Scenery, horizon: float, amount: float, gloom: float = 0.0) -> None:
    """Density from noise, lit from above, flat and small near the horizon."""
    canvas, light = scenery.canvas, scenery.light
    rows = int(min(1.0, horizon * 1.02) * canvas.height)
    if rows < 8:
        return
    cell, stretch = _KINDS[int(scenery.rng.integers(3)) if amount < 0.6 else 0]
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    near, far = canvas.noise(cell, 6, stretch)[:rows], canvas.noise(0.06, 5, 3.2)[:rows]
    density = near * (1 - down**2) + far * down**2
    cover = ((density - np.float32(0.70 - 0.42 * amount)) / np.float32(0.16)).clip(0, 1)
    cover = cover * cover * (3 - 2 * cover)
    canvas.piece()
    soft = blurred(cover, canvas.height * 0.03)
    shift = min(rows - 1, max(1, int(canvas.height * 0.03)))
    raised = soft - np.concatenate((soft[:1].repeat(shift, 0), soft[:-shift]))
    shade = 0.55 + raised * np.float32(1.5) - 0.35 * gloom + (density - 0.5) * 0.5
    shade = shade.clip(0, 1)[..., None]
    bright = np.minimum(light.key * 0.75 + light.ambient * 0.75 + light.horizon * 0.15, 1.1)
    dim = light.middle * 0.5 + light.ambient * 0.32 + light.zenith * 0.12
    bright, dim = bright * (1 - 0.55 * gloom), dim * (1 - 0.62 * gloom)
    colour = dim * (1 - shade) + bright * shade
    away = np.float32(0.35) * down[..., None]
    colour = (colour * (1 - away) + light.horizon * away).astype(np.float32)
    cover *= np.float32(0.92 if amount > 0.5 else 0.8)
    canvas.blend(slice(0, rows), slice(None), colour, cover[..., None])


def _stars(scenery: Scenery, horizon: float, share: float) -> None:
    if scenery.description.without("sky", "stars"):
        return
    canvas, rng = scenery.canvas, scenery.rng
    # A star is never smaller than a pixel, so a small picture has fewer.
    count = int(520 * share * canvas.aspect * min(1.0, canvas.height / 256))
    rows = rng.random(count) ** 1.2 * horizon * 0.95
    columns = rng.random(count) * canvas.aspect
    sizes = (0.6 + rng.random(count) ** 6 * 3.2) * canvas.height / 1024
    bright = rng.uniform(0.25, 1, count) * (1 - 0.6 * rows / horizon)
    warm = rng.random(count) < 0.5
    field = np.zeros_like(canvas.radiance)
    for y, x, size, value, is_warm in zip(rows, columns, sizes, bright, warm, strict=True):
        colour = np.array((1, 0.95, 0.85) if is_warm else (0.8, 0.9, 1)) * value
        at = (round(x * canvas.height * 16), round(y * canvas.height * 16))
        cv2.circle(field, at, max(6, round(size * 22)), colour.tolist(), -1, cv2.LINE_AA, 4)
    canvas.radiance += blurred(field, canvas.height / 900)
    canvas.keep(field.max(2))
    canvas.piece()


def starfield(scenery: Scenery, share: float) -> None:
    """Stars over the whole canvas, as in space."""
    _stars(scenery, 1.05, share)


def _aurora(scenery: Scenery, horizon: float) -> None:
    canvas, rng = scenery.canvas, scenery.rng
    height, width, rows = canvas.height, canvas.width, int(horizon * canvas.height)
    columns = np.arange(width, dtype=np.float32) / np.float32(width)
    down = np.arange(rows, dtype=np.float32)[:, None]
    light = np.zeros((rows, width, 3), np.float32)
    upper = ((150, 80, 220), (70, 150, 230), (220, 80, 170))
    for nth in range(4):
        phase = rng.uniform(0, 6, 2)
        swing = np.sin(columns * np.float32(rng.uniform(3, 6)) + np.float32(phase[0]))
        swing += 0.5 * np.sin(columns * np.float32(rng.uniform(9, 14)) + np.float32(phase[1]))
        base = horizon * height * rng.uniform(0.5, 0.88) + height * rng.uniform(0.03, 0.09) * swing
        streaks = canvas.line_noise(width / height / 14, 5) ** np.float32(1.3) * np.float32(1.35)
        streaks *= np.float32(0.35) + np.float32(0.65) * canvas.line_noise(width / height / 4, 2)
        tall = 0.6 + 0.6 * canvas.line_noise(width / height / 6, 3)
        tall = tall * np.float32(height * rng.uniform(0.2, 0.36))
        up = ((base[None] - down) / tall[None]).astype(np.float32)
        strength = np.where(up < 0, np.exp(np.minimum(up, 0) * 14), (1 - up).clip(0, 1) ** 1.7)
        low, high = linear((70, 245, 150)), linear(upper[nth % 3])
        share = up.clip(0, 1)[..., None]
        light += (strength * streaks[None])[..., None] * (low * (1 - share) + high * share)
        canvas.piece()
    canvas.radiance[:rows] += blurred(light, height * 0.003) * np.float32(0.75)


def _rainbow(scenery: Scenery, horizon: float) -> None:
    canvas = scenery.canvas
    rows = int(horizon * canvas.height)
    down = canvas.rows()[:rows] - np.float32(horizon * 1.15)
    distance = np.hypot(down, canvas.columns() - np.float32(canvas.aspect / 2))
    inner = min(horizon * 0.72, canvas.aspect * 0.46)
    for nth, ink in enumerate(_BOW):
        band = np.exp(-(((distance - np.float32(inner + nth * 0.016)) / np.float32(0.010)) ** 2))
        over = (band * np.float32(0.5))[..., None]
        part = canvas.radiance[:rows]
        part += over * (linear(ink) - part)
    canvas.piece()


def _lightning(scenery: Scenery, horizon: float) -> None:
    canvas, rng = scenery.canvas, scenery.rng
    flash = np.zeros((canvas.height, canvas.width), np.uint8)

    def strike(x: float, y: float, end: float, width: float) -> None:
        while y < end:
            to = (x + rng.uniform(-0.035, 0.035), y + rng.uniform(0.02, 0.05))
            ends = [(int(u * canvas.height), int(v * canvas.height)) for u, v in ((x, y), to)]
            thick = max(1, int(width * canvas.height / 512))
            cv2.line(flash, ends[0], ends[1], 255, thick, cv2.LINE_AA)
            if width > 1.2 and rng.random() < 0.22:
                strike(*to, min(end, to[1] + 0.14), 1.0)
            x, y = to

    strike(rng.uniform(0.2, 0.8) * canvas.aspect, -0.03, horizon, 2.2)
    bright = flash.astype(np.float32) / np.float32(255)
    glow = blurred(bright, canvas.height * 0.02)[..., None]
    bright = bright[..., None]
    canvas.radiance += glow * linear((170, 180, 255)) * np.float32(2.2)
    np.maximum(canvas.radiance, bright * linear((240, 240, 255)) * np.float32(1.5),
               out=canvas.radiance)  # fmt: skip
    canvas.emission += bright * np.float32(0.7)
    canvas.piece()


def add_light(canvas: Canvas, strength: Numbers, ink: Ink) -> None:
    """Light in the air, such as a beam or a ray."""
    canvas.radiance += strength[..., None] * linear(ink)
    canvas.piece()


def beam(scenery: Scenery, x: float, y: float) -> None:
    """The beam of a lighthouse, to both sides."""
    canvas = scenery.canvas
    across, down = canvas.columns() - np.float32(x), canvas.rows() - np.float32(y)
    strength = np.zeros((canvas.height, canvas.width), np.float32)
    for angle in (scenery.between(-0.16, 0), math.pi + scenery.between(0, 0.16)):
        along = across * np.float32(math.cos(angle)) + down * np.float32(math.sin(angle))
        aside = down * np.float32(math.cos(angle)) - across * np.float32(math.sin(angle))
        ahead = np.maximum(along, 0)
        spread = np.exp(-((aside / (np.float32(0.006) + np.float32(0.085) * ahead)) ** 2))
        strength += (along > 0) * spread * np.exp(ahead * np.float32(-1.3))
    add_light(canvas, strength * np.float32(0.34), (255, 236, 180))
    around = np.exp(-((np.hypot(across, down) / np.float32(0.05)) ** np.float32(1.3)))
    add_light(canvas, around * np.float32(0.35), (255, 226, 160))

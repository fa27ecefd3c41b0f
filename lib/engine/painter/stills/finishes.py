"""What each medium does at the end: paper, line, posterising, grain, relief.

A finish is a function of the painting and of what it was made from; `media.py` says which medium
has which. Nothing in here knows a word.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.engine.painter.stills.surface import (
    cells,
    grain,
    grey_of,
    inward,
    lines,
    lit,
    paper,
    pieces,
    steps_of_light,
    torn_edge,
    unit_of,
    within,
)

Floats = NDArray[np.float32]
_WARM_WHITE = np.array([0.975, 0.962, 0.93], np.float32)
_INK = np.array([0.045, 0.05, 0.075], np.float32)


@dataclass(frozen=True, slots=True)
class Underlay:
    """What a painting was made from, for finishes that go back to it."""

    drawn: Floats  # 0 to 1
    relief: Floats  # the height of the paint, 0 to 1
    bristles: Floats  # grooves along the strokes
    calm: Floats  # 1 where the surface is to stay smooth
    seed: int


Finish: TypeAlias = Callable[[Floats, Underlay], Floats]


def painted(picture: Floats, under: Underlay) -> Floats:
    """Thin oil on canvas: what a picture gets that names no medium."""
    return _relief(picture, under, 0.10)


def oil(picture: Floats, under: Underlay) -> Floats:
    return _relief(_contrast(picture, 1.06, 1.12), under, 0.24)


def watercolour(picture: Floats, under: Underlay) -> Floats:
    unit = unit_of(picture)
    shape = picture.shape
    tooth = paper(shape, unit)
    wander = [grain(shape, 9 * unit, 40 + axis) * np.float32(1.5 * unit) for axis in (0, 1)]
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    wash = cv2.remap(
        picture, columns + wander[0], rows + wander[1], cv2.INTER_LINEAR, None, cv2.BORDER_REFLECT
    )
    wash = cv2.bilateralFilter(wash, 7, 0.09, 4 * unit)
    grey = grey_of(wash)
    # Pigment gathers where a wash ends, and lies unevenly within it.
    rim = np.clip(cv2.GaussianBlur(grey, (0, 0), 2.2 * unit) - grey, 0, 0.12)
    blooms = grain(shape, 42 * unit, under.seed + 3)
    pigment = (1 - wash) * (0.80 + 0.07 * blooms + 0.075 * tooth * (1 - grey))[..., None]
    pigment = pigment + (1.5 * rim)[..., None] * (1 - wash)
    wet = np.clip(1 - pigment, 0, 1) * _WARM_WHITE
    inside = torn_edge(shape, 15, under.seed)[..., None]
    sheet = _WARM_WHITE + np.float32(0.010) * tooth[..., None]
    return _clipped(sheet + inside * (wet - sheet))


def ink(picture: Floats, under: Underlay) -> Floats:
    unit = unit_of(picture)
    tooth = paper(picture.shape, unit)
    line = lines(under.drawn, 2.0 * unit)
    grey = grey_of(cv2.bilateralFilter(picture, 7, 0.12, 5 * unit))
    wash = np.clip(0.28 + 0.9 * grey, 0, 1)
    wash = 0.55 * np.floor(wash * 5) / 5 + 0.45 * wash
    wash = wash + 0.03 * grain(picture.shape, 30 * unit, under.seed)
    covered = np.clip(wash * (0.1 + 0.9 * line), 0, 1)[..., None]
    sheet = np.array([0.975, 0.95, 0.895], np.float32) + np.float32(0.012) * tooth[..., None]
    return _clipped(covered * sheet + (1 - covered) * _INK)


def pencil(picture: Floats, under: Underlay) -> Floats:
    return _pencilled(picture, under, colour=0.0)


def coloured_pencil(picture: Floats, under: Underlay) -> Floats:
    return _pencilled(picture, under, colour=1.0)


def charcoal(picture: Floats, under: Underlay) -> Floats:
    unit = unit_of(picture)
    grey = grey_of(picture)
    grey = np.clip((grey - 0.5) * 1.25 + 0.53, 0, 1)
    tooth = paper(picture.shape, unit)
    line = cv2.GaussianBlur(lines(under.drawn, 3.2 * unit, 45), (0, 0), 0.8 * unit)
    dark = np.clip((1 - grey) * 0.92 + 0.45 * (1 - line), 0, 1)
    # Half tones catch only the tooth of the paper, black fills it.
    caught = np.clip(dark + 0.26 * tooth * (4 * dark * (1 - dark)), 0, 1)
    caught = 0.75 * caught + 0.25 * cv2.GaussianBlur(dark, (0, 0), 3 * unit)
    sheet = np.array([0.955, 0.94, 0.905], np.float32)
    return _clipped(sheet * (1 - 0.93 * caught[..., None]))


def pastel(picture: Floats, under: Underlay) -> Floats:
    unit = unit_of(picture)
    tooth = paper(picture.shape, 1.2 * unit) + np.float32(0.5) * under.bristles
    chalk = 1 - (1 - _contrast(picture, 0.95, 1.2)) * np.float32(0.93)
    sheet = np.array([0.80, 0.765, 0.715], np.float32)
    bare = np.clip(0.16 + 0.15 * tooth, 0, 0.5)[..., None]
    return _clipped(chalk * (1 - bare) + sheet * bare)


def photograph(picture: Floats, under: Underlay) -> Floats:
    height, width = picture.shape[:2]
    unit = unit_of(picture)
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    right = np.linspace(-1, 1, width, dtype=np.float32)[None]
    corner = np.clip((down**2 + right**2) / 2, 0, 1) ** 1.5
    halo = cv2.GaussianBlur(np.clip(picture - 0.72, 0, 1), (0, 0), 7 * unit)
    film = grain(picture.shape, 1.0, under.seed)[..., None] * np.float32(0.009)
    lens = (picture + 0.5 * halo) * (1 - 0.3 * corner)[..., None]
    return _clipped(_contrast(lens, 1.08, 0.97) + film)


def grey(picture: Floats, under: Underlay) -> Floats:
    level = np.clip((grey_of(picture) - 0.5) * 1.2 + 0.5, 0, 1)
    level = level + 0.008 * grain(picture.shape, 1.2, under.seed)
    return _clipped(np.repeat(level[..., None], 3, axis=2))


def sepia(picture: Floats, under: Underlay) -> Floats:
    level = grey_of(picture)[..., None] + 0.02 * grain(picture.shape, 1.2, under.seed)[..., None]
    return _clipped((0.13 + 0.87 * level) * np.array([0.96, 0.85, 0.67], np.float32))


def pop(picture: Floats, under: Underlay) -> Floats:
    unit = unit_of(picture)
    flat = steps_of_light(picture, 5, 0.85, 1.45)
    line = lines(under.drawn, 2.6 * unit, 80)[..., None]
    height, width = picture.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32) / np.float32(6.5 * unit)
    # A screen of dots at 45 degrees, larger in the shadows.
    screen = np.cos(np.pi * (rows + columns)) * np.cos(np.pi * (rows - columns))
    level = grey_of(flat)
    dots = np.clip((screen - (2.4 * level - 0.75)) * 4, 0, 1) * (level < 0.72)
    flat = flat * (1 - 0.42 * dots[..., None])
    return _clipped(flat * (0.08 + 0.92 * line))


def woodblock(picture: Floats, under: Underlay) -> Floats:
    unit = unit_of(picture)
    flat = steps_of_light(picture, 6, 0.75, 0.92)
    line = lines(under.drawn, 2.3 * unit, 70)[..., None]
    rng_rows = grain(picture.shape, 1.6 * unit, 51)
    wood = cv2.blur(rng_rows, (int(40 * unit) | 1, 1))  # the grain of the block, along it
    printed = flat * (1 + 0.10 * wood[..., None]) * (0.15 + 0.85 * line)
    printed = printed + (1 - line) * np.array([0.03, 0.05, 0.13], np.float32)
    sheet = np.array([1.0, 0.965, 0.885], np.float32)
    return _clipped(printed * sheet + 0.01 * paper(picture.shape, unit)[..., None])


def glass(picture: Floats, under: Underlay) -> Floats:
    unit = unit_of(picture)
    panes, away = pieces(picture, 28 * unit, under.seed, busiest=1.2)
    panes = _contrast(0.4 * panes + 0.6 * picture, 1.15, 1.5)
    ripple = 1 + 0.10 * grain(picture.shape, 12 * unit, under.seed)[..., None]
    lead = np.clip((away - 0.08) * 8, 0, 1)[..., None]
    # Leads along the forms, too, but not around every blade of grass.
    forms = cv2.bilateralFilter(under.drawn, 9, 0.25, 6 * unit)
    lead = lead * lines(np.asarray(forms), 3.6 * unit, 45)[..., None]
    glow = 0.82 + 0.3 * away[..., None]
    return _clipped(panes * ripple * glow * lead + (1 - lead) * 0.055)


def mosaic(picture: Floats, under: Underlay) -> Floats:
    unit = unit_of(picture)
    tiles, away = pieces(picture, 9 * unit, under.seed, busiest=6)
    joint = np.clip((away - 0.12) * 5, 0, 1)[..., None]
    stone = _contrast(tiles, 1.1, 1.15) * (1 + 0.05 * grain(picture.shape, 2, 61)[..., None])
    return _clipped(lit(stone * joint + 0.42 * (1 - joint), away, 0.5))


def impression(picture: Floats, under: Underlay) -> Floats:
    """Short strokes of light: no black, cool shadows."""
    level = grey_of(picture)[..., None]
    cool = np.array([0.10, 0.085, 0.16], np.float32) * (1 - level) ** 2
    return _relief(_clipped(_contrast(picture, 0.88, 1.3) + cool + np.float32(0.02)), under, 0.2)


def cubist(picture: Floats, under: Underlay) -> Floats:
    """Facets, each turned a little from the others: what is seen in it is shifted and shaded."""
    height, width = picture.shape[:2]
    unit = unit_of(picture)
    size = 46 * unit
    labels = cells(picture, size, under.seed, 2.5)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    middle = within(np.stack((columns, rows), axis=-1), labels)
    turns = np.random.default_rng([under.seed, 37]).uniform(0, 6.28, int(labels.max()) + 1)
    across, down = (way(turns).astype(np.float32)[labels] for way in (np.cos, np.sin))
    shift = np.float32(7 * unit)
    shifted = cv2.remap(
        picture, columns + across * shift, rows + down * shift, cv2.INTER_LINEAR, None,
        cv2.BORDER_REFLECT,
    )  # fmt: skip
    slope = ((columns - middle[..., 0]) * across + (rows - middle[..., 1]) * down) / size
    seen: Floats = np.asarray(shifted, np.float32)
    flat = np.float32(0.62) * seen + np.float32(0.38) * within(seen, labels)
    edge = np.clip((inward(labels, size) - 0.02) * 20, 0, 1)[..., None]
    turned = _contrast(flat, 1.1, 1.15) * (1 + np.float32(0.42) * slope.clip(-0.7, 0.7)[..., None])
    return _relief(_clipped(turned * (0.72 + 0.28 * edge)), under, 0.08)


def dotted(picture: Floats, under: Underlay) -> Floats:
    """Points of pure colour on a pale ground, smaller where there is more to see."""
    unit = unit_of(picture)
    vivid = _contrast(picture, 1.05, 1.35)
    ground = np.array([0.93, 0.9, 0.83], np.float32)
    painting = ground + (cv2.GaussianBlur(vivid, (0, 0), 3 * unit) - ground) * np.float32(0.7)
    for nth, size in enumerate((8.0, 6.0)):
        labels = cells(vivid, size * unit, under.seed + nth, 2)
        stray = np.random.default_rng([under.seed, 41 + nth]).normal(0, 0.05, labels.max() + 1)
        warm = stray.astype(np.float32)[labels][..., None] * np.array([1, 0.3, -1.1], np.float32)
        cover = np.clip((inward(labels, size * unit) - 0.22) * 4, 0, 1)[..., None]
        painting = painting + cover * (within(vivid, labels) + warm - painting) * np.float32(0.85)
    return _clipped(painting)


def pixelated(picture: Floats, _under: Underlay) -> Floats:
    """A hundred squares across, in few colours."""
    height, width = picture.shape[:2]
    side = max(2, min(height, width) // 104)
    small = width // side, height // side
    lab = cv2.cvtColor(_contrast(picture, 1.1, 1.25), cv2.COLOR_RGB2LAB)
    lab = cv2.resize(lab, small, interpolation=cv2.INTER_AREA)
    # Two levels are mixed by a pattern, as on screens with few colours.
    pattern = np.array([[0, 2], [3, 1]], np.float32) / 4 - np.float32(0.375)
    dither = np.tile(pattern, (small[1] // 2 + 1, small[0] // 2 + 1))[: small[1], : small[0]]
    for channel, step in ((0, 9.0), (1, 12.0), (2, 12.0)):
        lab[..., channel] = np.rint(lab[..., channel] / step + dither * 0.8) * step
    few = cv2.cvtColor(np.asarray(lab, np.float32), cv2.COLOR_LAB2RGB)
    large = cv2.resize(few, (width, height), interpolation=cv2.INTER_NEAREST)
    return _clipped(np.asarray(large, np.float32))


def _pencilled(picture: Floats, under: Underlay, colour: float) -> Floats:
    unit = unit_of(picture)
    level = grey_of(picture)
    tooth = paper(picture.shape, unit)
    line = lines(under.drawn, 1.5 * unit, 70)
    # Hatching: grooves along the forms, closer and darker where the picture is.
    dark = np.clip(1.02 - level, 0, 1) ** 1.15
    hatch = np.clip(dark + 0.42 * under.bristles * np.sqrt(dark) + 0.12 * tooth * dark, 0, 1)
    cover = np.clip(0.80 * hatch + 0.75 * (1 - line), 0, 0.95)[..., None]
    graphite = np.full(3, 0.17, np.float32)
    if colour:
        vivid = _contrast(picture, 1.0, 1.35)
        cover = np.clip(cover * 0.85 + 0.30, 0, 0.96) * (1 - 0.25 * np.abs(tooth[..., None]))
        graphite = (vivid - 0.06) * (0.35 + 0.65 * line[..., None])
    sheet = np.array([0.972, 0.965, 0.945], np.float32) + np.float32(0.008) * tooth[..., None]
    return _clipped(sheet * (1 - cover) + graphite * cover)


def _relief(picture: Floats, under: Underlay, amount: float) -> Floats:
    unit = unit_of(picture)
    level = grey_of(picture)
    height = 0.32 * under.relief + 0.10 * under.bristles
    height = height + 0.5 * (level - cv2.GaussianBlur(level, (0, 0), 5 * unit))
    weave = np.float32(0.004) * grain(picture.shape, 1.1 * unit, 7)[..., None]
    height = height * (1 - np.float32(0.7) * under.calm)
    return _clipped(lit(picture, height, amount) + weave)


def _contrast(picture: Floats, contrast: float, saturation: float) -> Floats:
    level = grey_of(picture)[..., None]
    return _clipped((level - 0.5) * contrast + 0.5 + (picture - level) * saturation)


def _clipped(picture: NDArray[np.floating]) -> Floats:
    return np.asarray(np.clip(picture, 0, 1), np.float32)

"""The media that a prompt can name: how each is laid on, and how it is finished.

A new one is a line in `MEDIA`: the words that name it, the network's styles that suit it, and what
differs from thin oil. The first line that a prompt names decides; `TONES` go over any of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib.engine.painter.graph import STYLES
from lib.engine.painter.stills import finishes
from lib.engine.painter.stills.brush_layers import Hand
from lib.engine.painter.stills.finishes import Finish
from lib.scene.parse import parse

_STEADY = Hand()


@dataclass(frozen=True, slots=True)
class Medium:
    """How a picture is laid on."""

    name: str
    says: str  # phrases between commas
    styles: dict[int, float]  # of the network, by number
    finish: Finish
    hand: Hand = _STEADY
    laid: float = 1.0  # share of the strokes; the rest is the drawing itself
    detail: float = 1.0  # how much of the network's detail
    recolour: float = 0.04  # the share of the network's own light and colour


_PLAIN = {0: 0.35, 12: 0.25, 25: 0.2, 5: 0.2}
MEDIA = (
    Medium(
        "watercolour",
        "watercolour, watercolor, aquarelle, gouache, wash",
        {2: 0.45, 12: 0.3, 14: 0.15, 8: 0.1},
        finishes.watercolour, hand=Hand(0.8), laid=0.75, detail=0.5,
    ),
    Medium(
        "ink",
        "ink, sumi, sumi-e, calligraphy, brush drawing, pen and ink, engraving, etching, lineart",
        {2: 0.6, 11: 0.4},
        finishes.ink, hand=Hand(0.6), laid=0.25, detail=0.5,
    ),
    Medium(
        "coloured pencil",
        "coloured pencil, colored pencil, coloured pencils, colored pencils, crayon, crayons,"
        "children's drawing, child's drawing, colour pencil, color pencil",
        {8: 0.8, 12: 0.2},
        finishes.coloured_pencil, hand=Hand(0.7), laid=0.3, detail=0.6,
    ),
    Medium(
        "charcoal",
        "charcoal, chalk drawing, charcoal drawing",
        {23: 0.7, 11: 0.3},
        finishes.charcoal, hand=Hand(0.9), laid=0.5, detail=0.7,
    ),
    Medium(
        "pencil",
        "pencil, graphite, sketch, sketched, pencil drawing, line drawing, drawing",
        {11: 0.6, 23: 0.4},
        finishes.pencil, hand=Hand(0.6), laid=0.2, detail=0.5,
    ),
    Medium(
        "pastel",
        "pastel, pastels, chalk, soft pastel",
        {12: 0.6, 8: 0.4},
        finishes.pastel, hand=Hand(1.1, exact=0.7), laid=0.9, detail=0.8,
    ),
    Medium(
        "woodblock print",
        "woodblock, woodcut, ukiyo-e, ukiyo e, hokusai, hiroshige, linocut, block print,"
        "japanese print",
        {24: 0.7, 18: 0.3},
        finishes.woodblock, hand=Hand(0.5), laid=0.2, detail=0.6, recolour=0.2,
    ),
    Medium(
        "pop art",
        "pop art, comic, comics, cartoon, warhol, lichtenstein, manga, anime, poster",
        {21: 0.5, 1: 0.2, 15: 0.3},
        finishes.pop, hand=Hand(0.5), laid=0.15, detail=0.4, recolour=0.15,
    ),
    Medium(
        "stained glass",
        "stained glass, glass window, cathedral window, tiffany glass",
        {15: 0.8, 9: 0.2},
        finishes.glass, hand=Hand(0.6), laid=0.3, detail=0.4, recolour=0.1,
    ),
    Medium(
        "mosaic",
        "mosaic, tiles, tesserae",
        {9: 0.6, 15: 0.4},
        finishes.mosaic, hand=Hand(0.6), laid=0.3, detail=0.4,
    ),
    Medium(
        "impasto",
        "van gogh, gogh, impasto, starry night style, post-impressionist, post-impressionism,"
        "expressionist, expressionism, munch, palette knife",
        {19: 0.5, 25: 0.25, 16: 0.25},
        finishes.oil, hand=Hand(1.6, swirl=3.5, exact=0.3), detail=1.6, recolour=0.3,
    ),
    Medium(
        "oil",
        "oil, oils, oil painting, oil on canvas, acrylic, impressionist, impressionism, monet,"
        "old master, baroque, rembrandt, canvas",
        {25: 0.4, 19: 0.1, 0: 0.3, 5: 0.2},
        finishes.oil, hand=Hand(1.3, exact=0.7), detail=1.2,
    ),
    Medium(
        "photograph",
        "photograph, photo, photography, photographic, photorealistic, realistic, polaroid, film"
        " still, 35mm, dslr, snapshot",
        {23: 0.6, 0: 0.4},
        finishes.photograph, hand=Hand(0.3), laid=0.2, detail=0.35, recolour=0.0,
    ),
)  # fmt: skip
PLAIN = Medium("", "", _PLAIN, finishes.painted)
TONES: tuple[tuple[str, Finish], ...] = (
    (
        "black and white, black-and-white, monochrome, greyscale, grayscale, b&w, film noir",
        finishes.grey,
    ),
    ("sepia, daguerreotype, old photograph, vintage photograph", finishes.sepia),
)
# Things that are called after a medium: they do not say how the picture is made.
_THINGS = re.compile(
    r"\b(?:drawing[ -]rooms?|oil (?:lamp|lantern|drum|barrel|tanker|rig|field|bottle|jar)s?"
    r"|olive oil|chalk (?:cliff|hill|down|quarr)\w*|chalk ?boards?|ink (?:bottle|pot|well)s?"
    r"|bottles? of ink|pencil (?:case|box|pot)(?:es|s)?|posters? on|photo (?:frame|album)s?"
    r"|photographs? on|canvas (?:tent|sail|bag|chair|shoe|awning)s?|mosaic floors?)\b"
)
_PROMPTS_OWN = 0.35  # the share of the styles that the rest of the prompt suggests
_PROMPTS_OWN_PLAIN = 0.5  # and where no medium was named


@dataclass(frozen=True, slots=True)
class Look:
    """What a prompt says of how its picture is to look."""

    medium: Medium
    finishes: tuple[Finish, ...]
    styles: NDArray[np.float32]  # of the network, by weight


def look_of(prompt: str, suggested: NDArray[np.float32]) -> Look:
    """`suggested`: the styles that the whole prompt is likest to."""
    medium = medium_of(prompt)
    return Look(medium, finishes_of(prompt, medium), weights_of(medium, suggested))


def medium_of(prompt: str) -> Medium:
    prompt = _THINGS.sub(" ", prompt.lower())
    return next((one for one in MEDIA if _names(one.says, prompt)), PLAIN)


def finishes_of(prompt: str, medium: Medium) -> tuple[Finish, ...]:
    if "bw" not in parse(prompt).styles:  # "a black and white cat" is a picture in colours
        prompt = re.sub(r"black[ -]and[ -]white", "", prompt.lower())
    tones = tuple(finish for says, finish in TONES if _names(says, prompt))
    return (medium.finish, *tones[:1])


def weights_of(medium: Medium, suggested: NDArray[np.float32]) -> NDArray[np.float32]:
    """The styles that suit the medium, with some of those that the prompt suggests."""
    weights = np.zeros(STYLES, np.float32)
    weights[list(medium.styles)] = list(medium.styles.values())
    own = _PROMPTS_OWN if medium.name else _PROMPTS_OWN_PLAIN
    mixed = (1 - own) * weights / weights.sum() + own * suggested
    return np.asarray(mixed, np.float32)


def _names(says: str, prompt: str) -> bool:
    phrases = "|".join(re.escape(phrase.strip()) for phrase in says.split(","))
    return re.search(rf"(?<![\w-])(?:{phrases})(?![\w-])", prompt.lower()) is not None

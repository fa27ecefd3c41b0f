"""Colours that a prompt names outright: by a colour's name, a time of day, a material.

The vectors of words find the nearest style, and would paint a red desert ochre, since deserts are.
What is said in so many words wins over them. One line in a table is all that a word needs.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LUMA = np.array([0.299, 0.587, 0.114])
Colour = NDArray[np.float64]  # red, green, blue, 0 to 255


class Said(NamedTuple):
    """The two colours that shadows and lights are moved towards, how far, and what is left."""

    shadow: Colour
    light: Colour
    share: float  # 0: nothing was said
    saturation: float = 1.0  # of all colours; 0 is grey


# Words | shadow and light.
_COLOURS = """
red scarlet crimson ruby vermilion reddish cherry      | 40020a ff5a46
orange tangerine apricot                               | 481202 ffa84c
yellow lemon canary saffron                            | 5c3804 ffe860
green emerald jade lime olive greenish                 | 06280c a4e070
turquoise teal cyan aqua mint aquamarine               | 023238 88f0e0
blue azure cobalt ultramarine sapphire navy bluish     | 04103e 84b8ff
indigo                                                 | 0c063c 8c84f0
purple violet lilac lavender mauve amethyst magenta    | 220838 d49cf8
pink rose salmon fuchsia                               | 5c1434 ffb4cc
brown chocolate chestnut umber                         | 1e0e04 c89868
beige cream ivory sandy                                | 5c4830 fcecd0
gold golden amber ochre honey                          | 2c1602 ffd458
white snowy snow-white salt marble porcelain chalk     | 8c949c fffffc
black jet ebony onyx                                   | 020204 84868c
grey gray ash ashen concrete slate                     | 20242a d4d8da
silver chrome steel platinum                           | 161a20 ecf0f4
"""
_MATERIALS = """
fire flame flames burning lava embers ablaze on\u00a0fire blaze magma | 200000 ff7c1c
copper rust rusty bronze                                              | 180a06 e09c6c
ice icy frozen glacier frost frosty snow blizzard                     | 2c4868 f4faff
jungle rainforest moss mossy ivy                                      | 06200a b4d878
underwater undersea ocean reef lagoon                                 | 02243c 80ecdc
blood bloody                                                          | 280004 f07060
wood wooden oak                                                       | 28160a e0b478
sand dunes                                                            | 4c2c12 f6d89c
neon cyberpunk                                                        | 0a0030 ff60e0
sepia                                                                 | 2c1c0e f2e2c0
"""
_TIMES = """
night midnight nocturnal nighttime nocturne            | 02041a 6484cc
moonlight moonlit                                      | 040a28 98b4e4
dusk twilight nightfall blue\u00a0hour                 | 160e3c d49cbc
sunset sundown evening                                 | 2a0c3c ffa870
dawn sunrise daybreak                                  | 3c2c5c ffd0b0
golden\u00a0hour                                       | 3c1c0c ffd890
noon midday daylight sunny                             | 1c3c5c fffcec
"""
_GREY = "black\u00a0and\u00a0white monochrome grayscale greyscale b&w b/w film\u00a0noir colourless"
_VIVID = "vivid colourful colorful saturated vibrant bright neon psychedelic"
_PALE = "pale pastel muted faded subdued washed desaturated"
_DENIED = {"no", "not", "without", "never"}
_HUE_SHARE, _TIME_SHARE, _GREY_SHARE = 0.78, 0.5, 0.97
_TIME_OF_BOTH = 0.4  # of a colour at a time of day, what the time gives


def _table(lines: str) -> dict[str, tuple[Colour, Colour]]:
    found = {}
    for line in lines.strip().splitlines():
        words, colours = line.split("|")
        shadow, light = (np.array(list(bytes.fromhex(one)), float) for one in colours.split())
        found.update({word.replace("\u00a0", " "): (shadow, light) for word in words.split(" ")})
    found.pop("", None)
    return found


_NAMED, _MADE_OF, _HOURS = _table(_COLOURS), _table(_MATERIALS), _table(_TIMES)
_GREYS, _VIVIDS, _PALES = (
    {word.replace("\u00a0", " ") for word in words.split(" ")} for words in (_GREY, _VIVID, _PALE)
)
_KNOWN = re.compile(
    r"(?<![\w-])(?:"
    + "|".join(
        re.escape(word)
        for word in sorted(
            {*_NAMED, *_MADE_OF, *_HOURS, *_GREYS, *_VIVIDS, *_PALES}, key=len, reverse=True
        )
    )
    + r")(?![\w-])"
)


def said_colours(prompt: str) -> Said:
    """What the prompt says of colours; words behind "no" or "without" do not count."""
    text = prompt.lower()
    words = [
        match.group()
        for match in _KNOWN.finditer(text)
        if not _DENIED & set(re.findall(r"\w+", text[: match.start()])[-1:])
    ]
    if any(word in _GREYS for word in words):
        return Said(np.array([4.0] * 3), np.array([246.0] * 3), _GREY_SHARE, 0.0)
    # A named colour outvotes a material: blue dunes are blue.
    pairs = [_NAMED[word] for word in words if word in _NAMED]
    pairs = pairs or [_MADE_OF[word] for word in words if word in _MADE_OF]
    hours = [_HOURS[word] for word in words if word in _HOURS]
    vivid = sum(word in _VIVIDS for word in words) - sum(word in _PALES for word in words)
    saturation = 1.45 if vivid > 0 else 0.7 if vivid < 0 else 1.0
    if not pairs:
        if not hours:
            return Said(np.zeros(3), np.zeros(3), 0.0, saturation)
        return Said(*hours[0], _TIME_SHARE, saturation)
    # Of two colours the darker goes into the shadows and the lighter into the lights.
    shadow = min((pair[0] for pair in pairs), key=_luma)
    light = max((pair[1] for pair in pairs), key=_luma)
    if len(pairs) > 1:
        darker = min(pairs, key=lambda pair: _luma(pair[1]))
        shadow = 0.5 * shadow + 0.5 * (darker[0] + 0.25 * darker[1])
    if hours:
        # A colour at a time of day keeps its hue and takes the light of the hour.
        dimmed = hours[0][1].mean() / 255
        shadow = (1 - _TIME_OF_BOTH) * shadow * dimmed + _TIME_OF_BOTH * hours[0][0]
        light = light * (0.35 + 0.65 * dimmed)
    return Said(shadow, light, _HUE_SHARE, saturation)


def _luma(colour: Colour) -> float:
    return float(colour @ LUMA)

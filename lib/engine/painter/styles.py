"""Descriptions of the network's 26 styles, and of the colours that go with words.

The network came without names for its styles. These were written after seeing each of them on a
portrait and on a landscape; the first phrases describe how it looks, the others what it suits. Only
these words connect a prompt to a picture: to change what a prompt does, edit them.
"""

from __future__ import annotations

from typing import NamedTuple


class Style(NamedTuple):
    says: tuple[str, ...]
    most: float = 1.0  # its largest weight in a picture


class Tone(NamedTuple):
    """Two colours that shadows and lights are moved towards, and how far at most."""

    says: tuple[str, ...]
    shadow: tuple[int, int, int]
    light: tuple[int, int, int]
    most: float


def _style(says: str, most: float = 1.0) -> Style:
    return Style(tuple(part.strip() for part in says.split("|")), most)


def _tone(says: str, shadow: int, light: int, most: float) -> Tone:
    def rgb(colour: int) -> tuple[int, int, int]:
        return colour >> 16, colour >> 8 & 255, colour & 255

    return Tone(tuple(part.strip() for part in says.split("|")), rgb(shadow), rgb(light), most)


# Three styles nearly lose the subject, so they may only be a small part of a picture.
_SPICE = 0.3

STYLES: tuple[Style, ...] = (
    _style(  # 0 soft strokes in orange and light blue
        "sunny summer afternoon | impressionist painting in warm light | sandy beach | desert |"
        "oranges and peaches | harvest | golden hour"
    ),
    _style(  # 1 thick black lines, yellow and white
        "bold black outlines on yellow | graffiti | calligraphy and brush strokes |"
        "bauhaus poster | bees and honey | lemons and sunflowers | abstract modern art"
    ),
    _style(  # 2 pale wash with ink lines
        "watercolour with ink lines | delicate watercolor painting | japanese ink wash |"
        "fashion sketch | morning light | lake and birds"
    ),
    _style("fireworks | explosion | shattered glass | confetti", _SPICE),  # 3 bright shards
    _style(  # 4 crimson, cream and gold
        "crimson and gold | red roses | love and romance | royal palace | theatre | wine |"
        "chinese opera | queen in a red dress | valentine"
    ),
    _style(  # 5 quick strokes in orange, red and blue
        "fire and flames | autumn leaves | autumn forest | orange brush strokes |"
        "pumpkins and halloween | carnival | sunset | fauvism"
    ),
    _style("bubbles | microscopic cells | insects | black hole", _SPICE),  # 6 dark blue dots
    _style(  # 7 large fields of blue, yellow and red out of the dark
        "primary colours red yellow blue | jazz | expressionism | dramatic stage light |"
        "circus | neon city | electric | abstract expressionist | concert"
    ),
    _style(  # 8 coloured pencil on white paper
        "coloured pencil drawing | crayon drawing by a child | children book illustration |"
        "cherry blossom | spring flowers | sketch on white paper | ballet | manga"
    ),
    _style(  # 9 leaves of dark green and red
        "mosaic of leaves | linocut print | ceramic tiles | fish scales | camouflage |"
        "christmas holly | ivy | broken pieces | reptile"
    ),
    _style(  # 10 dark copper and brown
        "rembrandt old master portrait | baroque still life | candle light | copper and rust |"
        "chocolate and coffee | cave | clay | tavern | terracotta"
    ),
    _style(  # 11 fine ink lines on ochre
        "pencil drawing | engraving | etching | old map | sepia ink sketch | parchment |"
        "vintage illustration | leonardo da vinci drawing | blueprint"
    ),
    _style(  # 12 blurred lilac, rose and yellow
        "dreamy pastel | lavender and lilac | monet water lilies | fairy tale |"
        "soft mist at dawn | unicorn and candy clouds | angels | heaven | baby"
    ),
    _style(  # 13 green, yellow and red with black
        "jungle | tropical rainforest | green forest | parrots and frogs | garden and meadow |"
        "folk art | moss | dragon | snake | vegetables"
    ),
    _style(  # 14 pale ice blue
        "snow and ice | winter | frozen arctic | pale blue fog | clouds in the sky | ghost |"
        "glacier | polar bear | silence"
    ),
    _style(  # 15 panes of light colour in dark leads
        "stained glass window | cathedral window | crystal | glass | art nouveau |"
        "butterfly wings | cubism | diamonds and jewels | kaleidoscope"
    ),
    _style(  # 16 violet and blue with rust
        "twilight and dusk | purple magic | northern lights aurora | mystical dream | wizard |"
        "hypnotic | psychedelic | edvard munch | alien planet | lavender night"
    ),
    _style("woven basket | tartan textile | brick wall | circuit board", _SPICE),  # 17 a weave
    _style(  # 18 pale wood grain
        "woodcut | wood carving | tree bark | sand dunes | bamboo | straw | ancient egypt |"
        "bones and fossils | cave painting | old paper"
    ),
    _style(  # 19 deep blue and yellow swirls
        "van gogh starry night | stormy sea | ocean waves at night | moon and stars |"
        "rain and thunder | deep blue night | tempest | galaxy in space | whirlpool"
    ),
    _style(  # 20 dark red
        "hell and lava | volcano eruption | blood | vampire | devil and demons | horror |"
        "inferno | mars | rage and war | red"
    ),
    _style(  # 21 flat pink, blue and cream with black
        "pop art | comic book | cartoon | picasso | matisse cut-outs | collage |"
        "bubblegum pink | retro eighties | ice cream | toys"
    ),
    _style(  # 22 grey, slate blue and red, black outlines
        "gothic | expressionist woodcut | raven | winter city street | industrial factory |"
        "chagall | medieval knight | punk | subway | prison"
    ),
    _style(  # 23 dark and smooth
        "black and white film noir | charcoal | shadow and smoke | gloomy misty landscape |"
        "rainy night street | silhouette | darkness | photograph | sadness"
    ),
    _style(  # 24 navy woodblock on cream
        "the great wave by hokusai | japanese woodblock print | sea foam |"
        "underwater coral reef | porcelain | whale and fish | ship at sea | island | navy blue"
    ),
    _style(  # 25 thick strokes in brown, blue and ochre
        "van gogh wheat field | thick impasto | mountains | cracked earth | fur of an animal |"
        "steampunk machine | storm over bare trees | old city | rocks | wolf"
    ),
)

TONES: tuple[Tone, ...] = (
    _tone("night | midnight | moonlight | dark blue | starry sky", 0x04081E, 0x6C8CC8, 0.4),
    _tone("storm | thunder | rain | stormy sea", 0x0A1622, 0x8FA6B4, 0.36),
    _tone("ocean | sea | under water | coral reef | fish | turquoise", 0x02283C, 0x9FE6DC, 0.4),
    _tone("forest | jungle | leaves | meadow | grass | moss | green", 0x0C2410, 0xC6DC8C, 0.36),
    _tone("autumn | fall leaves | october | pumpkin | amber | orange", 0x2A0E04, 0xF4B050, 0.36),
    _tone("fire | flames | lava | hell | burning | volcano", 0x1C0000, 0xFF9028, 0.42),
    _tone("blood | red | crimson | ruby | roses | vampire", 0x200006, 0xF08878, 0.36),
    _tone("snow | ice | winter | frozen | arctic | glacier", 0x28405C, 0xF4FAFF, 0.4),
    _tone("fog | mist | haze | clouds | smoke | grey", 0x3C444C, 0xDCE0E2, 0.36),
    _tone("sunset | sunrise | dawn | golden hour | evening glow", 0x2C1444, 0xFFBE78, 0.36),
    _tone("gold | golden | treasure | brass | honey | yellow", 0x241404, 0xFFD870, 0.4),
    _tone("desert | sand | dunes | egypt | safari | savannah", 0x3C200C, 0xF2D8A0, 0.36),
    _tone("neon | cyberpunk | nightclub | disco | laser | hologram", 0x0C0030, 0xFF5CDC, 0.36),
    _tone("aurora | northern lights | emerald | alien", 0x080C34, 0x7CF0B4, 0.36),
    _tone("space | galaxy | nebula | cosmos | universe | purple", 0x080018, 0xC08CF0, 0.36),
    _tone("cherry blossom | pink | flowers | candy | ballet | kiss", 0x501E3C, 0xFFDCE8, 0.32),
    _tone("lavender | lilac | violet | wisteria | fairy", 0x281C48, 0xE6D8FA, 0.32),
    _tone("pencil drawing | graphite | charcoal | sketch | manga", 0x1E1E22, 0xF8F6F0, 0.9),
    _tone("black and white | film noir | monochrome | x-ray | silver", 0x08080A, 0xF0F0F0, 0.95),
    _tone("sepia | old photograph | parchment | vintage | antique", 0x2C1C0E, 0xF2E2C0, 0.8),
    _tone("blueprint | cyanotype | delft porcelain | indigo | blue", 0x06184C, 0xE8F0FF, 0.65),
    _tone("rembrandt | baroque | candle light | old master | tavern", 0x120804, 0xE8B878, 0.36),
    _tone("rust | copper | steampunk | machine | factory | iron", 0x140E0A, 0xD89C6C, 0.32),
    _tone("summer | beach | tropical | sunny | paradise | holiday", 0x0C3C50, 0xFFF0B4, 0.3),
)

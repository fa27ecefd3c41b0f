"""Do the pictures follow the words? Eighty prompts, measured as tests/scene/prompts says.

    python -m bench.scenes                  drawn, painted in eight steps, and the live painter
    python -m bench.scenes --side 256       smaller and quicker
    python -m bench.scenes --docs           draws and paints the pictures of docs/scenes.md

The live painter paints what is shown without a camera, with the prompt as its words. Where a thing
must be found, all three are measured in the boxes that the drawing gives. Counts and relations of
things are the drawing's own, so the live painter's share of them is not told.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from bench.cost.painter import Pieces
from bench.report import command, machine, percentiles
from lib.config.params import Params
from lib.config.settings import WorkerSettings
from lib.core.geometry import Size
from lib.core.pixels import Pixels
from lib.core.still_params import StillParams
from lib.engine.painter.opening import open_painter
from lib.scene.draw import DrawnScene, draw
from lib.scene.lake_walk import LakeWalk
from lib.scene.parse import parse
from tests.scene.prompts.chosen import CHOSEN
from tests.scene.prompts.grammar import drawn
from tests.scene.prompts.measures import Prompt
from tests.scene.showing import shown

STEPS, SEED = 8, 1
QUALITY = 80  # of the pictures in the docs
DOCS = Path(__file__).parents[1] / "docs"
PICTURES = DOCS / "images" / "scenes"
ROW = re.compile(r"`([^`]+)`, seed (\d+)")
# Of what the boxes alone decide, the live painter's picture says nothing.
OF_BOXES = re.compile(
    r"there are|is drawn$|is seen|^the \w+ is (on|in|under|over|beside|behind)|stands on"
)

Maker = Callable[[Prompt, str], Pixels]


class Makers:
    """The three ways to a picture of a prompt, each picture made once."""

    def __init__(self, side: int) -> None:
        self.side = side
        self.took_s: dict[str, list[float]] = {"drawn": [], "painted": []}
        settings = WorkerSettings(_env_file=None)  # type: ignore[call-arg] # pydantic's own
        self._painter = open_painter(settings, "measured")
        self.scene = cache(self._draw)
        self.drawn = lambda words, negative: self.scene(words, negative).picture
        self.painted, self.live = cache(self._paint), cache(self._paint_live)

    def _draw(self, words: str, negative: str) -> DrawnScene:
        began = time.perf_counter()
        scene = draw(parse(words, negative), SEED, self.side, self.side)
        self.took_s["drawn"].append(time.perf_counter() - began)
        return scene

    def _paint(self, words: str, negative: str) -> Pixels:
        began = time.perf_counter()
        painting = self.paint(words, SEED, negative)
        self.took_s["painted"].append(time.perf_counter() - began)
        return painting

    def paint(self, words: str, seed: int, negative: str = "") -> Pixels:
        side = self.side
        params = StillParams(words, negative=negative, seed=seed, steps=STEPS, width=side,
                             height=side)  # fmt: skip
        (painting,) = self._painter.make(params, None, None, Pieces())
        return painting

    def _paint_live(self, words: str, _negative: str) -> Pixels:
        frame = LakeWalk(Size(self.side, self.side)).draw(100.0)
        (picture,) = self._painter.generate(np.stack([frame]), Params(prompt=words, seed=SEED))
        return np.asarray(picture, np.uint8)


def share(makers: Makers, name: str, of_boxes: bool) -> tuple[int, int, list[str]]:
    """Of the measures: how many hold, how many there are, and what is missed."""
    make, held, missed = getattr(makers, name), 0, []
    for prompt in (*CHOSEN, *drawn()):
        scene = shown(makers.scene(prompt.words, prompt.negative))
        picture = replace(scene, picture=make(prompt.words, prompt.negative))
        for measure in prompt.measures:
            if OF_BOXES.search(measure.says) and not of_boxes:
                continue
            other = None
            if measure.against:
                boxes = shown(makers.scene(measure.against, ""))
                other = replace(boxes, picture=make(measure.against, ""))
            if measure.holds(picture, other):
                held += 1
            else:
                missed.append(f"{prompt.words}: {measure.says}")
    return held, held + len(missed), missed


def compare(side: int) -> None:
    makers = Makers(side)
    makers.paint("a cat", 0)  # opens the network
    for name, of_boxes in (
        ("drawn", True), ("painted", True), ("drawn", False), ("painted", False), ("live", False),
    ):  # fmt: skip
        held, of, missed = share(makers, name, of_boxes)
        kind = "all measures" if of_boxes else "light, colour and horizon"
        print(f"{name:8} {kind:26} {held} of {of} hold, {held / of:.0%}", flush=True)
        if of_boxes:
            print(*(f"    {line}" for line in missed), sep="\n")
    for name, took_s in makers.took_s.items():
        shares = "  ".join(f"{key} {value:.2f}" for key, value in percentiles(took_s).items())
        print(f"{name:8} {side}x{side}, {len(took_s)} pictures: {shares}  max {max(took_s):.2f} s")


def paint_docs() -> None:
    """Make the pictures of docs/scenes.md anew, each by the prompt and seed that stand there."""
    makers = Makers(512)
    PICTURES.mkdir(parents=True, exist_ok=True)
    for number, (words, seed) in enumerate(ROW.findall((DOCS / "scenes.md").read_text("utf-8"))):
        picture = makers.paint(words, int(seed))
        path = PICTURES / f"{number + 1:02d}.jpg"
        cv2.imwrite(str(path), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        print(path.name, words, flush=True)


def main() -> int:
    given = command(__doc__, side=512, docs=False).parse_args()
    if given.docs:
        paint_docs()
    else:
        print(machine())
        compare(given.side)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

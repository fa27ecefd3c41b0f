"""What a still is painted from: a drawn scene, a given picture, or a scene in a given picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lib.core.pixels import Pixels
from lib.core.still_params import StillKind, StillParams, outpaint_canvas
from lib.engine.painter.stills.from_picture import repainted
from lib.engine.painter.stills.within_picture import continued, filled_in
from lib.scene.draw import DrawnScene, draw
from lib.scene.parse import parse


@dataclass(frozen=True, slots=True)
class Motif:
    drawn: Pixels
    lights: NDArray[np.uint8] | None = None  # how far the painter returns the drawing, 0 to 255
    calm: NDArray[np.uint8] | None = None  # where the painter adds little surface, 0 to 255
    given: Pixels | None = None  # what stays to the bit where `share` is 0
    share: NDArray[np.float32] | None = None  # of the painting in the picture, 0 to 1

    def kept(self, painted: Pixels) -> Pixels:
        """The painting, in the given picture where it is only a part of it; of any size."""
        given, share = self.given, self.share
        if given is None or share is None:
            return painted
        if given.shape != painted.shape:
            size = painted.shape[1], painted.shape[0]
            given = np.asarray(cv2.resize(given, size, interpolation=cv2.INTER_AREA), np.uint8)
            share = np.asarray(cv2.resize(share, size, interpolation=cv2.INTER_AREA), np.float32)
        mixed = given + (painted.astype(np.float32) - given) * share[..., None]
        return np.where(share[..., None] > 0, np.rint(mixed), given).astype(np.uint8)


def motif_of(
    params: StillParams,
    seed: int,
    image: Pixels | None,
    mask: NDArray[np.uint8] | None,
    between: Callable[[], None],
) -> Motif:
    if params.kind is StillKind.TXT2IMG or image is None:
        scene = _scene(params, seed, between)
        return Motif(scene.picture, scene.lights, scene.calm)
    if params.kind is StillKind.IMG2IMG:
        return _of_picture(params, seed, image, between)
    if params.kind is StillKind.OUTPAINT:
        canvas, paint = outpaint_canvas(params, image, mask)
        scene = _scene(params, seed, between)
        drawn, share = continued(canvas, paint, scene, seed, between)
        # What lies at the seam is the given picture's own, carried on.
        return Motif(drawn, given=drawn, share=share)
    paint = np.full(image.shape[:2], 255, np.uint8) if mask is None else mask
    drawn, share = filled_in(image, paint, params, seed, between)
    return Motif(drawn, given=image, share=share)


def _of_picture(
    params: StillParams, seed: int, image: Pixels, between: Callable[[], None]
) -> Motif:
    if params.strength == 0:
        return Motif(image, given=image, share=np.zeros(image.shape[:2], np.float32))
    scene = _scene(params, seed, between)
    drawn = repainted(image, scene.picture, params.strength, seed, between)
    # A weak touch leaves some of the picture's own surface.
    share = min(1.0, params.strength / 0.3)
    return Motif(drawn, given=image, share=np.full(image.shape[:2], share, np.float32))


def _scene(params: StillParams, seed: int, between: Callable[[], None]) -> DrawnScene:
    described = parse(params.prompt, params.negative)
    return draw(described, seed, params.width, params.height, between)

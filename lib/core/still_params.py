"""What decides the pixels of a still, as it travels from service to worker, and the one canvas that
an outpainted picture is laid on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from lib.core.pixels import Pixels
from lib.core.plain import is_utf8

SMALLEST_SIDE, LARGEST_SIDE, SIDE_STEP = 64, 2048, 8
MOST_STEPS, MOST_SAMPLES = 150, 64
LARGEST_SEED = 2**53 - 1  # the largest whole number that every reader of JSON keeps exactly
LARGEST_GUIDANCE = 100.0
PAINT = 255  # in a mask: what is painted anew


class StillParamsError(ValueError):
    """Not the parameters of a still; the text is one sentence that says what is allowed."""


class StillKind(StrEnum):
    TXT2IMG = "txt2img"
    IMG2IMG = "img2img"
    INPAINT = "inpaint"
    OUTPAINT = "outpaint"
    CONVERT = "convert"  # no picture: the file of a model becomes a folder of diffusers


PICTURES = (StillKind.TXT2IMG, StillKind.IMG2IMG, StillKind.INPAINT, StillKind.OUTPAINT)


@dataclass(frozen=True, slots=True)
class StillParams:
    """What decides a still's pixels, beside the pictures it is made from.

    Inpaint: white in the mask is painted; without a mask, what is transparent in the image.
    Outpaint: what the image does not cover is painted.
    """

    prompt: str  # as the engine shall read it: after safety and translation
    kind: StillKind = StillKind.TXT2IMG
    negative: str = ""
    seed: int = 0  # sample i uses seed + i
    steps: int = 8
    guidance: float | None = None  # None: the engine's own
    strength: float = 0.6  # img2img and inpaint
    width: int = 512
    height: int = 512
    samples: int = 1
    model: str = ""  # "": the engine's own
    scheduler: str = ""
    left: int = 0  # outpaint: where the image lies on the canvas of width x height
    top: int = 0

    def __post_init__(self) -> None:
        for name in ("prompt", "negative", "model", "scheduler"):
            value = getattr(self, name)
            if not isinstance(value, str) or not is_utf8(value):
                raise StillParamsError(f"{name} must be a text")
        if self.kind not in tuple(StillKind):
            raise StillParamsError(f"kind must be one of {', '.join(StillKind)}")
        object.__setattr__(self, "kind", StillKind(self.kind))
        for name, (least, most) in _WHOLE.items():
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise StillParamsError(f"{name} must be a whole number from {least} to {most}")
        for name in ("width", "height"):
            if getattr(self, name) % SIDE_STEP:
                raise StillParamsError(f"{name} must be a multiple of {SIDE_STEP}")
        _number("strength", self.strength, 1)
        if self.guidance is not None:
            _number("guidance", self.guidance, LARGEST_GUIDANCE)

    def to_wire(self) -> dict[str, str | int | float | None]:
        return {**asdict(self), "kind": str(self.kind)}

    @classmethod
    def from_wire(cls, fields_: object) -> StillParams:
        """StillParamsError where a field is unknown, missing or out of range."""
        if not isinstance(fields_, Mapping):
            raise StillParamsError("the parameters of a still must be an object")
        unknown = [str(name) for name in fields_ if name not in _NAMES]
        if unknown:
            raise StillParamsError(f"there is no {unknown[0][:40]!r} among a still's parameters")
        if "prompt" not in fields_:
            raise StillParamsError("prompt is missing")
        return cls(**fields_)


_NAMES = frozenset(field.name for field in fields(StillParams))
_WHOLE = {
    "seed": (0, LARGEST_SEED),
    "steps": (1, MOST_STEPS),
    "width": (SMALLEST_SIDE, LARGEST_SIDE),
    "height": (SMALLEST_SIDE, LARGEST_SIDE),
    "samples": (1, MOST_SAMPLES),
    "left": (-LARGEST_SIDE, LARGEST_SIDE),
    "top": (-LARGEST_SIDE, LARGEST_SIDE),
}


def _number(name: str, value: object, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise StillParamsError(f"{name} must be a number from 0 to {most:g}")


def outpaint_canvas(
    params: StillParams, image: Pixels, mask: NDArray[np.uint8] | None = None
) -> tuple[Pixels, NDArray[np.uint8]]:
    """The image on its canvas, and the mask of what is to be painted there: all that the image does
    not cover, and of the image what its own mask says. What is not covered is grey."""
    canvas = np.full((params.height, params.width, 3), 128, np.uint8)
    paint = np.full(canvas.shape[:2], PAINT, np.uint8)
    height, width = image.shape[:2]
    top, left = max(params.top, 0), max(params.left, 0)
    bottom = min(params.top + height, params.height)
    right = min(params.left + width, params.width)
    if bottom <= top or right <= left:  # none of it lies on the canvas
        return canvas, paint
    there = np.s_[top:bottom, left:right]
    here = np.s_[top - params.top : bottom - params.top, left - params.left : right - params.left]
    canvas[there] = image[here]
    paint[there] = 0 if mask is None else mask[here]
    return canvas, paint

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from lib.core.still_params import (
    LARGEST_SEED,
    PAINT,
    StillKind,
    StillParams,
    StillParamsError,
    outpaint_canvas,
)


def test_what_is_sent_comes_back_as_it_was() -> None:
    params = StillParams(
        "a lake", StillKind.OUTPAINT, "people", LARGEST_SEED, 150, 7.5, 0.25, 2048, 64, 64,
        "sdxl", "ddim", -8, 2048,
    )  # fmt: skip
    assert StillParams.from_wire(json.loads(json.dumps(params.to_wire()))) == params
    plain = StillParams.from_wire({"prompt": ""})
    assert plain == StillParams("") and plain.kind is StillKind.TXT2IMG and plain.guidance is None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"prompts": "a"}, "there is no 'prompts' among a still's parameters"),
        ({"prompt": 3}, "prompt must be a text"),
        ({"prompt": "\ud800"}, "prompt must be a text"),
        ({"negative": None}, "negative must be a text"),
        ({"model": 1}, "model must be a text"),
        ({"kind": "video"}, "kind must be one of txt2img, img2img, inpaint, outpaint"),
        ({"kind": ["txt2img"]}, "kind must be one of"),
        ({"seed": -1}, "seed must be a whole number from 0 to 9007199254740991"),
        ({"seed": 1.0}, "seed must be a whole number"),
        ({"steps": 0}, "steps must be a whole number from 1 to 150"),
        ({"steps": True}, "steps must be a whole number"),
        ({"samples": 65}, "samples must be a whole number from 1 to 64"),
        ({"width": 56}, "width must be a whole number from 64 to 2048"),
        ({"height": 100}, "height must be a multiple of 8"),
        ({"strength": 1.01}, "strength must be a number from 0 to 1"),
        ({"strength": float("nan")}, "strength must be a number from 0 to 1"),
        ({"strength": "0.5"}, "strength must be a number from 0 to 1"),
        ({"guidance": -1}, "guidance must be a number from 0 to 100"),
        ({"left": 5000}, "left must be a whole number from -2048 to 2048"),
    ],
)
def test_what_is_wrong_is_refused_in_one_sentence(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(StillParamsError, match=says):
        StillParams.from_wire({"prompt": "a"} | wrong)


def test_a_prompt_there_must_be_and_an_object() -> None:
    with pytest.raises(StillParamsError, match="prompt is missing"):
        StillParams.from_wire({"seed": 1})
    for thing in (None, [], "prompt", 3):
        with pytest.raises(StillParamsError, match="must be an object"):
            StillParams.from_wire(thing)


def test_an_image_lies_on_its_canvas_where_it_is_said() -> None:
    params = StillParams("a", StillKind.OUTPAINT, width=128, height=64, left=32, top=-16)
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    canvas, mask = outpaint_canvas(params, image)
    assert canvas.shape == (64, 128, 3) and mask.shape == (64, 128)
    assert (canvas[:48, 32:96] == image[16:]).all() and not mask[:48, 32:96].any()
    assert (mask == PAINT).sum() == 64 * 128 - 48 * 64


def test_its_own_mask_says_what_of_the_image_is_painted() -> None:
    params = StillParams("a", StillKind.OUTPAINT, width=128, height=64, left=96)
    own = np.zeros((64, 64), np.uint8)
    own[:, :8] = PAINT
    _, mask = outpaint_canvas(params, np.zeros((64, 64, 3), np.uint8), own)
    assert (mask[:, :104] == PAINT).all() and not mask[:, 104:].any()


def test_an_image_beside_its_canvas_leaves_all_to_be_painted() -> None:
    params = StillParams("a", StillKind.OUTPAINT, width=128, height=64)
    image = np.zeros((64, 64, 3), np.uint8)
    for beside in ({"left": 128}, {"left": -64}, {"top": 64}, {"top": -2048}):
        canvas, mask = outpaint_canvas(replace(params, **beside), image)
        assert (mask == PAINT).all() and canvas.shape == (64, 128, 3)

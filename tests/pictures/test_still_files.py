from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from lib.core.still_params import StillKind, StillParams
from lib.pictures.decoder import decode_file, decode_with_alpha
from lib.pictures.files import PictureError
from lib.pictures.still_files import PREVIEW_BYTES, encode_png, encode_preview, still_inputs


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def filed(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def test_a_png_has_each_pixel_and_no_more() -> None:
    pixels = noise(64, 128, 3)
    data = encode_png(pixels)
    assert (decode_file(data) == pixels).all()
    assert {data[at - 4 : at] for at in range(16, len(data)) if data[at - 4 : at].isalpha()} >= {
        b"IHDR"
    } and b"tEXt" not in data


def test_a_preview_is_small_whatever_the_picture() -> None:
    for shape in ((2048, 64, 3), (64, 64, 3), (2048, 2048, 3)):
        data = encode_preview(noise(*shape))
        assert data and len(data) <= PREVIEW_BYTES
        assert max(decode_file(data).shape[:2]) == min(320, max(shape))


def test_alpha_comes_beside_the_colours_it_hides() -> None:
    rgba = noise(32, 16, 4)
    for kind in ("PNG", "WEBP"):
        file = io.BytesIO()
        Image.fromarray(rgba).save(file, kind, lossless=True, exact=True)
        pixels, alpha = decode_with_alpha(file.getvalue())
        assert alpha is not None and (alpha == rgba[:, :, 3]).all()
        assert (pixels == rgba[:, :, :3]).all()
    assert decode_with_alpha(filed(rgba[:, :, :3]))[1] is None


def test_words_need_no_picture() -> None:
    assert still_inputs(StillParams("a"), None, None) == (None, None)


@pytest.mark.parametrize("kind", [StillKind.IMG2IMG, StillKind.INPAINT, StillKind.OUTPAINT])
def test_what_is_made_from_a_picture_needs_one(kind: StillKind) -> None:
    with pytest.raises(ValueError, match=f"{kind} needs an image"):
        still_inputs(StillParams("a", kind), None, None)


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(PictureError):
        still_inputs(StillParams("a", StillKind.IMG2IMG), b"\x89PNG\r\n\x1a\nno", None)


def test_an_image_is_cropped_and_scaled_to_the_still() -> None:
    params = StillParams("a", StillKind.IMG2IMG, width=64, height=64)
    image, mask = still_inputs(params, filed(noise(128, 256, 3)), None)
    assert image is not None and image.shape == (64, 64, 3) and mask is None


def test_a_mask_is_cut_where_its_image_is() -> None:
    params = StillParams("a", StillKind.INPAINT, width=64, height=64)
    white = np.zeros((64, 128), np.uint8)
    white[:, 64:] = 255  # the right half of an image that is twice as large
    image, mask = still_inputs(params, filed(noise(128, 256, 3)), filed(white))
    assert image is not None and mask is not None and mask.shape == (64, 64)
    assert not mask[:, :31].any() and (mask[:, 33:] == 255).all()


def test_without_a_mask_what_is_transparent_is_painted() -> None:
    rgba = noise(64, 64, 4)
    rgba[:, :, 3] = 255
    rgba[:16, :, 3] = 0
    params = StillParams("a", StillKind.INPAINT, width=64, height=64)
    image, mask = still_inputs(params, filed(rgba), None)
    assert image is not None and (image == rgba[:, :, :3]).all()
    assert mask is not None and (mask[:16] == 255).all() and not mask[16:].any()
    with pytest.raises(ValueError, match="inpaint needs a mask"):
        still_inputs(params, filed(rgba[:, :, :3]), None)


def test_for_outpaint_image_and_mask_keep_their_size() -> None:
    params = StillParams("a", StillKind.OUTPAINT, width=128, height=128)
    image, mask = still_inputs(params, filed(noise(40, 50, 3)), None)
    assert image is not None and image.shape == (40, 50, 3) and mask is None

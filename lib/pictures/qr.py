"""QR codes, so that a link with a long token in it need not be typed on a phone."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

LIGHT_RIM = 4  # modules around a code that readers want to be light
_WHITE_ON_BLACK, _PLAIN = "\x1b[97;40m", "\x1b[0m"
_HALVES = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}


def qr_code(text: str) -> NDArray[np.bool_]:
    """The modules of the code with its rim; True is dark."""
    how = cv2.QRCodeEncoder.Params()
    # A screen is neither torn nor dirty: the fewest modules, so that a phone may be further away.
    how.correction_level = cv2.QRCODE_ENCODER_CORRECT_LEVEL_L
    how.mode = cv2.QRCODE_ENCODER_MODE_BYTE
    image = cv2.QRCodeEncoder.create(how).encode(text)
    dark = np.argwhere(image == 0)
    (top, left), (bottom, right) = dark.min(0), dark.max(0)
    return np.pad(image[top : bottom + 1, left : right + 1] == 0, LIGHT_RIM)


def for_terminal(code: NDArray[np.bool_]) -> str:
    """Two modules in each character, white on black whatever the terminal's own colours are."""
    rows = np.pad(code, ((0, len(code) % 2), (0, 0)))
    lines = []
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        pairs = zip(upper.tolist(), lower.tolist(), strict=True)
        lines.append(_WHITE_ON_BLACK + "".join(_HALVES[pair] for pair in pairs) + _PLAIN)
    return "\n".join(lines)

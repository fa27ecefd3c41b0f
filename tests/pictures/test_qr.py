"""QR codes, read back by a decoder."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lib.pictures.qr import LIGHT_RIM, for_terminal, qr_code


@pytest.mark.parametrize("length", [0, 30, 60, 120, 200])
def test_a_link_of_any_length_is_read_back(length: int) -> None:
    link = "http://192.168.1.10:5559/?token=aB-_" + "0" * length
    code = qr_code(link)
    rim = np.ones_like(code)
    rim[LIGHT_RIM:-LIGHT_RIM, LIGHT_RIM:-LIGHT_RIM] = False
    assert not code[rim].any() and code[LIGHT_RIM, LIGHT_RIM]
    image = np.kron(np.where(code, 0, 255), np.ones((8, 8))).astype(np.uint8)
    assert cv2.QRCodeDetector().detectAndDecode(image)[0] == link


def test_a_terminal_shows_every_module() -> None:
    code = qr_code("x")
    lines = for_terminal(code).splitlines()
    assert len(code) % 2 and len(lines) == (len(code) + 1) // 2
    assert all(line.startswith("\x1b[97;40m") and line.endswith("\x1b[0m") for line in lines)
    assert {len(line) for line in lines} == {len(code) + len("\x1b[97;40m\x1b[0m")}

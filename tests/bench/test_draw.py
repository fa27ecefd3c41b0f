"""Panels over time become a picture, also where values are missing or nothing was seen."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from bench.faults.draw import Curve, Mark, Panel, draw, shade

TIMES = [float(second) for second in range(20)]


def pixels(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path))
    assert picture is not None
    return picture


def test_a_curve_and_a_mark_are_seen(tmp_path: Path) -> None:
    curve = Curve("worker 1", TIMES, [None if t == 7 else 40 + t for t in TIMES])
    panels = [Panel("memory, MB", [curve, curve], level=("limit", 50)), Panel("drops", [curve])]
    draw(tmp_path / "plain.png", "a soak", panels)
    draw(tmp_path / "marked.png", "a soak", panels, [Mark("a worker is killed", 3, 9)])
    plain, marked = pixels(tmp_path / "plain.png"), pixels(tmp_path / "marked.png")
    assert len(np.unique(plain.reshape(-1, 3), axis=0)) > 10

    def shaded(picture: np.ndarray) -> int:
        """Pixels of the first mark's shade."""
        bgr = [round(255 * part) for part in reversed(shade(0))]
        return int(np.all(np.abs(picture.astype(int) - bgr) <= 1, axis=2).sum())

    assert shaded(marked) > 5000
    assert shaded(plain) == 0


def test_neighbours_differ_in_their_shade() -> None:
    shades = [shade(place) for place in range(24)]
    assert all(max(shade) <= 1 and min(shade) > 0.5 for shade in shades)
    for one, other in pairwise(shades):
        assert sum(abs(a - b) for a, b in zip(one, other, strict=True)) > 0.3


def test_nothing_seen_is_an_empty_panel(tmp_path: Path) -> None:
    draw(tmp_path / "empty.png", "nothing", [Panel("fps", [Curve("feed", [], [])], True)])
    assert pixels(tmp_path / "empty.png").shape[1] == 1320

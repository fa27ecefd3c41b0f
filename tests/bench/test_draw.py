"""Panels over time become a picture, also where values are missing or nothing was seen."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from bench.trust.draw import Curve, Mark, Panel, draw

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
    shade = (0xA1, 0xC7, 0xF4)
    assert np.all(marked == shade, axis=2).sum() > 5000 > np.all(plain == shade, axis=2).sum()


def test_nothing_seen_is_an_empty_panel(tmp_path: Path) -> None:
    draw(tmp_path / "empty.png", "nothing", [Panel("fps", [Curve("feed", [], [])], True)])
    assert pixels(tmp_path / "empty.png").shape[1] == 1320

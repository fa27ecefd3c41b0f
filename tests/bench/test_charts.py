"""Panels over time become a picture, also where values are missing or nothing was seen."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

from bench.charts import Curve, Mark, Panel, bars, draw, lines, shade

TIMES = [float(second) for second in range(20)]


def whole(path: Path) -> str:
    text = path.read_text("utf-8")
    ElementTree.fromstring(text)  # it is whole
    return text


def test_a_curve_its_gap_and_a_mark_are_seen(tmp_path: Path) -> None:
    curve = Curve("worker <1>", TIMES, [None if t == 7 else 40 + t for t in TIMES])
    panels = [Panel("memory, MB", [curve, curve], level=("limit", 50)), Panel("drops", [curve])]
    draw(tmp_path / "plain.svg", "a soak", panels)
    draw(tmp_path / "marked.svg", "a soak", panels, [Mark("a worker is killed", 3, 9)])
    plain, marked = whole(tmp_path / "plain.svg"), whole(tmp_path / "marked.svg")
    assert plain.count("<polyline") == 6, "three curves, each in two pieces"
    assert shade(0) in marked and "1 a worker is killed" in marked
    assert shade(0) not in plain
    assert "worker &lt;1&gt;" in plain and "limit" in plain


def test_what_is_more_lies_higher_and_later_lies_further_right() -> None:
    for logarithmic in (False, True):
        panel = Panel("ms", [Curve("a", [0, 1, 2, 3], [0, 5, 50, 500])], logarithmic)
        found = re.search(r'points="([^"]*)"', lines(panel))
        assert found is not None
        points = [tuple(map(float, one.split(","))) for one in found[1].split()]
        assert all(one[0] < other[0] and one[1] > other[1] for one, other in pairwise(points))


def test_a_value_that_holds_is_drawn_in_steps() -> None:
    found = re.search(r'points="([^"]*)"', lines(Panel("fps", [Curve("a", [0, 1], [3, 9], True)])))
    assert found is not None
    first, corner, last = (tuple(map(float, one.split(","))) for one in found[1].split())
    assert corner == (last[0], first[1])


def test_the_last_bar_holds_all_that_is_larger() -> None:
    heights = [
        float(one)
        for one in re.findall(r'height="([\d.]+)" fill="#', bars([1, 1, 9e9], ("x", 10), "ms"))
    ]
    assert heights[1] == 2 * heights[-1] > 0
    assert sum(height > 0 for height in heights) == 2


def test_neighbours_differ_in_their_shade() -> None:
    shades = [[int(shade(n)[at : at + 2], 16) for at in (1, 3, 5)] for n in range(24)]
    assert all(min(one) > 127 for one in shades)
    for one, other in pairwise(shades):
        assert sum(abs(a - b) for a, b in zip(one, other, strict=True)) > 75


def test_nothing_seen_is_an_empty_panel(tmp_path: Path) -> None:
    draw(tmp_path / "empty.svg", "nothing", [Panel("fps", [Curve("feed", [], [])], True)])
    assert "<polyline" not in whole(tmp_path / "empty.svg")

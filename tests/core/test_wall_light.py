"""`lib.core.wall_light`: how bright what shows the picture elsewhere may be."""

from __future__ import annotations

from lib.core.wall_light import WallLight

S = 1_000_000_000


def test_it_glides_as_the_screen_does() -> None:
    light = WallLight()
    light.take(1.0, False, S, 0)
    assert light.at(0) == 1.0, "at the start at once"
    light.take(0.5, False, S, 0)
    light.take(0.5, False, S, S // 2)
    assert (light.at(S // 2), light.at(S)) == (0.75, 0.5)


def test_black_is_at_once_whatever_glides_or_moves() -> None:
    light = WallLight()
    light.take(1.0, False, 0, 0)
    light.take(1.0, True, 10 * S, S)
    assert light.at(S) == light.at(S, moved=0.8) == 0.0
    light.take(0.6, False, 10 * S, 2 * S)
    assert light.at(2 * S) == 0.6
    assert light.at(2 * S, moved=0.3) == 0.3

import pytest

from lib.engine.painter.inner_size import (
    LARGEST,
    SMALLEST,
    InnerSizeController,
    inner_shape,
    largest_that_holds,
)


@pytest.mark.parametrize(
    ("side", "height", "width", "expected"),
    [
        (256, 512, 512, (256, 256)),
        (320, 576, 1024, (240, 424)),
        (256, 64, 4096, (32, 2048)),
        (64, 2160, 3840, (48, 88)),
    ],
)
def test_inside_the_shape_is_the_frame_s_and_the_area_the_square_s(
    side: int, height: int, width: int, expected: tuple[int, int]
) -> None:
    assert inner_shape(side, height, width) == expected


def test_the_largest_size_that_fits_is_taken() -> None:
    assert largest_that_holds(256, took_ms=10, budget_ms=25) == 384
    assert largest_that_holds(256, took_ms=12, budget_ms=25) == 352
    assert largest_that_holds(256, took_ms=90, budget_ms=25) == SMALLEST
    assert largest_that_holds(384, took_ms=40, budget_ms=25) == 288


def run(
    controller: InnerSizeController, took_ms: float, seconds: float, from_s: float = 0
) -> list[int]:
    """The sizes named while frames took so long, thirty a second."""
    named = []
    for frame in range(round(seconds * 30)):
        side = controller.saw(took_ms, round((from_s + frame / 30) * 1e9))
        if side:
            named.append(side)
    return named


def test_it_shrinks_once_when_frames_take_too_long() -> None:
    controller = InnerSizeController(384, interval_ms=33)
    assert run(controller, 45, 3.1) == [256]
    assert run(controller, 20, 60, from_s=4) == []


def test_a_moment_of_trouble_changes_nothing() -> None:
    controller = InnerSizeController(384, interval_ms=33)
    run(controller, 25, 1.9)
    run(controller, 80, 0.9, from_s=2)
    assert run(controller, 25, 60, from_s=3) == []


def test_it_does_not_shrink_below_the_smallest() -> None:
    controller = InnerSizeController(SMALLEST, interval_ms=33)
    assert not controller.too_slow
    assert run(controller, 200, 120) == []
    assert controller.too_slow
    run(controller, 20, 10, from_s=120)
    assert not controller.too_slow


def test_it_grows_only_after_ten_calm_minutes_and_each_time_later() -> None:
    controller = InnerSizeController(LARGEST - 32, interval_ms=33)
    assert run(controller, 10, 590) == []
    assert run(controller, 10, 20, from_s=590) == [LARGEST]
    assert len(run(controller, 50, 4, from_s=620)) == 1
    assert run(controller, 5, 1100, from_s=630) == []
    assert run(controller, 5, 300, from_s=1730) == [controller.side]

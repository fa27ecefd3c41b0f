"""What is seen when: no frame, an old frame, a bad frame, a key."""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest

from lib.core.geometry import Size
from lib.core.pixels import Pixels
from lib.view.sdl import sdl2
from lib.wire.messages import Status, WorkerStatus, encode
from lib.wire.sockets import Socket, Topic, latest_out
from tests.view.conftest import OpenStand, Stand, error
from tests.view.scene import bars, boxed, decoded, jpeg

SQUARE = Size(512, 512)


def plain(level: int) -> bytes:
    return jpeg(np.full((64, 64, 3), level, np.uint8))


def middle(wall: Pixels) -> int:
    return int(wall[wall.shape[0] // 2, wall.shape[1] // 2].mean())


def test_before_the_first_frame_the_screen_is_black(stand: OpenStand) -> None:
    assert stand().seen().max() == 0


def test_the_last_frame_is_held_then_fades_to_black(stand: OpenStand, renderer: str) -> None:
    at = stand(renderer, hold_s=20, fade_s=10)
    full = at.bring(jpeg(bars(SQUARE)))
    assert error(at.seen(after_s=19), full) == 0
    # A machine that is busy takes its own tenths of a second.
    assert error(at.seen(after_s=25), (full * 0.5).astype(np.uint8)) < 6
    assert at.seen(after_s=30).max() == 0


def test_the_fade_happens_by_itself_and_a_frame_ends_it(stand: OpenStand) -> None:
    at = stand(hold_s=0.05, fade_s=0.2)
    at.bring(plain(200))
    levels = []
    deadline = time.monotonic() + 5
    while not levels or levels[-1] > 0:
        assert time.monotonic() < deadline
        at.presenter.step()
        levels.append(middle(at.screen.pixels()))
    assert levels == sorted(levels, reverse=True)
    assert len({level for level in levels if 0 < level < 200}) >= 3
    assert middle(at.bring(plain(180))) == pytest.approx(180, abs=2)


@pytest.fixture
def slate(tmp_path: Path) -> Path:
    pixels = bars(Size(400, 100))
    cv2.imwrite(str(tmp_path / "slate.png"), pixels[:, :, ::-1])
    return tmp_path / "slate.png"


def test_the_slate_is_seen_before_the_first_frame_and_after_the_last(
    stand: OpenStand, renderer: str, slate: Path
) -> None:
    at = stand(renderer, hold_s=20, fade_s=10, slate=str(slate), mirror=True)
    expected = boxed(bars(Size(400, 100)), at.screen.size)
    assert error(at.seen(), expected) < 2
    full = at.bring(jpeg(bars(SQUARE)))
    assert error(full, boxed(bars(SQUARE)[:, ::-1], at.screen.size)) < 3
    halfway = full.astype(int) // 2 + expected.astype(int) // 2
    assert error(at.seen(after_s=25), halfway.astype(np.uint8)) < 3
    assert error(at.seen(after_s=31), expected) < 2


def test_a_slate_that_is_gone_leaves_black(
    stand: OpenStand, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    at = stand(slate=str(tmp_path / "gone.png"))
    assert at.seen().max() == 0
    assert "gone.png cannot be read" in caplog.text


def test_garbage_is_counted_dropped_and_reported_once_a_second(
    stand: OpenStand, caplog: pytest.LogCaptureFixture
) -> None:
    at = stand()
    data = jpeg(bars(SQUARE))
    good = at.bring(data)
    huge = bytearray(data)
    frame = huge.index(b"\xff\xc0")
    huge[frame + 5 : frame + 9] = b"\xff\xdc\xff\xdc"
    caplog.clear()

    def is_refused() -> None:
        at.arrives("bad")
        assert error(at.seen(), good) == 0, "what came before stays on the screen"

    for garbage in (b"", b"\xc1", b"\x93\x01\x02", b"\x93\x01\x02\xc4\x03abc", b"\x80" * 5000):
        at.send_raw(garbage)
        is_refused()
    for bad in (data[: len(data) // 2], data[:300] + data[-300:], bytes(huge), b"", b"\xff\xd8"):
        at.send(bad)
        is_refused()
    lines = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(lines) <= 2
    assert at.frames == 1
    at.bring(plain(99))


def test_a_broken_picture_does_not_make_the_next_ones_look_old(stand: OpenStand) -> None:
    at = stand()
    at.bring(plain(10))
    at.send(b"\xff\xd8 no", index=10**9, timestamp=2**52)
    at.until(lambda: at.presenter.tally.counts["bad"] >= 2)
    at.send(plain(100), index=2)
    at.until(lambda: at.frames == 2)
    assert middle(at.seen()) == pytest.approx(100, abs=2)


def test_no_step_back_but_a_restarted_primary_is_followed(stand: OpenStand) -> None:
    at = stand()
    now = time.time_ns() // 1_000_000
    at.send(plain(200), index=1000, timestamp=now)
    at.until(lambda: at.frames == 1)
    olds = [(999, now - 33), (1000, now), (3, now - 9000)]
    for index, timestamp in olds:
        at.send(plain(20), index=index, timestamp=timestamp)
        at.arrives("old")
    assert at.presenter.tally.counts["old"] == 3
    assert at.frames == 1
    assert middle(at.seen()) == pytest.approx(200, abs=2)
    at.send(plain(60), index=0, timestamp=now + 2000)
    at.until(lambda: at.frames == 2)
    assert middle(at.seen()) == pytest.approx(60, abs=2)


def test_the_newest_of_many_frames_is_shown_and_none_of_the_past(stand: OpenStand) -> None:
    at = stand()
    for level in range(1, 201):
        at.send(plain(level))
    at.until(lambda: middle(at.seen()) >= 199)
    assert at.frames < 100, "a frame that the display could never show was drawn"


def test_d_shows_the_overlay_and_hides_it_again(stand: OpenStand, renderer: str) -> None:
    at = stand(renderer)
    plain_wall = at.bring(jpeg(bars(SQUARE)))
    at.press(sdl2.SDLK_d)
    at.until(lambda: at.presenter.overlay and at.screen.overlay.size is not None)
    with_overlay = at.seen()
    changed = np.argwhere((with_overlay != plain_wall).any(axis=2))
    assert len(changed) > 2000
    panel = at.screen.overlay.size
    assert panel is not None
    margin = at.screen.size.height // 40
    assert changed.min() >= margin
    assert (changed.max(axis=0) < (margin + panel.height, margin + panel.width)).all()
    assert with_overlay[: margin + panel.height, : margin + panel.width].max() == 255
    at.press(sdl2.SDLK_d)
    at.until(lambda: not at.presenter.overlay)
    assert error(at.seen(), plain_wall) == 0


def test_debug_shows_the_overlay_from_the_start(stand: OpenStand) -> None:
    at = stand(debug=True)
    at.until(lambda: at.screen.overlay.size is not None)
    assert at.seen().max() == 255


@pytest.fixture
def states(tmp_path: Path) -> Iterator[Socket]:
    with ExitStack() as resources:
        yield latest_out(resources, tmp_path, Topic.STATUS)


def test_the_overlay_tells_of_the_workers(stand: OpenStand, states: Socket, tmp_path: Path) -> None:
    at = stand(run_dir=tmp_path, debug=True)
    at.until(lambda: at.screen.overlay.size is not None)
    alone = at.screen.overlay.size
    assert alone is not None
    worker = WorkerStatus("one", "", "active", 1, 2, 20.0, 30.0, 1.0, 9, 0, 0.1)
    told = Status(
        1, "pattern", "", "", "smooth", 30, 30, None, 0, None, {}, [worker] * 3, [], {}, 1
    )

    def grown() -> bool:
        states.send(encode(told))
        panel = at.screen.overlay.size
        return panel is not None and panel.height > alone.height

    at.until(grown)


@pytest.mark.parametrize("key", ["SDLK_q", "SDLK_ESCAPE"])
def test_q_and_escape_quit(stand: OpenStand, key: str) -> None:
    at = stand()
    at.press(getattr(sdl2, key))
    assert ends(at)


def test_closing_the_window_quits(stand: OpenStand) -> None:
    at = stand(windowed=True)
    event = sdl2.SDL_Event()
    event.type = sdl2.SDL_WINDOWEVENT
    event.window.event = sdl2.SDL_WINDOWEVENT_CLOSE
    sdl2.SDL_PushEvent(event)
    event.type = sdl2.SDL_QUIT
    sdl2.SDL_PushEvent(event)
    assert ends(at)


def test_other_keys_and_held_keys_do_nothing(stand: OpenStand) -> None:
    at = stand()
    for key in (sdl2.SDLK_a, sdl2.SDLK_RETURN):
        at.press(key)
    assert not ends(at)
    assert not at.presenter.overlay


def test_f_makes_a_window_of_the_full_screen_and_back(stand: OpenStand) -> None:
    at = stand()
    data = jpeg(bars(SQUARE))
    at.bring(data)
    full = at.screen.size
    at.press(sdl2.SDLK_f)
    at.until(lambda: at.screen.size != full)
    assert at.screen.size.height < full.height
    assert error(at.seen(), boxed(decoded(data), at.screen.size)) < 3
    at.press(sdl2.SDLK_f)
    at.until(lambda: at.screen.size == full)
    assert error(at.seen(), boxed(decoded(data), full)) < 3


def test_while_nothing_comes_the_show_rests(stand: OpenStand) -> None:
    at = stand(hold_s=0, fade_s=0)
    at.bring(plain(200))
    at.until(lambda: middle(at.screen.pixels()) == 0)
    began, busy = time.monotonic(), time.process_time()
    steps = 0
    while time.monotonic() - began < 1:
        at.presenter.step()
        steps += 1
    assert steps <= 25
    assert time.process_time() - busy < 0.1


def ends(at: Stand) -> bool:
    """Whether one of the next looks at the keys ends the show."""
    return not all(at.presenter.step() for _ in range(4))

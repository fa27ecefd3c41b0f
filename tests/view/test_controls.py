"""What is played of the screen: brightness, mirror and figures, from the run directory."""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from lib.config.params import Played
from lib.core.geometry import Size
from lib.core.pixels import Pixels
from lib.view import controls
from lib.view.sdl import sdl2
from lib.wire.messages import Change, encode
from lib.wire.sockets import Socket, Topic, latest_out
from tests.view.conftest import OpenStand, Stand, error
from tests.view.scene import bars, boxed, jpeg

PICTURE = bars(Size(512, 512))


def plain(level: int) -> bytes:
    return jpeg(np.full((64, 64, 3), level, np.uint8))


def middle(pixels: Pixels) -> int:
    return int(pixels[pixels.shape[0] // 2, pixels.shape[1] // 2].mean())


class Control:
    """Says what is played, as the control process does."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir, self.number = run_dir, 0
        self.glide_ms: int | None = None
        self.played = Played()
        self._resources = ExitStack()
        self.restart()

    def restart(self) -> None:
        self._resources.close()
        self._out: Socket = latest_out(self._resources, self.run_dir, Topic.CHANGES)

    def play(self, glide_ms: int | None = None, **change: object) -> None:
        self.played = self.played.changed(**change)
        self.number, self.glide_ms = self.number + 1, glide_ms
        self.repeat()

    def repeat(self) -> None:
        self.send(encode(Change(self.number, self.played.model_dump(), self.glide_ms)))

    def send(self, data: bytes) -> None:
        self._out.send(data)

    def close(self) -> None:
        self._resources.close()

    def told(self, at: Stand, seconds: float = 5) -> None:
        """Say it until the view has it: at first its subscription is still on the way."""
        before = at.presenter._controls._number
        end = time.monotonic() + seconds
        while at.presenter._controls._number == before:
            assert time.monotonic() < end
            self.repeat()
            at.presenter.step()


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    control = Control(tmp_path)
    yield control
    control.close()


@pytest.fixture(autouse=True)
def same_log_level() -> Iterator[None]:
    before = logging.getLogger().level
    yield
    logging.getLogger().setLevel(before)


def test_the_screen_glides_to_black_and_back(
    stand: OpenStand, control: Control, tmp_path: Path, renderer: str
) -> None:
    at = stand(renderer, run_dir=tmp_path, hold_s=60)
    control.told(at)
    full = at.bring(jpeg(PICTURE))
    control.play(opacity=0.0, glide_ms=20_000)
    at.until(lambda: at.presenter._controls._number == control.number)
    began = time.monotonic()
    halfway = at.seen(after_s=10 - (time.monotonic() - began))
    assert error(halfway, (full * 0.5).astype(np.uint8)) < 4
    assert at.seen(after_s=20.1).max() == 0
    control.play(opacity=0.0, cut=True)  # to where it goes anyway: that glide goes on
    at.until(lambda: at.presenter._controls._number == control.number)
    assert at.seen().max() > 100
    control.play(opacity=0.25)
    at.until(lambda: at.presenter._controls._number == control.number)
    assert error(at.seen(), (full * 0.25).astype(np.uint8)) < 2


def test_black_is_black_and_what_is_set_comes_back(
    stand: OpenStand, control: Control, tmp_path: Path
) -> None:
    at = stand(run_dir=tmp_path, hold_s=60)
    control.told(at)
    at.bring(plain(200))
    control.play(opacity=0.5, cut=True)
    at.until(lambda: at.presenter._controls._number == control.number)
    half = middle(at.seen())
    control.play(opacity=0.5, black=True, cut=False, glide_ms=600_000)
    at.until(lambda: at.presenter._controls._number == control.number)
    assert at.seen().max() == 0, "at once, whatever the glide"
    control.play(opacity=0.5, black=False, glide_ms=600_000)
    at.until(lambda: at.presenter._controls._number == control.number)
    assert middle(at.seen()) == half > 90


def test_a_glide_is_seen_in_many_steps_although_no_frame_comes(
    stand: OpenStand, control: Control, tmp_path: Path
) -> None:
    at = stand(run_dir=tmp_path)
    control.told(at)
    at.bring(plain(200))
    control.play(opacity=0.0, glide_ms=1200)  # of which a busy machine may miss most
    levels: list[int] = []
    deadline = time.monotonic() + 20
    while not levels or levels[-1] > 0:
        assert time.monotonic() < deadline
        at.presenter.step()
        levels.append(middle(at.screen.pixels()))
    assert levels == sorted(levels, reverse=True)
    assert len({level for level in levels if 0 < level < 200}) >= 6


def test_black_costs_nothing_and_the_newest_frame_is_back_at_once(
    stand: OpenStand, control: Control, tmp_path: Path
) -> None:
    at = stand(run_dir=tmp_path, hold_s=0.5, fade_s=0)
    control.told(at)
    at.bring(plain(200))
    control.play(opacity=0.0, cut=True)
    at.until(lambda: at.presenter._controls.dark(time.monotonic_ns()))
    at.presenter.step()
    assert at.screen.pixels().max() == 0
    steps, came, decoded = 0, at.presenter.tally.counts["in"], at.frames
    painted: list[int] = []
    at.screen.present = lambda: painted.append(1)  # type: ignore[method-assign]
    began, busy = time.monotonic(), time.process_time()
    while time.monotonic() - began < 1:
        at.index += 1
        at.send(plain(at.index % 200))
        at.presenter.step()
        steps += 1
    assert steps <= 25
    assert not painted
    assert at.frames == decoded, "a frame was drawn that nobody can see"
    assert at.presenter.tally.counts["in"] - came > 5
    assert time.process_time() - busy < 0.15
    newest = at.index % 200
    control.play(opacity=1.0, cut=True)
    at.until(lambda: at.frames > decoded)
    assert middle(at.seen()) == pytest.approx(newest, abs=2)


def test_the_slate_goes_dark_too(stand: OpenStand, control: Control, tmp_path: Path) -> None:
    import cv2

    cv2.imwrite(str(tmp_path / "slate.png"), PICTURE[:, :, ::-1])
    at = stand(run_dir=tmp_path, slate=str(tmp_path / "slate.png"))
    control.told(at)
    expected = boxed(PICTURE, at.screen.size)
    assert error(at.seen(), expected) < 2
    control.play(opacity=0.5, cut=True)
    at.until(lambda: at.presenter._controls._number == control.number)
    assert error(at.seen(), (expected * 0.5).astype(np.uint8)) < 2
    control.play(opacity=0.0)
    at.until(lambda: at.presenter._controls.dark(time.monotonic_ns()))
    assert at.seen().max() == 0


def test_mirror_turns_the_picture_that_is_there(
    stand: OpenStand, control: Control, tmp_path: Path, renderer: str
) -> None:
    at = stand(renderer, run_dir=tmp_path)
    control.told(at)
    full = at.bring(jpeg(PICTURE))
    control.play(mirror=True)
    at.until(lambda: at.presenter._controls.mirror)
    assert error(at.seen(), full[:, ::-1]) < 3
    assert error(at.bring(jpeg(PICTURE)), full[:, ::-1]) < 3
    control.play(mirror=False)
    at.until(lambda: not at.presenter._controls.mirror)
    assert error(at.seen(), full) == 0


def test_debug_shows_figures_and_says_more_in_the_log(
    stand: OpenStand, control: Control, tmp_path: Path
) -> None:
    at = stand(run_dir=tmp_path)
    control.told(at)
    assert not at.presenter.overlay
    control.play(debug=True)
    at.until(lambda: at.presenter.overlay and at.screen.overlay.size is not None)
    assert logging.getLogger().level == logging.DEBUG
    at.press(sdl2.SDLK_d)  # somebody at the screen does not want them now
    at.until(lambda: not at.presenter.overlay)
    control.play(strength=0.2)
    at.until(lambda: at.presenter._controls._number == control.number)
    assert not at.presenter.overlay, "a change of something else brought the figures back"
    control.play(debug=False)
    at.until(lambda: at.presenter._controls._number == control.number)
    assert logging.getLogger().level != logging.DEBUG
    assert not at.presenter.overlay


def test_a_view_that_starts_at_night_never_lights_up(
    stand: OpenStand, control: Control, tmp_path: Path
) -> None:
    control.play(opacity=0.0)
    at = stand(run_dir=tmp_path)
    at.send(plain(200))
    for _ in range(5):
        at.presenter.step()
        assert at.seen().max() == 0, "it lit up before it knew how bright it is to be"
    control.told(at)
    for _ in range(3):
        at.send(plain(200))
        at.presenter.step()
        assert at.seen().max() == 0
    control.play(opacity=1.0, glide_ms=0)
    at.until(lambda: at.frames > 0)
    assert middle(at.seen()) == pytest.approx(200, abs=2)


def test_what_is_played_is_there_with_the_first_frame_after_a_restart(
    stand: OpenStand, control: Control, tmp_path: Path
) -> None:
    control.play(opacity=0.5, mirror=True, debug=True, glide_ms=60_000)
    at = stand(run_dir=tmp_path)
    control.told(at)
    full = boxed(PICTURE[:, ::-1], at.screen.size)
    at.press(sdl2.SDLK_d)
    at.until(lambda: not at.presenter.overlay)
    assert error(at.bring(jpeg(PICTURE)), (full * 0.5).astype(np.uint8)) < 3


def test_without_a_word_it_shows_what_comes_after_a_while(
    stand: OpenStand,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(controls, "UNKNOWN_NS", 300_000_000)
    at = stand(run_dir=tmp_path)
    assert middle(at.bring(plain(200))) == pytest.approx(200, abs=2)
    assert caplog.text.count("the screen's brightness is not known") == 1


def test_a_view_elsewhere_keeps_its_settings(stand: OpenStand) -> None:
    at = stand(mirror=True)
    assert error(at.bring(jpeg(PICTURE)), boxed(PICTURE[:, ::-1], at.screen.size)) < 3


def test_a_control_process_that_starts_anew_changes_nothing(
    stand: OpenStand, control: Control, tmp_path: Path
) -> None:
    at = stand(run_dir=tmp_path)
    control.play(opacity=0.5)
    control.told(at)
    half = at.bring(plain(200))
    control.restart()
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        control.repeat()
        at.presenter.step()
        assert error(at.seen(), half) == 0
    control.play(opacity=1.0, glide_ms=0)
    control.told(at)
    assert middle(at.seen()) == pytest.approx(200, abs=2)


def test_what_can_not_be_read_changes_nothing(
    stand: OpenStand, control: Control, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    at = stand(run_dir=tmp_path)
    control.told(at)
    full = at.bring(plain(200))
    for data in (b"rubbish", encode(Change(99, {"opacity": 7.0})), encode(Change(99, {"no": 1}))):
        control.send(data)
        end = time.monotonic() + 0.1
        while time.monotonic() < end:
            at.presenter.step()
        assert error(at.seen(), full) == 0
    assert caplog.text.count("cannot be read") == 1


def test_a_frozen_screen_holds_its_picture_and_the_show_goes_on(
    stand: OpenStand, control: Control, tmp_path: Path
) -> None:
    at = stand(run_dir=tmp_path, hold_s=0.2, fade_s=0)
    control.told(at)
    at.bring(plain(200))
    control.play(freeze=True)
    at.until(lambda: at.presenter._controls.freeze)
    assert at.presenter.status().frozen
    shown, came = at.frames, at.presenter.tally.counts["in"]
    for _ in range(5):
        at.send(plain(50))
        at.presenter.step()
    at.until(lambda: at.presenter.tally.counts["in"] > came)
    assert at.frames == shown and middle(at.seen(after_s=60)) == pytest.approx(200, abs=2)
    assert at.presenter.reaches(), "frames that are not meant to be shown are no fault"
    control.play(black=True, cut=True)  # black is black, frozen or not
    at.until(lambda: at.presenter._controls.dark(time.monotonic_ns()))
    assert at.seen().max() == 0
    control.play(black=False, mirror=True, cut=True)
    at.until(lambda: at.presenter._controls.mirror)
    assert middle(at.seen()) == pytest.approx(200, abs=2)
    control.play(freeze=False)
    at.until(lambda: at.frames > shown)
    assert middle(at.seen()) == pytest.approx(50, abs=2), "the newest is there at once"


def test_a_screen_that_restarts_frozen_holds_the_first_picture(
    stand: OpenStand, control: Control, tmp_path: Path
) -> None:
    control.play(freeze=True)
    at = stand(run_dir=tmp_path, hold_s=0.2, fade_s=0)
    control.told(at)
    assert middle(at.bring(plain(120))) == pytest.approx(120, abs=2)
    at.send(plain(30))
    at.presenter.step()
    assert middle(at.seen(after_s=60)) == pytest.approx(120, abs=2)

"""A view that frames do not reach says so, gets on no more, and is started again; one that waits
in peace does get on."""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import zmq

from lib.core.refresh import Refresh
from lib.supervise import Child
from lib.view import screen_watchdog
from lib.view.sdl import sdl2
from lib.wire.messages import Change, Picture, StageStatus, Status, encode
from lib.wire.sockets import Topic, feed_out, latest_out
from tests.ports import free_ports
from tests.supervise.runs import Run
from tests.view.conftest import OpenStand, Stand
from tests.view.scene import jpeg

PICTURE = jpeg(np.full((64, 64, 3), 120, np.uint8))
WITHIN_S = 30  # on two cores that do much else


class Words:
    """What the stream and the control process say in the run directory."""

    def __init__(self, resources: ExitStack, run_dir: Path) -> None:
        self._status = latest_out(resources, run_dir, Topic.STATUS)
        self._changes = latest_out(resources, run_dir, Topic.CHANGES)
        self.published = 0

    def say(self, opacity: float = 1.0) -> None:
        stages = {"publish": StageStatus({"out": self.published})}
        told = (1, "pattern", "", "", "smooth", 30, 30, None, 0, None, stages, [], [], {}, 1)
        self._status.send(encode(Status(*told)))
        played: dict[str, str | int | float | bool] = {"opacity": opacity, "cut": True}
        self._changes.send(encode(Change(1 if opacity else 2, played)))


@pytest.fixture
def words(tmp_path: Path) -> Iterator[Words]:
    with ExitStack() as resources:
        yield Words(resources, tmp_path)


@pytest.fixture
def at(stand: OpenStand, words: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    """A view that shows frames at the opacity that is played."""
    monkeypatch.setattr(screen_watchdog, "PATIENCE_S", 1.0)
    at = stand(run_dir=tmp_path)

    def lit() -> bool:
        words.say()
        at.send(PICTURE)
        return at.frames > 0

    at.until(lit)
    return at


def goes_on(at: Stand, each: Callable[[], None], seconds: float = 1.5) -> bool:
    """Whether it reaches the screen all the while, by the view's own word; steps meanwhile."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        each()
        assert at.presenter.step()
        if not at.presenter.reaches():
            return False
    return True


def test_while_frames_come_are_dark_or_cease_it_goes_on(at: Stand, words: Words) -> None:
    assert goes_on(at, lambda: at.send(PICTURE), 1)
    words.published = at.index + 5  # the status tells of the last ones when they are long shown
    words.say()
    assert goes_on(at, lambda: None)
    words.say(opacity=0.0)
    at.until(lambda: at.presenter._controls.dark(time.monotonic_ns()))
    assert goes_on(at, lambda: at.send(PICTURE))
    assert at.presenter.tally.counts["dark"] > 0


def test_frames_that_nobody_could_show_are_not_its_fault(at: Stand) -> None:
    assert goes_on(at, lambda: at.send(PICTURE[:300]))
    assert at.presenter.tally.counts["bad"] > 3


def test_who_hears_nothing_of_a_feed_that_flows_is_deaf(
    at: Stand, words: Words, caplog: pytest.LogCaptureFixture
) -> None:
    at.presenter._feed.connection.socket.setsockopt(zmq.UNSUBSCRIBE, b"")

    def flows() -> None:
        words.published += 1
        words.say()
        at.send(PICTURE)

    assert not goes_on(at, flows, WITHIN_S)
    assert caplog.text.count("frames are published, and none of them comes to this view") == 1
    at.presenter._feed.connection.reconnect()
    at.until(lambda: flows() is None and at.presenter.reaches())


def test_a_hidden_window_shows_nothing(at: Stand, caplog: pytest.LogCaptureFixture) -> None:
    sdl2.SDL_HideWindow(at.screen._window.handle)
    assert not goes_on(at, lambda: at.send(PICTURE), WITHIN_S)
    assert "the window that is to show them is hidden" in caplog.text
    sdl2.SDL_ShowWindow(at.screen._window.handle)
    at.send(PICTURE)
    at.until(at.presenter.reaches)


def test_a_window_that_somebody_put_away_is_let_be(
    stand: OpenStand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen_watchdog, "PATIENCE_S", 1.0)
    at = stand(windowed=True)
    sdl2.SDL_HideWindow(at.screen._window.handle)
    assert goes_on(at, lambda: at.send(PICTURE))


def test_frames_whose_turn_never_comes_do_not_reach_it(
    at: Stand, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Refresh, "due_ns", lambda _, now_ns: now_ns + 5_000_000)
    assert not goes_on(at, lambda: at.send(PICTURE), WITHIN_S)
    assert "frames come, and none of them reaches the screen" in caplog.text


VIEW = """
    import faulthandler, sys, threading
    from pathlib import Path
    import zmq
    from lib.config.settings import PrimarySettings
    from lib.observe import log_to_stderr, quit_on_signals
    from lib.supervise import report_to_parent
    from lib.view.run import run_view
    from lib.view.screen import Screen
    from lib.view.presenter import Presenter
    faulthandler.enable()
    log_to_stderr()
    port, run_dir = int(sys.argv[1]), Path(sys.argv[2])
    settings = PrimarySettings(_env_file=None, output_port=port, primary_hostname="127.0.0.1")
    report, broken, heals, step = report_to_parent(), run_dir / "1", run_dir / "2", Presenter.step
    first = not broken.exists()
    def hang(_):
        threading.Event().wait()
    def breaks(presenter):
        if presenter.tally.counts["shown"] > 3 and not first:
            heals.touch()
        elif presenter.tally.counts["shown"] > 3 and not broken.exists():
            broken.touch()
            BREAK
        return step(presenter)
    Presenter.step = breaks
    raise SystemExit(
        run_view(settings, run_dir, quit_on_signals(), report.ready, report.progress)
    )
"""
BREAKS = {
    "a present that hangs": "Screen.present = hang",
    "a deaf line": "presenter._feed.connection.socket.setsockopt(zmq.UNSUBSCRIBE, b'')",
}


@pytest.mark.slow
@pytest.mark.usefixtures("offscreen")
@pytest.mark.parametrize("what", BREAKS)
def test_it_is_ended_with_its_stacks_and_the_next_one_shows(
    what: str,
    words: Words,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    (port,) = free_ports(1)
    text = textwrap.dedent(VIEW.replace("BREAK", BREAKS[what]))
    argv = [sys.executable, "-c", text, str(port), str(tmp_path)]
    with ExitStack() as resources:
        feed = feed_out(resources, "127.0.0.1", port, 30)
        run = Run(Child("view", argv, hang_s=2.0))
        resources.callback(run.end)
        (view,) = run.children

        def flows_until(holds: Callable[[], bool]) -> None:
            end = time.monotonic() + WITHIN_S
            while not holds():
                assert time.monotonic() < end
                words.published += 1
                words.say()
                now_ms = time.time_ns() // 1_000_000
                feed.send(encode(Picture(now_ms, words.published, PICTURE)))
                time.sleep(0.03)

        flows_until((tmp_path / "2").exists)
        assert (view.starts, view.failures) == (2, 1)
    assert "view has not got on for 2 s and is ended; its stacks follow" in caplog.text
    said = capfd.readouterr().err
    assert 'lib/view/run.py", line' in said
    assert ("in hang" in said) is (what == "a present that hangs")

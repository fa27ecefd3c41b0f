"""What the view says of the screen, as the control process hears it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from lib.control.played_state import PlayedState
from lib.control.stream_link import StreamLink
from lib.view.run import run_view
from lib.view.screen_report import ScreenReport
from lib.wire.messages import ScreenStatus
from tests.rig import until
from tests.view.conftest import OpenStand, view_settings
from tests.view.scene import jpeg
from tests.view.test_controls import Control


@pytest.fixture
def link(tmp_path: Path) -> Iterator[StreamLink]:
    """Its own changes are not sent: the test's `Control` has their place."""
    link = StreamLink(tmp_path, PlayedState())
    link.start()
    yield link
    assert link.stop() and link.failure is None


def test_it_says_how_bright_the_wall_is_and_whether_it_holds(
    stand: OpenStand, tmp_path: Path
) -> None:
    control, at = Control(tmp_path), stand(run_dir=tmp_path, hold_s=0, fade_s=10)
    try:
        control.told(at)
        at.bring(jpeg(np.full((64, 64, 3), 200, np.uint8)))
        control.play(opacity=0.25, freeze=True, cut=True)
        at.until(lambda: at.presenter._controls._number == control.number)
        status = at.presenter.status()
        assert (status.state, status.light, status.frozen) == ("shown", 0.25, True)
        assert 0.9 < status.picture <= 1 and "offscreen" in status.about
        control.play(freeze=False)
        at.until(lambda: at.presenter.status().picture < 0.99)
    finally:
        control.close()


def test_control_hears_it_and_knows_when_it_is_silent(
    link: StreamLink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert link.screen() is None
    with ExitStack() as resources:
        report = ScreenReport(resources, tmp_path)
        told = ScreenStatus("shown", "a wall", 0.5, 0.75, True)

        def heard() -> bool:
            report.tell(told)
            report._told_ns = 0
            return link.screen() == told

        assert until(heard)
    monkeypatch.setattr("lib.control.stream_link.VIEW_SILENT_NS", 0)
    assert link.screen() is None


def test_without_a_display_it_says_so(
    link: StreamLink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "nothing")
    quits = threading.Event()
    settings = view_settings(output_port=1)

    def run() -> None:
        run_view(settings, tmp_path, quits, lambda: None, lambda: None)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert until(lambda: (screen := link.screen()) is not None and screen.state == "none")
        screen = link.screen()
        assert screen and screen.about
    finally:
        quits.set()
        thread.join()

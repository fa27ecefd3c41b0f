"""What signals take from the screen's brightness; black, a dead process, a state that is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lib.config.params import Played
from lib.core.modulation import Pull
from lib.view.controls import ScreenControls
from lib.wire.latest import LatestPublisher
from lib.wire.messages import Change, encode
from lib.wire.signal_state import encode_signals
from lib.wire.sockets import Topic
from tests.rig import primary, until

S = 1_000_000_000
START = 1000 * S


class Rig:
    """Controls of a screen that are told things at times of our own."""

    def __init__(self, resources: ExitStack, run_dir: Path) -> None:
        self._changes = LatestPublisher(resources, run_dir, Topic.CHANGES)
        self._signals = LatestPublisher(resources, run_dir, Topic.SIGNALS)
        settings = primary(signals_port=1)
        self.controls = ScreenControls(resources, settings, run_dir, START)
        self.played, self._number = Played(cut=True), 0

    def play(self, now_ns: int, **change: object) -> None:
        self.played = self.played.changed(**change)
        wanted = self.controls._number + 1

        def heard() -> bool:
            self._number += 1
            self._changes.send(encode(Change(self._number, self.played.model_dump())))
            self.controls.take_changes(now_ns)
            return self.controls._number >= wanted

        assert until(heard)

    def pull(self, now_ns: int, **pulls: Pull) -> None:
        """Sent again until it has come, as it is thirty times a second. What was sent before may
        come once more."""
        moved = self.controls._moved
        before = moved._came_ns

        def heard() -> object:
            self._signals.send(encode_signals(1, pulls, {}))
            self.controls.take_changes(now_ns)
            glide = moved._moves.get("opacity")  # of the rest the screen knows nothing
            return moved._came_ns > before and glide and glide.target == pulls["opacity"]

        assert until(heard)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with ExitStack() as resources:
        rig = Rig(resources, tmp_path)
        rig.play(START, opacity=0.8)
        yield rig


def test_signals_dim_the_screen_and_never_light_it(rig: Rig) -> None:
    rig.pull(START + S, opacity=Pull(-0.5), strength=Pull(1.0))
    assert rig.controls.light(START + S + S // 2) == pytest.approx(0.3)
    assert rig.controls.rests_ns(START + S + S // 2) is not None, "it is painted as it goes"
    rig.pull(START + 2 * S, opacity=Pull(1.0))
    assert rig.controls.light(START + 2 * S + S // 2) == pytest.approx(0.8)


def test_a_dead_process_gives_the_brightness_back(rig: Rig) -> None:
    rig.pull(START + S, opacity=Pull(-0.8))
    assert rig.controls.light(START + S + S // 2) == pytest.approx(0.0)
    assert not rig.controls.dark(START + S + S // 2), "the wall is not black for the night"
    assert rig.controls.light(START + 3 * S) == pytest.approx(0.4)
    assert rig.controls.light(START + 4 * S) == 0.8
    assert rig.controls.rests_ns(START + 4 * S) is None


def test_black_is_black_and_a_safe_look_leaves_the_brightness_alone(rig: Rig) -> None:
    rig.pull(START + S, opacity=Pull(-0.4))
    rig.play(START + S + S // 2, black=True)
    assert rig.controls.light(START + S + S // 2) == 0
    rig.play(START + S + S // 2, black=False, signals=False)
    rig.pull(START + 2 * S, opacity=Pull(-0.4))
    assert rig.controls.light(START + 2 * S) == pytest.approx(0.8)


def test_what_is_no_state_changes_nothing(rig: Rig) -> None:
    rig.pull(START + S, opacity=Pull(-0.4))
    for _ in range(5):
        rig._signals.send(b"rubbish")
        rig.controls.take_changes(START + S)
    assert rig.controls.light(START + S + S // 2) == pytest.approx(0.4)

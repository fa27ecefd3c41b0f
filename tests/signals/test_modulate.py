"""Rows in the process of signals: what is sent, to whom it belongs, and that nothing is at rest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lib.config.params import Played
from lib.core.mapping import Row, write_mapping
from lib.signals.modulate import Modulate
from lib.signals.parts import SignalParts
from lib.signals.run import signal_parts
from lib.wire.latest import LatestPublisher
from lib.wire.messages import Change, encode
from lib.wire.signal_state import SignalMoves, decode_signals
from lib.wire.sockets import Topic, latest_in
from tests.rig import primary, until

ROW = Row("osc.a", "strength", depth=0.25, smooth_s=0, limit=0, armed=True)


class Rig:
    def __init__(self, resources: ExitStack, run_dir: Path, parts: SignalParts) -> None:
        self.parts, self.needed = parts, frozenset[str]()
        self._out = LatestPublisher(resources, run_dir, Topic.CHANGES)
        self.modulate = Modulate(parts, run_dir, self._need)
        self._in = latest_in(resources, run_dir, Topic.SIGNALS)
        self.modulate.start()
        resources.callback(self.modulate.stop)
        self.played, self._number = Played(), 0
        assert until(self._is_heard)

    def _is_heard(self) -> bool:
        self.play()
        return self.parts.now.known

    def play(self, **change: object) -> None:
        self.played, self._number = self.played.changed(**change), self._number + 1
        self._out.send(encode(Change(self._number, self.played.model_dump())))

    def state(self, wait_ms: int = 3000) -> SignalMoves | None:
        return decode_signals(self._in.recv()) if self._in.poll(wait_ms) else None

    def _need(self, names: object) -> None:
        self.needed = frozenset(names)  # type: ignore[call-overload] # an iterable of texts


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with ExitStack() as resources:
        yield Rig(resources, tmp_path, signal_parts(primary(hand_s=0.6), tmp_path))


def arm(rig: Rig, row: Row = ROW) -> None:
    rig.parts.bus.put("osc.a", 1.0, source="osc", holds=True)
    rig.play(mapping=write_mapping((row,)))
    assert until(lambda: (state := rig.state()) and "strength" in state.moves)


def comes(rig: Rig) -> float:
    state = rig.state()
    return state.moves["strength"].comes if state and "strength" in state.moves else 0.0


def test_nothing_is_sent_until_a_row_is_armed_and_then_thirty_a_second(rig: Rig) -> None:
    rig.parts.bus.put("osc.a", 1.0, source="osc", holds=True)
    rig.play(mapping=write_mapping((Row("osc.a", "strength"),)))
    assert rig.state(300) is None and rig.modulate.sent == 0
    arm(rig)
    assert rig.needed == {"osc"} and rig.modulate.armed == 1
    assert until(lambda: comes(rig) == pytest.approx(0.25))
    assert until(lambda: rig.parts.moved()["strength"] == pytest.approx(0.95))
    before, begin = rig.modulate.sent, time.monotonic()
    time.sleep(0.5)
    rate = (rig.modulate.sent - before) / (time.monotonic() - begin)
    assert 8 < rate < 33, "on a busy machine some moments are left out"


def test_disarmed_it_lets_go_and_falls_silent(rig: Rig) -> None:
    arm(rig)
    rig.play(mapping=write_mapping((Row("osc.a", "strength", armed=False),)))
    assert until(lambda: not rig.modulate._sends)
    sent = rig.modulate.sent
    time.sleep(0.2)
    assert rig.modulate.sent == sent and rig.needed == frozenset()


def test_a_hand_silences_its_row_and_no_other_change_does(rig: Rig) -> None:
    arm(rig)
    assert until(lambda: comes(rig) == pytest.approx(0.25))
    rig.play(opacity=0.5, prompt="sea")
    assert comes(rig) == pytest.approx(0.25)
    rig.play(strength=0.2)
    assert until(lambda: comes(rig) == 0)
    assert until(lambda: comes(rig) == pytest.approx(0.25)), "it comes back"
    assert rig.parts.now.hands == {}


def test_what_is_played_when_it_starts_is_no_hand(tmp_path: Path) -> None:
    with ExitStack() as resources:
        rig = Rig(resources, tmp_path, signal_parts(primary(), tmp_path))
        assert rig.parts.now.hands == {}


def test_a_hand_has_its_control_still_when_the_process_starts_again(rig: Rig) -> None:
    """What control says is all that a process knows which was killed a moment ago."""
    now_ns = time.monotonic_ns()
    ago = {"strength": now_ns, "opacity": now_ns - 10**10, "seed": now_ns, "prompt": now_ns}
    change = Change(7, rig.played.model_dump(), changed_ns=ago)
    fresh = Modulate(rig.parts, rig.modulate._run_dir, rig._need)
    fresh._take(encode(change), now_ns)
    assert set(fresh._modulation.hands(now_ns)) == {"strength", "seeds"}
    assert fresh._modulation.hands(now_ns + 10**9) == {}


def test_what_is_no_change_is_left_out(rig: Rig) -> None:
    rig._out.send(b"rubbish")
    rig.play(strength=0.4)
    assert until(lambda: rig.parts.played().strength == 0.4)

"""Dispatch without its sockets: what becomes of frames that no socket has a say in."""

from __future__ import annotations

import time
from pathlib import Path

from lib.core.geometry import Size
from lib.core.peer import Work
from lib.stage import Inbox
from lib.stream.dispatch.dispatch import Dispatch
from lib.stream.frame import Frame
from lib.stream.publish import Finished, Lost, Publish
from tests.rig import primary

MS = 1_000_000


def test_a_frame_that_comes_back_after_all_is_not_sent_again_and_not_lost(tmp_path: Path) -> None:
    settings = primary()
    publish = Publish(settings)
    dispatch = Dispatch(settings, tmp_path, Inbox[Frame](1), before=publish)
    fleet, now_ns = dispatch._fleet, time.monotonic_ns()
    frame = Frame(b"", now_ns, time.time(), Size(64, 64))
    works = [Work(number, now_ns + 10_000 * MS, now_ns, frame) for number in range(2)]
    for peer in (1, 2):
        fleet.join(peer, "10.0.0.1:1", now_ns)
        fleet.sent(fleet.peers[peer], [(float(peer), works[peer - 1])], now_ns)
    for number, token in enumerate((1.0, 2.0)):
        if token == 1.0:  # the first worker is given up; then both answer
            dispatch._again.extend(fleet.demote(fleet.peers[1], now_ns))
        flight = fleet.find(token, number)
        assert flight
        assert fleet.answer(flight, "", now_ns + 5 * MS) == "first"
    assert list(dispatch._again) == [works[0]]
    assert fleet.pick() is not None
    dispatch._give()
    assert not dispatch._again
    assert not fleet.busy
    assert dispatch.tally.counts["lost"] == 0
    waiting: Finished | Lost | None = publish.finished.get(0)
    assert waiting is None

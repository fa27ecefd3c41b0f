"""Which sender counts: priority, the highest level, silence, and packets that were overtaken."""

from __future__ import annotations

from lib.signals.dmx.levels import DmxLevels
from lib.signals.dmx.universe import LOST_NS, MOST_SENDERS, DmxUniverse

S = 1_000_000_000


def said(
    sender: bytes, levels: bytes, *, sequence: int | None = None, priority: int = 100,
    ended: bool = False,
) -> DmxLevels:  # fmt: skip
    name = sender.decode()
    return DmxLevels("sacn", 1, levels, sequence, sender, name, priority, ended)


def test_the_higher_priority_counts_and_the_backup_follows_its_loss() -> None:
    universe = DmxUniverse("sacn", 1)
    universe.take(said(b"desk", b"\x50", priority=150), 0)
    universe.take(said(b"backup", b"\xff"), 0)
    assert universe.levels(S) == b"\x50"
    assert universe.about() == "desk, before 1 of lower priority"
    universe.take(said(b"backup", b"\xff"), 2 * S)
    assert universe.levels(LOST_NS) == b"\x50"
    assert universe.levels(LOST_NS + 1) == b"\xff"
    assert universe.levels(5 * S) is None


def test_of_equals_the_highest_level_of_each_channel_counts() -> None:
    universe = DmxUniverse("sacn", 1)
    universe.take(said(b"a", b"\x01\x90"), 0)
    universe.take(said(b"b", b"\x80\x02\x03"), 0)
    levels = universe.levels(0)
    assert levels and levels[:4] == b"\x80\x90\x03\x00"
    assert universe.about() == "a and b"


def test_one_that_says_it_stops_is_gone_at_once() -> None:
    universe = DmxUniverse("sacn", 1)
    universe.take(said(b"a", b"\x01"), 0)
    universe.take(said(b"a", b"\x01", ended=True), 1)
    assert universe.levels(2) is None


def test_what_was_overtaken_or_comes_twice_is_left_out_and_a_restart_is_not() -> None:
    universe = DmxUniverse("sacn", 1)
    assert universe.take(said(b"a", b"\x05", sequence=5), 0)
    assert not universe.take(said(b"a", b"\x05", sequence=5), 0)
    assert not universe.take(said(b"a", b"\x04", sequence=4), 0)
    assert universe.late == 2 and universe.levels(0) == b"\x05"
    assert universe.take(said(b"a", b"\x06", sequence=240), 0), "it began anew"
    assert universe.take(said(b"a", b"\x07", sequence=0), 0), "the counter went round"


def test_a_crowd_of_senders_fills_nothing_and_keeps_out_no_desk() -> None:
    universe = DmxUniverse("sacn", 1)
    for number in range(100):
        universe.take(said(b"%d" % number, b"\x01", priority=10), 0)
    assert universe.crowded == 100 - MOST_SENDERS
    assert universe.take(said(b"desk", b"\x77", priority=100), 0)
    assert universe.levels(0) == b"\x77"

"""The bus: the newest value wins, nothing that is no number gets in, and it cannot be filled."""

from __future__ import annotations

import threading

from lib.signals.bus import FORGOTTEN_NS, MOST, Bus, Signal, signal_name

SECOND = 1_000_000_000


def test_the_newest_value_wins_and_stays_within_its_range() -> None:
    bus = Bus()
    assert bus.put("lfo.sine", 0.25, source="lfo", now_ns=1)
    assert bus.put("lfo.sine", 7, source="lfo", quality=-3, now_ns=2)
    assert bus.signals() == [Signal("lfo.sine", 1.0, 2, 0.0, "lfo", False)]


def test_what_is_no_value_or_no_name_is_counted_and_left_out() -> None:
    bus = Bus()
    for value in (float("nan"), float("inf")):
        assert not bus.put("a.b", value, source="a")
    for name in ("", "A.b", ".a", "a b", "a" * 65, 'a"\n'):
        assert not bus.put(name, 0.5, source="a")
    assert bus.refused == {"no number": 2, "bad name": 6} and not bus.signals()


def test_a_sender_that_invents_names_fills_nothing_and_takes_no_others_room() -> None:
    bus = Bus()
    for number in range(MOST + 20):
        bus.put(f"osc.n{number}", 0.5, source="osc", holds=True, now_ns=SECOND)
    assert len(bus.signals()) == MOST and bus.refused["too many"] == 20
    assert bus.put("lfo.sine", 0.5, source="lfo", now_ns=SECOND)


def test_what_is_long_lost_makes_room() -> None:
    bus = Bus()
    for number in range(MOST):
        bus.put(f"osc.n{number}", 0.5, source="osc", now_ns=SECOND)
    assert bus.put("osc.new", 0.5, source="osc", now_ns=2 * SECOND + FORGOTTEN_NS)
    assert [one.name for one in bus.signals()] == ["osc.new"]


def test_a_stream_is_lost_after_a_second_a_knob_never_and_a_lost_source_at_once() -> None:
    bus = Bus()
    bus.put("lsl.a", 0.5, source="lsl", now_ns=0)
    bus.put("midi.1.cc7", 0.5, source="midi", holds=True, now_ns=0)
    bus.put("lsl.bad", 0.5, source="lsl", quality=0.05, now_ns=0)
    stream, knob, bad = (bus.get(name) for name in ("lsl.a", "midi.1.cc7", "lsl.bad"))
    assert stream and knob and bad
    assert not stream.lost(SECOND) and stream.lost(SECOND + 1)
    assert not knob.lost(1000 * SECOND) and bad.lost(0)
    bus.lose("midi")
    again = bus.get("midi.1.cc7")
    assert again and again.lost(0)


def test_names_are_made_of_any_text() -> None:
    assert signal_name("Muse EEG", "TP9 / α") == "muse-eeg.tp9"
    assert signal_name("x" * 100, "y") == "x" * 64
    assert signal_name("", "A") == "x.a"


def test_many_threads_put_and_one_reads() -> None:
    bus = Bus()
    heard: list[Signal] = []
    unlisten = bus.listen(heard.append)

    def put(source: str) -> None:
        for number in range(500):
            bus.put(f"{source}.{number % 20}", number / 500, source=source)

    threads = [threading.Thread(target=put, args=(name,)) for name in "abcd"]
    for one in threads:
        one.start()
    while any(one.is_alive() for one in threads):
        assert all(0 <= one.value <= 1 for one in bus.signals())
    unlisten()
    bus.put("a.0", 0, source="a")
    assert len(heard) == 2000 and len(bus.signals()) == 80

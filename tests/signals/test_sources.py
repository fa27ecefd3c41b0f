"""A source runs while it is needed; one that fails is a sentence, and the others go on."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from lib.osc.packet import message as pack
from lib.signals.learn import Learn
from lib.signals.parts import SignalParts
from lib.signals.run import signal_parts
from lib.signals.source import SignalSource, SourceError
from lib.signals.sources import Sources
from lib.signals.table import SOURCES, SourceRow
from tests.ports import free_ports
from tests.rig import primary, until


class Good(SignalSource):
    name = "good"

    def open(self, resources: ExitStack) -> None:
        """Nothing is needed."""

    def step(self) -> None:
        self.put("one", 0.5)
        self.tally.count("in")
        self.pause(0.02)


class Missing(Good):
    name = "missing"
    there = False

    def open(self, resources: ExitStack) -> None:
        if not Missing.there:
            raise SourceError("the box is not plugged in")


class Broken(Good):
    name = "broken"

    def step(self) -> None:
        raise RuntimeError("a secret detail")


class Hanging(Good):
    name = "hanging"

    def step(self) -> None:
        time.sleep(3)


HERE = "tests.signals.test_sources"
ROWS = [
    *(SourceRow(one.name, "", f"{HERE}:{one.__name__}") for one in (Good, Missing, Broken)),
    SourceRow("hanging", "", f"{HERE}:Hanging"),
    SourceRow("absent", "", "no_such_package.module:Absent", needs="pip install it"),
]


@pytest.fixture
def parts() -> SignalParts:
    return signal_parts(primary(), None)


@pytest.fixture
def sources(parts: SignalParts) -> Iterator[Sources]:
    found = Sources(parts, ROWS)
    found.start()
    yield found
    begin = time.monotonic()
    assert found.stop() and time.monotonic() - begin < 2


def state(sources: Sources, name: str) -> str:
    return next(one.state for one in sources.status() if one.name == name)


def trouble(sources: Sources, name: str) -> str:
    return next(one.trouble for one in sources.status() if one.name == name)


def test_none_runs_until_it_is_needed_and_then_only_that_one(
    sources: Sources, parts: SignalParts
) -> None:
    time.sleep(0.1)
    assert {one.state for one in sources.status()} == {"off"} and not parts.bus.signals()
    sources.need(["good"])
    assert until(lambda: parts.bus.get("good.one"))
    assert state(sources, "good") == "running" and state(sources, "missing") == "off"
    sources.need([])
    assert until(lambda: state(sources, "good") == "off")
    signal = parts.bus.get("good.one")
    assert signal and signal.lost(signal.at_ns), "what it said says nothing any more"
    assert next(one.counts["in"] for one in sources.status() if one.name == "good") > 0


def test_what_is_missing_is_a_sentence_and_comes_when_it_is_there(
    sources: Sources, parts: SignalParts, caplog: pytest.LogCaptureFixture
) -> None:
    Missing.there = False
    sources.need(["good", "missing", "absent", "broken", "hanging"])
    assert until(lambda: trouble(sources, "missing") == "the box is not plugged in")
    assert trouble(sources, "absent") == "no_such_package is not installed: pip install it"
    assert until(lambda: trouble(sources, "broken") == "it failed, and is started again; "
                 "the log says why")  # fmt: skip
    assert until(lambda: parts.bus.get("good.one")), "the others go on"
    Missing.there = True
    assert until(lambda: state(sources, "missing") == "running")
    assert not [one for one in caplog.records if "plugged" in one.message and one.exc_info]


def test_the_page_switches_a_source_on_and_off(sources: Sources, parts: SignalParts) -> None:
    parts.switched.add("good")
    sources.stir()
    assert until(lambda: state(sources, "good") == "running")
    parts.held.add("good")
    sources.need(["good"])
    assert until(lambda: state(sources, "good") == "off")


def test_every_row_names_what_is_there() -> None:
    fields = type(primary()).model_fields
    assert len({row.name for row in SOURCES}) == len(SOURCES)
    for row in SOURCES:
        assert set(row.settings) <= set(fields), row.name
        assert row.about and (row.plug or row.doors or row.page), row.name


def test_osc_becomes_signals_that_hold_and_rubbish_is_counted() -> None:
    (port,) = free_ports(1)
    parts = signal_parts(primary(signal_osc_port=port), None)
    sources = Sources(parts, [row for row in SOURCES if row.name == "osc"])
    sources.start()
    try:
        assert until(lambda: sources.status()[0].state == "running")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.connect(("127.0.0.1", port))
            for data in (
                pack("/signal/Heart/rate", 0.25),
                pack("/signal/loud", 7.0),
                pack("/other", 1.0),
                pack("/signal/text", "x"),
                b"rubbish!",
                b"",
            ):
                sender.send(data)
        assert until(lambda: parts.bus.get("osc.loud"))
        rate = parts.bus.get("osc.heart.rate")
        assert rate and (rate.value, rate.holds) == (0.25, True)
        counts = sources.status()[0].counts
        assert until(lambda: sources.status()[0].counts.get("malformed") == 2), counts
    finally:
        assert sources.stop()


def test_learning_finds_the_first_knob_that_is_moved(parts: SignalParts) -> None:
    learn, bus = Learn(parts.bus), parts.bus
    bus.put("midi.1.cc1", 0.5, source="midi", holds=True)
    learn.arm(time.monotonic_ns())
    bus.put("lsl.a", 0.9, source="lsl")
    bus.put("midi.1.cc1", 0.55, source="midi", holds=True)
    assert learn.listens and not learn.found
    bus.put("midi.1.cc1", 0.7, source="midi", holds=True)
    assert learn.found == "midi.1.cc1" and not learn.listens
    learn.arm(time.monotonic_ns())
    learn.cancel()
    bus.put("midi.1.cc1", 0.0, source="midi", holds=True)
    assert not learn.found

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest

from lib.stage import Flow, Inbox, Stage


class Ticker(Stage):
    """Counts its steps, notes its life in a list that it shares with others."""

    def __init__(self, name: str, life: list[str], fails_in: str = "") -> None:
        super().__init__()
        self.name, self.life, self.fails_in, self.steps = name, life, fails_in, 0

    def open(self, resources: ExitStack) -> None:
        self.life.append(f"open {self.name}")
        resources.callback(self.life.append, f"close {self.name}")
        if self.fails_in == "open":
            raise OSError("no such device")

    def step(self) -> None:
        self.steps += 1
        if self.fails_in == "step":
            raise ValueError("that went wrong")
        self.pause(0.01)


def test_sinks_start_first_and_sources_stop_first_each_on_its_own_thread() -> None:
    life: list[str] = []
    flow = Flow(Ticker("source", life), Ticker("sink", life))
    quit_event = threading.Event()
    threading.Timer(0.05, quit_event.set).start()
    assert flow.run(quit_event) == 0
    assert life == ["open sink", "open source", "close source", "close sink"]
    assert all(stage.steps > 0 and not stage.alive for stage in flow.stages)


@pytest.mark.parametrize("where", ["open", "step"])
def test_a_stage_that_fails_ends_the_process_with_1_and_everything_is_closed(where: str) -> None:
    life: list[str] = []
    flow = Flow(Ticker("source", life), Ticker("bad", life, fails_in=where), Ticker("sink", life))
    started = time.monotonic()
    assert flow.run(threading.Event()) == 1
    assert time.monotonic() - started < 1
    assert "close bad" in life and "close sink" in life
    assert flow.stages[1].failure is not None


def test_start_returns_when_the_stage_is_ready() -> None:
    class Slow(Ticker):
        def open(self, resources: ExitStack) -> None:
            time.sleep(0.1)
            super().open(resources)

    life: list[str] = []
    stage = Slow("model", life)
    stage.start()
    assert life == ["open model"]
    assert stage.stop()


def test_a_stage_that_hangs_is_said_not_to_have_stopped() -> None:
    release = threading.Event()

    class Hanging(Ticker):
        def step(self) -> None:
            release.wait()

    stage = Hanging("stuck", [])
    stage.start()
    assert not stage.stop(timeout=0.1)
    release.set()
    assert stage.stop()


def test_a_full_inbox_drops_the_oldest_and_says_so() -> None:
    dropped: list[int] = []
    inbox: Inbox[int] = Inbox(2, dropped.append)
    for number in range(5):
        inbox.put(number)
    assert dropped == [0, 1, 2]
    assert [inbox.get(0), inbox.get(0), inbox.get(0)] == [3, 4, None]


def test_an_inbox_wakes_who_waits() -> None:
    inbox: Inbox[str] = Inbox(1)
    threading.Timer(0.02, inbox.put, ["here"]).start()
    started = time.monotonic()
    assert inbox.get(5) == "here"
    assert time.monotonic() - started < 1
    assert inbox.get(0.01) is None

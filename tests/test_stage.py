from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import ExitStack

import pytest

from lib.config.settings import ROOT
from lib.stage import HUNG, Flow, HangWatchdog, Inbox, Stage


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
    inbox: Inbox[int] = Inbox(2)
    assert [inbox.put(number) for number in range(5)] == [0, 0, 1, 1, 1]
    assert [inbox.get(0), inbox.get(0), inbox.get(0)] == [3, 4, None]


def test_an_inbox_wakes_who_waits() -> None:
    inbox: Inbox[str] = Inbox(1)
    threading.Timer(0.02, inbox.put, ["here"]).start()
    started = time.monotonic()
    assert inbox.get(5) == "here"
    assert time.monotonic() - started < 1
    assert inbox.get(0.01) is None


HANGS = """
import threading
from lib.stage import Flow, Stage
class Fine(Stage):
    def open(self, resources): pass
    def step(self): self.pause(0.01)
class Hung(Fine):
    def step(self): self.wait_for_ever()
    def wait_for_ever(self): threading.Event().wait()
raise SystemExit(Flow(Fine(), Hung(), Fine()).run(threading.Event(), hang_s=0.4))
"""


def test_a_stage_that_hangs_ends_the_process_with_all_stacks() -> None:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", HANGS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == HUNG
    assert time.monotonic() - started < 4
    assert "Hung has not got on for 0.4 s" in done.stderr
    assert "in wait_for_ever" in done.stderr
    assert done.stderr.count("in pause") == 2, "the stacks of the others, too"


def test_who_is_told_is_told_while_all_get_on() -> None:
    quit_event, looks = threading.Event(), 0

    def look() -> None:
        nonlocal looks
        looks += 1
        if looks == 2:
            quit_event.set()

    assert Flow(Ticker("a", [])).run(quit_event, hang_s=1, on_look=look) == 0
    assert looks == 2


def test_a_machine_that_slept_has_no_stage_that_hangs() -> None:
    stage = Ticker("a", [])
    watchdog = HangWatchdog([stage], hang_s=10)
    second = 1_000_000_000
    start_ns = time.monotonic_ns()
    for moment in range(10):
        assert watchdog.hung(start_ns + moment * second) is None
        watchdog.check(start_ns + moment * second)
    watchdog.check(start_ns + 3600 * second)  # would end us if the hour were the stage's fault
    for moment in range(10):
        watchdog.check(start_ns + (3600 + moment) * second)
    assert watchdog.hung(start_ns + 3611 * second) is stage

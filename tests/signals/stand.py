"""A source with all that it gets in the process of signals, and nothing else of that process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from lib.config.settings import PrimarySettings
from lib.http.away import AwayWork
from lib.http_client.control_client import ControlClient
from lib.signals.bus import Bus
from lib.signals.learn import Learn
from lib.signals.parts import LockedBeat, NowPlayed, SignalParts
from lib.signals.source import SignalSource

AnySource = TypeVar("AnySource", bound=SignalSource)


def parts_with(folder: Path, **settings: Any) -> SignalParts:
    read = PrimarySettings(_env_file=None, state_dir=str(folder), **settings)
    bus = Bus()
    return SignalParts(
        settings=read,
        run_dir=None,
        bus=bus,
        beat=LockedBeat(),
        now=NowPlayed(read.played),
        control=ControlClient("127.0.0.1", read.settings_port, "", "test"),
        learn=Learn(bus),
        away=AwayWork(2, "requests", RuntimeError),
    )


@contextmanager
def running(source: AnySource) -> Iterator[AnySource]:
    source.launch(lambda: None)
    try:
        until(lambda: source.ready or source.failure is not None)
        yield source
    finally:
        assert source.stop(5.0)


def until(true: Callable[[], object], within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)


def value(source: SignalSource, rest: str) -> float | None:
    """What a signal of this source is now, if it says anything."""
    found = source.bus.get(f"{source.name}.{rest}")
    return None if found is None or found.lost(time.monotonic_ns()) else found.value

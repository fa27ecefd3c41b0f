"""Puts finished frames back in order and in time, and hands them to the public feed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from types import MappingProxyType
from typing import NamedTuple

from lib.config.plugins import OUTPUTS, load
from lib.config.settings import PrimarySettings
from lib.core.counters import Drop
from lib.core.ladder import Ladder
from lib.core.playout import BUCKET_NS, MARGIN_NS, Playout, PlayoutState, Shown
from lib.core.release import Release
from lib.observe import Tally
from lib.pictures.xmp import SourceType, jpeg_place, jpeg_segment
from lib.stage import REST_S, Inbox, Stage
from lib.stream.frame import Frame
from lib.stream.output import Output
from lib.wire.refusals import RefusalLog

SOON_S = 0.1  # the longest wait while pictures come, so that stale ones are noticed in time
FLOWS_NS = 1_000_000_000
MARK = jpeg_segment(SourceType.FROM_PICTURE)
NO_TIMINGS: Mapping[str, float] = MappingProxyType({})


class Finished(NamedTuple):
    """A worker's picture of a frame."""

    number: int
    tau_ns: int
    tau_before_ns: int
    frame: Frame
    jpg: memoryview
    sent_ns: int = 0  # to the worker that made it
    came_ns: int = 0  # back from there
    timings: Mapping[str, float] = NO_TIMINGS  # that worker's own times, in milliseconds
    slowest_ns: float = 0.0  # what the slowest useful worker takes: the delay must allow for it
    passed: bool = False  # it is the source's own picture


class Lost(NamedTuple):
    """A frame that was given up: frames after it do not wait for it."""

    number: int


class Published(NamedTuple):
    """A frame and the picture that was made of it."""

    frame: Frame
    jpg: memoryview


class Publish(Stage):
    """Puts out a picture when the playout says that it is due, and then only."""

    def __init__(self, settings: PrimarySettings) -> None:
        super().__init__()
        self.tally = Tally()  # durations: from capture to the feed
        self.held = Tally()  # durations: from coming back to the feed
        self.ladder = Ladder()
        self.finished: Inbox[Finished | Lost] = Inbox(256)
        self.last_published_ns: int | None = None
        self.pairs: Inbox[tuple[Published, Published]] = Inbox(1)
        self._wants_pair = False
        self._first: Published | None = None
        self._settings = settings
        self.waited_ns = 0  # from capture to coming back, all frames together
        # The playout's delay for an even cadence is part of the latency, so it is taken off here.
        self._slow_ns = int(settings.latency_ms * 1e6) - MARGIN_NS - BUCKET_NS
        self._learns_anew = False
        self._playout: Playout[tuple[Finished, int]] = Playout(settings.playout)
        self._release: Release[tuple[Finished, int]] = Release(self._playout)
        self.playout = PlayoutState()  # replaced as a whole: any thread may read it

    @property
    def drops(self) -> Counter[str]:
        """Frames that were given a number and not shown, by reason."""
        # `dict` copies at once: another thread may be adding to it.
        counts = Counter(dict(self._release.drops.counts))
        counts[Drop.OVERRUN] = self.tally.counts[Drop.OVERRUN]
        return counts

    def take(self, item: Finished | Lost) -> None:
        """Called by the dispatching thread only, which also counts what overflows."""
        if self.finished.put(item):
            self.tally.count(Drop.OVERRUN)

    def want_pair(self) -> None:
        """Put the next two consecutive frames into `pairs`. Any thread may ask."""
        self._wants_pair = True

    def learn_anew(self) -> None:
        """Forget the delays so far: pictures are made in another way now. Any thread may ask."""
        self._learns_anew = True

    def open(self, resources: ExitStack) -> None:
        opened = [load(name, OUTPUTS)(self._settings, resources) for name in OUTPUTS]
        self._outputs: list[Output] = [one for one in opened if one is not None]

    @property
    def refused(self) -> dict[str, int]:
        """Viewers that were refused or disconnected, by reason."""
        return dict(sum((Counter(dict(one.refused)) for one in self._outputs), Counter()))

    @property
    def refusals(self) -> list[RefusalLog]:
        """Viewers that were refused because they had no valid key."""
        return [log for one in self._outputs for log in one.refusals]

    def step(self) -> None:
        for output in self._outputs:
            if output.trouble:
                raise RuntimeError(output.trouble)
        rest_s = SOON_S if self._flows else REST_S
        item = self.finished.get(min(rest_s, self._until_next_s()))
        rested_ns = int((rest_s - SOON_S) * 1e9)
        if stale := self._release.drop_stale(time.monotonic_ns(), rested_ns):
            self.tally.count(Drop.LATE, stale)
        while item is not None:
            self._place(item)
            item = self.finished.get(0)
        if self._learns_anew:
            self._learns_anew = False
            self._playout.learn_anew()
        now_ns = time.monotonic_ns()
        for shown in self._release.due(now_ns):
            self._show(shown, now_ns)
        self.playout = self._release.state

    @property
    def _flows(self) -> bool:
        last_ns = self.last_published_ns
        return last_ns is not None and time.monotonic_ns() - last_ns < FLOWS_NS

    def _until_next_s(self) -> float:
        next_ns = self._release.next_ns()
        return REST_S if next_ns is None else max(0.0, (next_ns - time.monotonic_ns()) / 1e9)

    def stir(self) -> None:
        self.finished.stir()

    def _place(self, item: Finished | Lost) -> None:
        now_ns = time.monotonic_ns()
        if isinstance(item, Lost):
            self._release.lost(item.number, now_ns)
            return
        self.tally.count("in")
        waited_ns = now_ns - item.frame.captured_ns
        self.waited_ns += waited_ns
        if self._settings.latency_ms and waited_ns > self._slow_ns:
            self.tally.count("slow")
        self._release.allow_for(item.slowest_ns)
        slots = item.tau_ns, item.tau_before_ns
        if not self._release.came(item.number, *slots, (item, now_ns), now_ns):
            self.tally.count(Drop.LATE)

    def _show(self, shown: Shown[tuple[Finished, int]], let_go_ns: int) -> None:
        finished, came_ns = shown.item
        frame = finished.frame
        milliseconds = int(frame.timestamp * 1000)
        jpg = _marked(finished)
        for output in self._outputs:
            output.send(milliseconds, shown.number, *jpg)
        now_ns = time.monotonic_ns()
        self.last_published_ns = now_ns
        self.tally.count("out")
        self.tally.took(now_ns - frame.captured_ns)
        self.held.took(now_ns - came_ns)
        moments = (
            frame.captured_ns,
            frame.ready_ns,
            finished.sent_ns,
            finished.came_ns,
            let_go_ns,
            now_ns,
        )
        self.ladder.add(moments, finished.timings)
        if self._wants_pair:
            self._pair(Published(frame, finished.jpg))

    def _pair(self, published: Published) -> None:
        if self._first is None:
            self._first = published
            return
        self.pairs.put((self._first, published))
        self._wants_pair, self._first = False, None


def _marked(finished: Finished) -> tuple[bytes | memoryview, ...]:
    """The pieces of a picture that says how it was made; the source's own says nothing of ours."""
    jpg = finished.jpg
    if finished.passed:
        return (jpg,)
    place = jpeg_place(jpg)
    return jpg[:place], MARK, jpg[place:]

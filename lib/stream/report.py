"""Reports the stream's status to the other processes, and changes of it to the log."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from lib.config.settings import PrimarySettings
from lib.core.counters import Drop, Mishap
from lib.core.flow_watchdog import FlowWatchdog
from lib.core.trouble import StreamWarning, Trouble
from lib.observe import Times
from lib.stage import Stage
from lib.stream.flicker_probe import FlickerProbe
from lib.stream.shed import Shed, Shedding, Stages
from lib.stream.warnings import StreamFacts, Warnings
from lib.wire.keys import exposed
from lib.wire.latest import LatestPublisher
from lib.wire.messages import ReliefStatus, StageStatus, Status, encode
from lib.wire.sockets import Topic

log = logging.getLogger(__name__)

EVERY_S = 0.4
FIGURES_EVERY_S = 1.0  # quantiles of several hundred values cost more than the rest of a report
PATIENCE_S = 3.0  # beyond the playout's delay, for a worker's answer to reach the feed
# What can become of a frame or a result besides being shown, in plain words for the log.
LOSSES: dict[str, str] = {
    Drop.THINNED: "thinned at the entrance",
    Drop.NO_WORKER: "without a worker",
    Drop.LOST: "lost by a worker",
    Drop.LATE: "late",
    Drop.OVERRUN: "overrun",
}
MISHAPS: dict[str, str] = {
    Mishap.BAD: "bad results",
    Mishap.GARBAGE: "garbage results",
    Mishap.FOREIGN: "foreign results",
    Mishap.DUP: "answered twice",
    Mishap.STUCK: "stuck",
}


class Figures(NamedTuple):
    """The latest quantiles of durations."""

    latency: Times | None
    stages: dict[str, Times | None]
    ladder: dict[str, tuple[float, float, float]]


class News(NamedTuple):
    """Callbacks for the process's parent; each may be called repeatedly."""

    ready: Callable[[], None]
    progress: Callable[[], None]  # frames reach the feed, or are not meant to
    line: Callable[[str], None]  # the status in one line


class Report(Stage):
    """Reports a few times a second, whatever else happens. It observes, and controls nothing."""

    def __init__(
        self, settings: PrimarySettings, run_dir: Path, stages: Stages, shed: Shed, news: News
    ) -> None:
        super().__init__()
        self._settings, self._run_dir, self._news = settings, run_dir, news
        self._capture, self._dispatch, self._publish = capture, dispatch, publish = stages
        self._shed = shed
        self._tallies = {
            "capture": capture.tally,
            "dispatch": dispatch.tally,
            "workers": dispatch.service,
            "playout": publish.held,
            "publish": publish.tally,
        }
        self._started_s = time.monotonic()
        self._rates: dict[str, Rate] = {}
        self._logged: Counter[str] = Counter()
        self._state = ""
        self._next_line_s = 0.0
        self._figures, self._figures_s = Figures(None, {}, {}), 0.0
        self._watchdog = FlowWatchdog(PATIENCE_S)
        self._flicker_probe = FlickerProbe(publish)
        self._warnings = Warnings()
        exposure = exposed(settings)
        self._standing = [exposure] if exposure else []  # hold as long as it runs

    def open(self, resources: ExitStack) -> None:
        self._out = LatestPublisher(resources, self._run_dir, Topic.STATUS)
        self._ready = False
        for warning in self._standing:
            log.warning("%s", warning)

    def step(self) -> None:
        if self.pause(EVERY_S):
            return
        if not self._ready:
            self._ready = True
            self._news.ready()
        playing = self._dispatch.playing
        self._flicker_probe.sample(playing.number, playing.gliding)
        now_s = time.monotonic()
        shedding = self._shed.state
        warnings = self._warnings.update(self._facts(now_s), now_s) + _of_relief(shedding, now_s)
        status = self._status(warnings, shedding, now_s)
        self._out.send(encode(status))
        came, went = self._dispatch.tally.counts["answered"], self._publish.tally.counts["out"]
        if self._watchdog.flows(came, went, now_s, self._publish.playout.delay_ns / 1e9):
            self._news.progress()
        self._news.line(_one_line(status))
        self._maybe_log(status, warnings, now_s)

    def _status(self, warnings: list[StreamWarning], shedding: Shedding, now_s: float) -> Status:
        capture, dispatch, publish = self._capture, self._dispatch, self._publish
        playing = dispatch.playing
        if now_s - self._figures_s >= FIGURES_EVERY_S or not self._figures.latency:
            self._figures, self._figures_s = self._read(), now_s
        figures = self._figures
        return Status(
            uptime_s=round(now_s - self._started_s, 1),
            mode=self._settings.mode,
            source=capture.about,
            size=str(playing.params.size),
            playout=self._settings.playout,
            fps_in=self._rate("in", capture.tally.counts["out"], now_s),
            fps_out=self._rate("out", publish.tally.counts["out"], now_s),
            latency_ms=figures.latency,
            delay_ms=round(publish.playout.delay_ns / 1e6, 1),
            last_frame_s=self._last_frame_s(now_s),
            stages={
                name: StageStatus(dict(tally.counts), figures.stages[name])
                for name, tally in self._tallies.items()
            },
            workers=dispatch.workers,
            warnings=[*(warning.words for warning in warnings), *self._standing],
            params=playing.params.model_dump(),
            params_number=playing.number,
            ladder=figures.ladder,
            drops=self._drops(),
            flicker=self._flicker_probe.ratio(),
            paused=capture.frozen,
            gliding=playing.gliding,
            relief=self._relief_status(shedding, now_s),
        )

    def _relief_status(self, shedding: Shedding, now_s: float) -> ReliefStatus:
        return ReliefStatus(
            order=list(self._settings.relief_order),
            latency_ms=self._settings.latency_ms,
            cuts={one.cut: one.words for one in shedding.taken},
            moves=[(round(now_s - then_s, 1), said) for then_s, said in shedding.moves],
        )

    def _read(self) -> Figures:
        return Figures(
            _rounded(self._publish.tally.times()),
            {name: _rounded(tally.times()) for name, tally in self._tallies.items()},
            self._publish.ladder.read(time.monotonic_ns()),
        )

    def _facts(self, now_s: float) -> StreamFacts:
        return StreamFacts(
            source=self._capture.warning,
            captured=self._capture.tally.counts["out"],
            drops=self._drops(),
            workers=self._dispatch.workers,
            refused={**self._dispatch.refused, "feed": self._publish.refused},
            last_frame_s=self._last_frame_s(now_s),
            refusals=[*self._dispatch.refusals, *self._publish.refusals],
            answers=self._dispatch.tally.counts,
            answered_by=self._dispatch.answered_by,
        )

    def _drops(self) -> dict[str, int]:
        """Captured frames that were not shown, by reason; each is counted once."""
        capture, dispatch = self._capture.tally.counts, self._dispatch.tally.counts
        counts = self._publish.drops
        return {
            Drop.THINNED.value: capture["overtaken"] + dispatch[Drop.THINNED],
            Drop.RELIEF.value: dispatch[Drop.RELIEF],
            Drop.NO_WORKER.value: dispatch[Drop.NO_WORKER],
            **{drop.value: counts[drop] for drop in (Drop.LOST, Drop.LATE, Drop.OVERRUN)},
        }

    def _last_frame_s(self, now_s: float) -> float | None:
        last_ns = self._publish.last_published_ns
        return None if last_ns is None else round(now_s - last_ns / 1e9, 2)

    def _rate(self, name: str, count: int, now_s: float) -> float:
        return self._rates.setdefault(name, Rate()).update(count, now_s)

    def _maybe_log(self, status: Status, warnings: list[StreamWarning], now_s: float) -> None:
        """One line a second at most, and only when something changed or was lost."""
        if now_s < self._next_line_s:
            return
        self._next_line_s = now_s + 1
        mishaps = self._dispatch.tally.counts
        counts = status.drops | {name: mishaps[name] for name in MISHAPS}
        fresh = {
            words: counts[name] - self._logged[name]
            for name, words in (LOSSES | MISHAPS).items()
            if counts[name] > self._logged[name]
        }
        names = ",".join(sorted(w.name for w in status.workers if w.state == "active"))
        warnings = [one for one in warnings if one.kind is not Trouble.NO_KEY]  # logged before
        state = f"{names} {[warning.key for warning in warnings]} {status.params_number}"
        # A night without workers is one line, not one a second.
        if not fresh.keys() - {LOSSES[Drop.NO_WORKER]} and state == self._state:
            return
        self._state, self._logged = state, Counter(counts)
        latency = status.latency_ms
        parts = [
            f"{status.fps_in:.1f} fps in, {status.fps_out:.1f} out",
            f"latency {latency[0]:.0f}/{latency[2]:.0f} ms" if latency else "no picture yet",
            f"workers: {names or 'none'}",
            *(f"{count} {words}" for words, count in fresh.items()),
            *(warning.words for warning in warnings),
        ]
        log.info("; ".join(parts))


def _of_relief(shedding: Shedding, now_s: float) -> list[StreamWarning]:
    """A warning for everything that is taken from the pictures now."""
    return [
        Trouble.RELIEF.said(f"relief {one.cut}", words=one.words, for_s=now_s - one.since_s)
        for one in shedding.taken
    ]


def _one_line(status: Status) -> str:
    """For `systemctl status`: rate, latency, how many workers are active, what is wrong."""
    working = sum(worker.state == "active" for worker in status.workers)
    parts = [
        f"{status.fps_out:.1f} fps",
        f"{status.latency_ms[0]:.0f} ms" if status.latency_ms else "no picture yet",
        f"{working} of {len(status.workers)} workers",
        *status.warnings[:1],
    ]
    return ", ".join(parts)


class Rate:
    """Events a second, over about the last two seconds."""

    def __init__(self) -> None:
        self._seen: list[tuple[float, int]] = []

    def update(self, count: int, now_s: float) -> float:
        self._seen = [*(one for one in self._seen if one[0] > now_s - 2), (now_s, count)]
        (since_s, before), (until_s, after) = self._seen[0], self._seen[-1]
        return round((after - before) / (until_s - since_s), 2) if until_s > since_s else 0.0


def _rounded(times: Times | None) -> Times | None:
    return Times(*(round(one, 2) for one in times)) if times else None

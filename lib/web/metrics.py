"""The status as Prometheus reads it, for monitoring and for scaling the number of workers.

A scaler uses `afterimage_frames_in_flight` over `afterimage_frames_in_flight_most`, the wait in
`afterimage_ladder_seconds`, and `afterimage_frames_dropped_total`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from lib.wire.messages import HostStatus, Status, WorkerStatus

QUANTILES = ("0.5", "0.95", "0.99")


class OwnCounts(NamedTuple):
    """What this process counts itself."""

    answers: Mapping[str, int]  # of HTTP, by "2xx" and "refused 429"
    pages: int
    pages_let_go: int


class Sample(NamedTuple):
    value: float
    labels: Mapping[str, str] = {}


class StatusCollector(Collector):
    """One status as metrics.

    It is collected once and not registered: our processes keep the counts themselves, and the
    library's own registry would add figures of this process that are not wanted.
    """

    def __init__(self, status: HostStatus, counts: OwnCounts) -> None:
        self._status, self._counts = status, counts

    def collect(self) -> Iterator[Metric]:
        """All metrics; what is not known is left out."""
        return (metric for metric in _metrics(self._status, self._counts) if metric.samples)


def exposition(status: HostStatus, counts: OwnCounts) -> bytes:
    """The metrics in Prometheus's text format 0.0.4."""
    return generate_latest(StatusCollector(status, counts))


def _metrics(status: HostStatus, counts: OwnCounts) -> Iterator[Metric]:
    yield _gauge("up", "1 while the stream says something", float(status.stream is not None))
    yield _gauge("control_uptime_seconds", "of the control process", status.control_uptime_s)
    yield _gauge("params_number", "of what is played", status.params_number)
    yield _gauge("warnings", "sentences that the page shows as warnings", len(status.warnings))
    yield _gauge("pages", "pages that are connected live", counts.pages)
    yield _gauge("preview_watchers", "who looks at the moving picture", status.watchers)
    yield _counter(
        "pages_let_go_total", "pages that stopped reading", [Sample(counts.pages_let_go)]
    )
    answers = {name: count for name, count in counts.answers.items() if name.endswith("xx")}
    yield _counter("http_answers_total", "by class of status", _by("code", answers))
    refused = {
        name.removeprefix("refused "): count
        for name, count in counts.answers.items()
        if name.startswith("refused ")
    }
    yield _counter("http_refused_total", "before they were read", _by("code", refused))
    if status.stream:
        yield from _of_stream(status.stream)
        yield from _of_workers(status.stream.workers)


def _of_stream(stream: Status) -> Iterator[Metric]:
    yield _gauge("uptime_seconds", "of the stream process", stream.uptime_s)
    yield _gauge("fps_in", "frames a second that came in", stream.fps_in)
    yield _gauge("fps_out", "frames a second that were published", stream.fps_out)
    yield _gauge("paused", "1 while no frames are meant to come", float(stream.paused))
    yield _gauge("gliding", "1 while a change glides", float(stream.gliding))
    yield _gauge("playout_delay_seconds", "that keeps the cadence even", stream.delay_ms / 1e3)
    if stream.last_frame_s is not None:
        yield _gauge("last_frame_seconds", "since a frame was published", stream.last_frame_s)
    if stream.flicker is not None:
        yield _gauge("flicker", "change out over change in, where it is still", stream.flicker)
    for name, stage in (("in", "capture"), ("out", "publish")):
        if stage in stream.stages:
            count = stream.stages[stage].counts.get("out", 0)
            yield _counter(f"frames_{name}_total", f"{stage}: frames", [Sample(count)])
    yield _counter("frames_dropped_total", "not shown, by reason", _by("reason", stream.drops))
    if stream.latency_ms:
        samples = _quantiles(stream.latency_ms, {})
        yield _gauge_of("latency_seconds", "from capture to publishing", samples)
    ladder = [
        sample for rung, ms in stream.ladder.items() for sample in _quantiles(ms, {"rung": rung})
    ]
    yield _gauge_of("ladder_seconds", "where the latency goes", ladder)
    events = [
        Sample(count, {"stage": stage, "event": event})
        for stage, known in stream.stages.items()
        for event, count in known.counts.items()
    ]
    yield _counter("stage_events_total", "what each stage counted", events)
    times = [
        sample
        for stage, known in stream.stages.items()
        if known.ms
        for sample in _quantiles(known.ms, {"stage": stage})
    ]
    yield _gauge_of("stage_seconds", "how long each stage takes", times)


def _of_workers(workers: Sequence[WorkerStatus]) -> Iterator[Metric]:
    in_flight = sum(worker.in_flight for worker in workers)
    most = sum(worker.window for worker in workers if worker.state == "active")
    active = sum(worker.state == "active" for worker in workers)
    states = {"active": active, "probation": len(workers) - active}
    yield _gauge_of("workers", "by state", _by("state", states))
    yield _gauge("frames_in_flight", "given to workers and not yet back", in_flight)
    yield _gauge("frames_in_flight_most", "that all active workers together take", most)
    names = _names(workers)
    known: dict[str, tuple[str, Iterable[float | None]]] = {
        "in_flight": ("frames it has", (one.in_flight for one in workers)),
        "window": ("frames it may have", (one.window for one in workers)),
        "fps": ("frames a second it gives back", (one.fps for one in workers)),
        "share": ("of all frames, 0 to 1", (one.share for one in workers)),
        "service_seconds": (
            "that a frame takes it",
            (None if one.service_ms is None else one.service_ms / 1e3 for one in workers),
        ),
        "last_seen_seconds": ("since its last result", (one.last_seen_s for one in workers)),
    }
    for name, (words, values) in known.items():
        pairs = zip(names, values, strict=True)
        samples = [Sample(value, labels) for labels, value in pairs if value is not None]
        yield _gauge_of(f"worker_{name}", words, samples)
    done = [Sample(one.done, labels) for labels, one in zip(names, workers, strict=True)]
    lost = [Sample(one.lost, labels) for labels, one in zip(names, workers, strict=True)]
    yield _counter("worker_done_total", "frames it gave back", done)
    yield _counter("worker_lost_total", "frames it did not give back in time", lost)


def _names(workers: Sequence[WorkerStatus]) -> list[dict[str, str]]:
    """Labels that differ: workers name themselves, and two with one name would make the whole
    exposition invalid."""
    seen: dict[tuple[str, str], int] = {}
    labels = []
    for worker in workers:
        key = (worker.name, worker.address)
        seen[key] = seen.get(key, 0) + 1
        name = worker.name if seen[key] == 1 else f"{worker.name} ({seen[key]})"
        labels.append({"worker": name, "address": worker.address})
    return labels


def _gauge(name: str, words: str, value: float) -> Metric:
    return _gauge_of(name, words, [Sample(value)])


def _gauge_of(name: str, words: str, samples: Sequence[Sample]) -> Metric:
    return _with(GaugeMetricFamily(f"afterimage_{name}", words), samples)


def _counter(name: str, words: str, samples: Sequence[Sample]) -> Metric:
    return _with(CounterMetricFamily(f"afterimage_{name}", words), samples)


def _with(metric: Metric, samples: Sequence[Sample]) -> Metric:
    name = f"{metric.name}_total" if metric.type == "counter" else metric.name
    for value, labels in samples:
        metric.add_sample(name, dict(labels), value)
    return metric


def _by(label: str, counts: Mapping[str, float]) -> list[Sample]:
    return [Sample(count, {label: name}) for name, count in counts.items()]


def _quantiles(ms: Sequence[float], labels: Mapping[str, str]) -> list[Sample]:
    pairs = zip(QUANTILES, ms, strict=True)
    return [Sample(value / 1e3, {**labels, "quantile": name}) for name, value in pairs]

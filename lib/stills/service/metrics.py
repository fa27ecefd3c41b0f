"""The state of the service as Prometheus reads it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from lib.stills.service.parts import ServiceCounts, StillParts


class ServiceCollector(Collector):
    """One state as metrics, collected once and not registered."""

    def __init__(
        self, counts: ServiceCounts, parts: StillParts, answers: Mapping[str, int]
    ) -> None:
        self._counts, self._parts, self._answers = counts, parts, answers

    def collect(self) -> Iterator[Metric]:
        counts, parts = self._counts, self._parts
        jobs = GaugeMetricFamily(_named("jobs"), "by state and lane", labels=("state", "lane"))
        for (state, lane), count in sorted(counts.jobs.items()):
            jobs.add_metric([state, lane], count)
        yield jobs
        workers = parts.roster.there(time.monotonic_ns())
        gauges = {
            "oldest_waiting_seconds": ("since the oldest waiting job was asked for",
                                       counts.oldest_s),
            "ledger_seconds": ("that the ledger took to count", counts.took_s),
            "kept_bytes": ("of pictures", counts.kept_bytes),
            "free_bytes": ("of the disk", counts.free_bytes),
            "pages": ("that are told of events", len(parts.hub.pages)),
            "waiting_workers": ("that are held until there is a job", len(parts.claims.waiting)),
            "private_lost": ("private jobs that ended with the service before this one",
                             self._parts.ledgers.kept.book.private_lost),
            "workers": ("that asked within the last minute", len(workers)),
        }  # fmt: skip
        for name, (words, value) in gauges.items():
            yield GaugeMetricFamily(_named(name), words, value)
        for name, (words, count) in {
            "tries_total": (
                "errors that workers reported, and lies",
                sum(one.leases.tries for one in parts.ledgers.both),
            ),
            "leases_lost_total": (
                "that ran out",
                sum(one.leases.lost for one in parts.ledgers.both),
            ),
            "pages_let_go_total": ("pages that stopped reading", parts.hub.let_go),
            **{name: (words, tally()) for name, (words, tally) in parts.tallies.items()},
        }.items():
            yield CounterMetricFamily(_named(name), words, count)
        answers = CounterMetricFamily(_named("http_answers"), "by class", labels=("code",))
        for name, count in sorted(self._answers.items()):
            if name.endswith("xx"):
                answers.add_metric([name], count)
        yield answers


def exposition(counts: ServiceCounts, parts: StillParts, answers: Mapping[str, int]) -> bytes:
    return generate_latest(ServiceCollector(counts, parts, answers))


def _named(name: str) -> str:
    return f"afterimage_stills_{name}"

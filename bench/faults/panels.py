"""What a soak's rows look like as panels above each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.faults.draw import Curve, Panel
from bench.faults.rows import DROPS, Row


def panels(rows: Sequence[Row], names: Sequence[str], fps: float) -> list[Panel]:
    times = [row.at_s for row in rows]

    def curve(name: str, value: Callable[[Row], float | None]) -> Curve:
        return Curve(name, times, [value(row) for row in rows])

    def held(what: str) -> list[Curve]:
        return [
            curve(name, lambda row, n=name: getattr(row.held.get(n), what, None))  # type: ignore[misc]
            for name in names
        ]

    drops = [
        curve(name, lambda row, n=name: float(row.drops.get(n, 0)))  # type: ignore[misc]
        for name in DROPS
    ]
    return [
        Panel("memory, MB", held("memory_mb"), high=1.6),
        Panel("descriptors", held("descriptors")),
        Panel("threads", held("threads")),
        Panel("pictures a second", [curve("seen", lambda row: row.fps)], level=("offered", fps)),
        Panel(
            "latency, ms",
            [
                curve("p50", lambda row: row.p50_ms),
                curve("p99", lambda row: row.p99_ms),
                curve("delay", lambda row: row.delay_ms or None),
            ],
            logarithmic=True,
            lowest=10,
        ),
        Panel(
            "longest silence, ms",
            [curve("seen", lambda row: row.silence_ms)],
            logarithmic=True,
            lowest=10,
        ),
        Panel("dropped a second", drops, logarithmic=True),
    ]

"""How signals are: for the page, for programs and for Prometheus."""

from __future__ import annotations

import time
from dataclasses import asdict

from lib.http.bodies import JsonObject
from lib.signals.bus import Signal
from lib.signals.modulate import Modulate, rows_of, values_of
from lib.signals.parts import SignalParts
from lib.signals.sources import Sources

Values = list[tuple[dict[str, str], float]]


class SignalReport:
    def __init__(self, parts: SignalParts, sources: Sources, modulate: Modulate) -> None:
        self._parts, self._sources, self._modulate = parts, sources, modulate

    def status(self) -> JsonObject:
        parts, now_ns = self._parts, time.monotonic_ns()
        played = parts.played()
        return {
            "known": parts.now.known,
            "live_port": parts.settings.settings_port,
            "stills_port": parts.settings.stills_port,
            "sources": [one._asdict() for one in self._sources.status()],
            "signals": [signal_json(one, now_ns) for one in parts.bus.signals()],
            "refused": dict(parts.bus.refused),
            "rows": [asdict(row) for row in rows_of(played.mapping)],
            "armed": self._modulate.armed,
            "on": played.signals,
            "silent": played.silences_signals,
            "played": values_of(played),
            "moved": {name: round(value, 4) for name, value in parts.moved().items()},
            "hands": {name: round(left, 1) for name, left in parts.now.hands.items()},
            "learn": {"listens": parts.learn.listens, "found": parts.learn.found},
            "bpm": round(parts.beat.bpm(), 1),
            "states_sent": self._modulate.sent,
        }

    def metrics(self) -> str:
        """As Prometheus reads it; so few that no library is needed for them."""
        now_ns = time.monotonic_ns()
        lines = []
        families: list[tuple[str, str, str, Values]] = [
            ("armed_rows", "gauge", "of the mapping", [({}, self._modulate.armed)]),
            ("states_sent_total", "counter", "to stream and view", [({}, self._modulate.sent)]),
            ("values_total", "counter", "put on the bus", [({}, self._parts.bus.puts)]),
            (
                "refused_total",
                "counter",
                "values, by reason",
                [({"reason": name}, count) for name, count in self._parts.bus.refused.items()],
            ),
            ("age_seconds", "gauge", "of the newest value of a source", self._ages(now_ns)),
            (
                "source_up",
                "gauge",
                "1 while it runs, 0 while it waits for something",
                [
                    ({"source": one.name}, int(one.state == "running"))
                    for one in self._sources.status()
                    if one.state != "off"
                ],
            ),
            (
                "source_counts_total",
                "counter",
                "what came to a source, by kind",
                [
                    ({"source": one.name, "kind": kind}, count)
                    for one in self._sources.status()
                    for kind, count in one.counts.items()
                ],
            ),
        ]
        for name, kind, words, values in families:
            full = f"afterimage_signals_{name}"
            lines += [f"# HELP {full} {words}", f"# TYPE {full} {kind}"]
            lines += [f"{full}{_labels(labels)} {value}" for labels, value in values]
        return "\n".join(lines) + "\n"

    def _ages(self, now_ns: int) -> list[tuple[dict[str, str], float]]:
        newest: dict[str, int] = {}
        for one in self._parts.bus.signals():
            newest[one.source] = max(newest.get(one.source, 0), one.at_ns)
        return [
            ({"source": name}, round((now_ns - at_ns) / 1e9, 3))
            for name, at_ns in sorted(newest.items())
        ]


def signal_json(signal: Signal, now_ns: int) -> JsonObject:
    return {
        "name": signal.name,
        "value": round(signal.value, 4),
        "age_s": round((now_ns - signal.at_ns) / 1e9, 3),
        "quality": round(signal.quality, 2),
        "source": signal.source,
        "holds": signal.holds,
        "lost": signal.lost(now_ns),
    }


def _labels(labels: dict[str, str]) -> str:
    inner = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{inner}}}" if inner else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

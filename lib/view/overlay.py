"""The figures over the picture, drawn with OpenCV's own font: no font file or library is needed."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from lib.core.geometry import Size
from lib.core.pixels import Pixels
from lib.core.plain import printable
from lib.view.meter import Reading
from lib.wire.messages import Status, WorkerStatus

MOST_WORKERS = 6
LONGEST_NAME, LONGEST_SOURCE = 24, 60
_SHADE = 0.68  # how much the panel darkens the picture
_LABEL, _VALUE = (150, 170, 185), (255, 255, 255)
_WEIGHT = 500  # a little bolder than usual: it is read from across a room


class OverlayLine(NamedTuple):
    label: str
    value: str


def compose(
    size: Size | None,
    reading: Reading,
    status: Status | None,
    dropped: dict[str, int],
    elsewhere: bool,
) -> list[OverlayLine]:
    """The overlay's lines. `elsewhere`: another machine's clock stamped the frames."""
    lines = [OverlayLine("picture", str(size) if size else "none yet")]
    rate = f"{reading.fps:.1f} fps"
    if status:
        lines.insert(0, OverlayLine("source", _plain(status.source, LONGEST_SOURCE)))
        rate += f" of {status.fps_in:.1f} coming in"
    lines.append(OverlayLine("rate", rate))
    if reading.p50_ms is None or reading.p95_ms is None:
        latency = "no frames"
    else:
        latency = f"p50 {reading.p50_ms:.0f}   p95 {reading.p95_ms:.0f} ms"
        if elsewhere:
            latency += "   (estimate: the clocks of two machines)"
    lines.append(OverlayLine("latency", latency))
    if status:
        lines.append(OverlayLine("playout", f"{status.playout}, delay {status.delay_ms:.0f} ms"))
        lines += _workers(status.workers)
    if any(dropped.values()):
        words = (f"{count} {why}" for why, count in dropped.items() if count)
        lines.append(OverlayLine("not shown", ", ".join(words)))
    return lines


def _workers(workers: list[WorkerStatus]) -> list[OverlayLine]:
    lines = [OverlayLine("workers", str(len(workers)) if workers else "none")]
    for worker in workers[:MOST_WORKERS]:
        text = f"{worker.fps:.1f} fps"
        if worker.service_ms is not None:
            text += f"   {worker.service_ms:.1f} ms"
        if worker.state != "active":
            text += f"   {_plain(worker.state, 16)}"
        lines.append(OverlayLine(_plain(worker.name, LONGEST_NAME), text))
    if len(workers) > MOST_WORKERS:
        lines.append(OverlayLine("", f"and {len(workers) - MOST_WORKERS} more"))
    return lines


def draw(lines: list[OverlayLine], screen: Size) -> Pixels:
    """The lines as a panel of RGBA pixels, large enough to be read from a distance, and no wider
    than the screen."""
    height = max(11, min(screen.height, screen.width) // 36)
    font = cv2.FontFace("sans")
    first = max(_width(line.label, font, height) for line in lines) + height
    second = max(_width(line.value, font, height) for line in lines)
    step = height * 3 // 2
    panel = Size(first + second + 2 * height, step * len(lines) + height)
    colours = np.zeros((panel.height, panel.width, 3), np.uint8)
    for number, line in enumerate(lines):
        base = height // 2 + step * number + height + height // 8
        cv2.putText(colours, line.label, (height, base), _LABEL, font, height, _WEIGHT)
        cv2.putText(colours, line.value, (height + first, base), _VALUE, font, height, _WEIGHT)
    room = Size(max(1, screen.width - 2 * height), max(1, screen.height - 2 * height))
    return _over_shade(colours[: room.height, : room.width])


def _over_shade(colours: Pixels) -> Pixels:
    """Text on a shade that lets the picture through. A pixel's brightest channel is taken for how
    much of it the text covers, which is close enough for greys."""
    cover = colours.max(axis=2, keepdims=True).astype(np.float32) / 255
    alpha = 1 - (1 - cover) * (1 - _SHADE)
    panel: Pixels = np.concatenate([colours / alpha, alpha * 255], axis=2).round().astype(np.uint8)
    return panel


def _width(text: str, font: cv2.FontFace, height: int) -> int:
    return int(cv2.getTextSize((0, 0), text, (0, 0), font, height, _WEIGHT)[2]) if text else 0


def _plain(text: str, most: int) -> str:
    """One short line: names come from workers, and may hold anything."""
    shown = printable(text)
    return shown if len(shown) <= most else shown[: most - 1] + "…"

"""Charts as SVG: figures over seconds in panels above each other, bars, and a stack of parts.

A page about a site must be one file that any machine can make, print and read without colour: so
curves differ in dash as well, bars in grey, and no library is asked for.
"""

from __future__ import annotations

import colorsys
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

LEFT, RIGHT, TOP, BOTTOM = 34, 8, 16, 20
FONT = "font-family='system-ui, Liberation Sans, sans-serif' font-size='9'"
# Dark and light take turns, so that neighbours differ and the ink on them is known.
GREYS = ("#1b1b1b", "#a9bccd", "#3f5f80", "#d4d4d4", "#5c5c5c", "#bcd5e8", "#26435f", "#e8e8e8")
COLOURS = ("#1d4e79", "#c8541b", "#2e8b57", "#8a4fa8", "#b8860b", "#5c5c5c", "#00868b", "#a52a4a")
DASHES = ("", "5 3", "1.5 2.5")
UNKNOWN = "<p>not known</p>"


@dataclass(frozen=True)
class Curve:
    """Nothing is drawn where a value is None."""

    name: str
    times_s: Sequence[float]
    values: Sequence[float | None]
    steps: bool = False  # a value holds until the next one


@dataclass(frozen=True)
class Panel:
    label: str  # what it is, and in which unit
    curves: Sequence[Curve]
    logarithmic: bool = False
    level: tuple[str, float] | None = None  # what was wanted
    lowest: float = 0.0
    high: float = 1.0  # beside the other panels


@dataclass(frozen=True)
class Mark:
    """From when to when something was done to the show; the same name has the same shade."""

    name: str
    start_s: float
    end_s: float


def shade(place: int) -> str:
    """Light, and far from those of its neighbours."""
    rgb = colorsys.hsv_to_rgb(0.07 + place * 0.618, (0.22, 0.4, 0.3)[place % 3], 0.95)
    return "#" + "".join(f"{round(255 * part):02x}" for part in rgb)


class Axes:
    """Where a moment and a value lie in a panel of this size."""

    def __init__(self, panel: Panel, wide: float, high: float, end_s: float = 0.0) -> None:
        self.wide, self.high, self._logarithmic = wide, high, panel.logarithmic
        values = [y for curve in panel.curves for y in curve.values if y is not None]
        values += [panel.level[1]] if panel.level else []
        self.end_s = end_s or max([x for one in panel.curves for x in one.times_s] + [1.0])
        self.low = panel.lowest
        self.top = max(_round_up(max(values, default=1.0) * 1.05), self.low + 1e-9)

    def x(self, time_s: float) -> float:
        inner = self.wide - LEFT - RIGHT
        return round(LEFT + inner * min(max(time_s / self.end_s, 0.0), 1.0), 1)

    def y(self, value: float) -> float:
        low, share, top = map(self._scaled, (self.low, value, self.top))
        share = min(max((share - low) / (top - low), 0.0), 1.0)
        return round(self.high - BOTTOM - (self.high - BOTTOM - TOP) * share, 1)

    def _scaled(self, value: float) -> float:
        return math.log10(1 + value) if self._logarithmic else value

    def ticks(self) -> list[float]:
        if self._logarithmic:
            return [t for t in (1, 10, 100, 1000, 10_000, 100_000) if self.low <= t <= self.top]
        return [self.low, (self.low + self.top) / 2, self.top]


def lines(panel: Panel, wide: float = 340, high: float = 120) -> str:
    """One panel as a picture of its own."""
    if not any(curve.values for curve in panel.curves):
        return UNKNOWN
    return _svg(_panel(panel, Axes(panel, wide, high)), wide, high)


def draw(path: Path, title: str, panels: Sequence[Panel], marks: Sequence[Mark] = ()) -> None:
    """Panels above each other, as a file; what happened meanwhile is shaded and named below."""
    names = sorted({mark.name for mark in marks})
    wide, y = 1320.0, 24.0
    parts = [
        f'<text x="{wide / 2}" y="16" text-anchor="middle" font-size="13">{escape(title)}</text>'
    ]
    end_s = max([x for panel in panels for curve in panel.curves for x in curve.times_s] + [1.0])
    for place, panel in enumerate(panels):
        axes = Axes(panel, wide, 180 * panel.high, end_s)
        drawn = "".join(_marks(axes, marks, names, numbered=place == 0))
        drawn += "".join(_panel(panel, axes))
        parts.append(f'<g transform="translate(0 {y:.0f})">{drawn}</g>')
        y += axes.high
    for place, name in enumerate(names):
        x, below = 40 + 320 * (place % 4), y + 14 * (place // 4)
        parts.append(f'<rect x="{x}" y="{below}" width="10" height="10" fill="{shade(place)}"/>')
        text = f"{place + 1} {escape(name)}"
        parts.append(f'<text x="{x + 14}" y="{below + 9}">{text}</text>')
    y += 14 * -(-len(names) // 4) + 10
    path.write_text(_svg(parts, wide, y), "utf-8")


def _marks(
    axes: Axes, marks: Sequence[Mark], names: Sequence[str], numbered: bool
) -> Iterator[str]:
    for mark in marks:
        place, x = names.index(mark.name), axes.x(mark.start_s)
        size = f'width="{max(axes.x(mark.end_s) - x, 0.5):.1f}" height="{axes.high - TOP - BOTTOM}"'
        yield f'<rect x="{x}" y="{TOP}" {size} fill="{shade(place)}"/>'
        if numbered:  # neighbours in the legend may look alike: their numbers do not
            yield f'<text x="{x}" y="{TOP - 3}" font-size="7">{place + 1}</text>'


def _panel(panel: Panel, axes: Axes) -> Iterator[str]:
    yield from _frame(axes, f"{panel.label}, 0 to {axes.end_s:.0f} s")
    if panel.level:
        y, right = axes.y(panel.level[1]), axes.wide - RIGHT
        yield _wanted(LEFT, y, right, y)
        yield _end(right, y - 3, panel.level[0])
    for number, curve in enumerate(panel.curves):
        dash = DASHES[number % len(DASHES)]
        style = f'fill="none" stroke="{COLOURS[number % len(COLOURS)]}" stroke-dasharray="{dash}"'
        for way in _pieces(curve, axes):
            yield f'<polyline points="{way}" {style}/>'
        x = LEFT + 6 + 100 * number
        yield f'<line x1="{x}" x2="{x + 18}" y1="{TOP - 7}" y2="{TOP - 7}" {style}/>'
        yield f'<text x="{x + 22}" y="{TOP - 4}">{escape(curve.name)}</text>'


def _frame(axes: Axes, across: str) -> Iterator[str]:
    base, right = axes.high - BOTTOM, axes.wide - RIGHT
    yield (
        f'<rect x="{LEFT}" y="{TOP}" width="{right - LEFT}" height="{base - TOP}"'
        ' fill="none" stroke="#888" stroke-width=".5"/>'
    )
    for tick in axes.ticks():
        yield _end(LEFT - 4, axes.y(tick) + 3, f"{tick:g}")
    middle = (LEFT + right) / 2
    yield f'<text x="{middle}" y="{axes.high - 6}" text-anchor="middle">{escape(across)}</text>'


def _pieces(curve: Curve, axes: Axes) -> Iterator[str]:
    """A line for each stretch without a gap."""
    points: list[str] = []
    for time_s, value in zip(curve.times_s, curve.values, strict=True):
        if value is None:
            if points:
                yield " ".join(points)
            points = []
            continue
        x, y = axes.x(time_s), axes.y(value)
        if curve.steps and points:
            points.append(f"{x},{points[-1].partition(',')[2]}")
        points.append(f"{x},{y}")
    if points:
        yield " ".join(points)


def bars(values: Sequence[float], mark: tuple[str, float], unit: str) -> str:
    """How often which value; the last bar holds all that is larger."""
    if not values:
        return UNKNOWN
    most, count = max(3 * mark[1], 1e-9), 30
    found = [0] * count
    for value in values:
        found[min(count - 1, int(value / most * count))] += 1
    edges = [most * n / count for n in range(count)]
    axes = Axes(Panel("", [Curve("", edges, [float(n) for n in found])]), 340, 120, most)
    wide, base = (axes.wide - LEFT - RIGHT) / count, axes.high - BOTTOM
    parts = [
        f'<rect x="{axes.x(at)}" y="{axes.y(many)}" width="{wide - 1:.1f}"'
        f' height="{base - axes.y(many):.1f}" fill="{GREYS[2]}"/>'
        for at, many in zip(edges, found, strict=True)
    ]
    parts += _frame(axes, f"frames; 0 to {most:.0f} {unit} and more")
    x = axes.x(mark[1])
    parts.append(_wanted(x, TOP, x, base))
    parts.append(f'<text x="{x + 4}" y="{TOP + 9}">{escape(mark[0])}</text>')
    return _svg(parts, axes.wide, axes.high)


def stack(parts: dict[str, float], wide: int = 700, high: int = 26) -> str:
    """One bar of all parts in their order, with those named that are wide enough."""
    whole = sum(parts.values())
    if whole <= 0:
        return UNKNOWN
    drawn, x = [], 0.0
    for number, (name, value) in enumerate(parts.items()):
        share, grey = value / whole * wide, GREYS[number % len(GREYS)]
        drawn.append(f'<rect x="{x:.1f}" width="{share:.1f}" height="{high}" fill="{grey}"/>')
        if share > 6.2 * len(name) + 6:
            ink, middle = "#fff" if number % 2 == 0 else "#000", x + share / 2
            place = f'x="{middle:.1f}" y="{high / 2 + 3.5}" text-anchor="middle" fill="{ink}"'
            drawn.append(f"<text {place}>{escape(name)}</text>")
        x += share
    return _svg(drawn, wide, high, "stack")


def key(number: int) -> str:
    """The square that says which part of a stack is meant."""
    square = f'<rect width="10" height="10" fill="{GREYS[number % len(GREYS)]}" stroke="#000"/>'
    return _svg([square], 10, 10, "key")


def _svg(
    parts: Iterator[str] | Sequence[str], wide: float, high: float, kind: str = "chart"
) -> str:
    size = f"viewBox='0 0 {wide:g} {high:g}' class='{kind}' {FONT}"
    return f"<svg xmlns='http://www.w3.org/2000/svg' {size}>{''.join(parts)}</svg>"


def _end(x: float, y: float, text: str) -> str:
    return f'<text x="{x}" y="{y:.1f}" text-anchor="end">{escape(text)}</text>'


def _wanted(x1: float, y1: float, x2: float, y2: float) -> str:
    place = f'x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"'
    return f'<line {place} stroke="#000" stroke-dasharray="8 3 1 3"/>'


def _round_up(value: float) -> float:
    """To a figure that is easily read."""
    size = 1.0
    while size * 10 < value:
        size *= 10
    return next(
        (size * step for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if size * step >= value), value
    )

"""Charts as SVG that can be read on paper without colour: lines differ in dash, bars in grey."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDE, HIGH = 340, 120
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 16, 20
# Dark and light take turns, so that neighbours differ and the ink on them is known.
GREYS = ("#1b1b1b", "#a9bccd", "#3f5f80", "#d4d4d4", "#5c5c5c", "#bcd5e8", "#26435f", "#e8e8e8")
DASHES = ("", "5 3", "1.5 2.5")

Points = Sequence[tuple[float, float]]


def lines(curves: dict[str, Points], level: tuple[str, float] | None, unit: str) -> str:
    """Curves over seconds, each with its name; `level` is what was wanted."""
    points = [one for curve in curves.values() for one in curve]
    if not points:
        return "<p>not known</p>"
    top = _round_up(max([y for _, y in points] + ([level[1]] if level else [])) * 1.05)
    end = max([x for x, _ in points] + [1.0])
    parts = [_frame(top, f"0 to {end:.0f} s", unit)]
    if level:
        y = _y(level[1], top)
        parts.append(f'<line x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{y}" y2="{y}" class="wanted"/>')
        parts.append(f'<text x="{WIDE - RIGHT}" y="{y - 3}" class="end">{escape(level[0])}</text>')
    for number, (name, curve) in enumerate(curves.items()):
        way = " ".join(f"{_x(x, end)},{_y(y, top)}" for x, y in curve)
        dash = DASHES[number % len(DASHES)]
        parts.append(f'<polyline points="{way}" class="curve" stroke-dasharray="{dash}"/>')
        x = LEFT + 6 + 100 * number
        parts.append(
            f'<line x1="{x}" x2="{x + 18}" y1="{TOP - 7}" y2="{TOP - 7}" class="curve"'
            f' stroke-dasharray="{dash}"/><text x="{x + 22}" y="{TOP - 4}">{escape(name)}</text>'
        )
    return _svg(parts)


def bars(values: Sequence[float], mark: tuple[str, float], unit: str) -> str:
    """How often which value; the last bar holds all that is larger."""
    if not values:
        return "<p>not known</p>"
    most = max(3 * mark[1], 1e-9)
    count = 30
    found = [0] * count
    for value in values:
        found[min(count - 1, int(value / most * count))] += 1
    top = max(found)
    wide = (WIDE - LEFT - RIGHT) / count
    parts = [_frame(top, f"0 to {most:.0f} {unit} and more", "frames")]
    for number, many in enumerate(found):
        y = _y(many, top)
        parts.append(
            f'<rect x="{LEFT + number * wide:.1f}" y="{y}" width="{wide - 1:.1f}"'
            f' height="{HIGH - BOTTOM - y:.1f}" fill="{GREYS[2]}"/>'
        )
    x = _x(mark[1], most)
    parts.append(f'<line x1="{x}" x2="{x}" y1="{TOP}" y2="{HIGH - BOTTOM}" class="wanted"/>')
    parts.append(f'<text x="{x + 4}" y="{TOP + 9}">{escape(mark[0])}</text>')
    return _svg(parts)


def stack(parts: dict[str, float], wide: int = 700, high: int = 26) -> str:
    """One bar of all parts in their order, with those named that are wide enough."""
    whole = sum(parts.values())
    if whole <= 0:
        return "<p>not known</p>"
    drawn, x = [], 0.0
    for number, (name, value) in enumerate(parts.items()):
        share = value / whole * wide
        grey = GREYS[number % len(GREYS)]
        drawn.append(f'<rect x="{x:.1f}" width="{share:.1f}" height="{high}" fill="{grey}"/>')
        if share > 6.2 * len(name) + 6:
            ink = "#fff" if number % 2 == 0 else "#000"
            drawn.append(
                f'<text x="{x + share / 2:.1f}" y="{high / 2 + 3.5}" fill="{ink}"'
                f' class="middle">{escape(name)}</text>'
            )
        x += share
    return f'<svg viewBox="0 0 {wide} {high}" class="stack">{"".join(drawn)}</svg>'


def key(number: int) -> str:
    """The square that says which part of a stack is meant."""
    return (
        '<svg viewBox="0 0 10 10" class="key">'
        f'<rect width="10" height="10" fill="{GREYS[number % len(GREYS)]}" stroke="#000"/></svg>'
    )


def _svg(parts: list[str]) -> str:
    return f'<svg viewBox="0 0 {WIDE} {HIGH}">{"".join(parts)}</svg>'


def _frame(top: float, across: str, unit: str) -> str:
    base = HIGH - BOTTOM
    return (
        f'<rect x="{LEFT}" y="{TOP}" width="{WIDE - LEFT - RIGHT}" height="{base - TOP}"'
        ' class="frame"/>'
        f'<text x="{LEFT - 4}" y="{TOP + 7}" class="end">{top:g}</text>'
        f'<text x="{LEFT - 4}" y="{base}" class="end">0</text>'
        f'<text x="{LEFT - 4}" y="{(base + TOP) / 2 + 3}" class="end">{escape(unit)}</text>'
        f'<text x="{(LEFT + WIDE - RIGHT) / 2}" y="{HIGH - 6}" class="middle">'
        f"{escape(across)}</text>"
    )


def _x(value: float, end: float) -> float:
    return round(LEFT + (WIDE - LEFT - RIGHT) * min(value / end, 1.0), 1)


def _y(value: float, top: float) -> float:
    return round(HIGH - BOTTOM - (HIGH - BOTTOM - TOP) * min(value / max(top, 1e-9), 1.0), 1)


def _round_up(value: float) -> float:
    """To a figure that is easily read."""
    size = 1.0
    while size * 10 < value:
        size *= 10
    return next(
        (size * step for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if size * step >= value), value
    )

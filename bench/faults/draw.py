"""Figures over time, in panels above each other, as a PNG; what happened meanwhile is shaded.

matplotlib is for developers only (requirements-dev.txt), so it is imported when something is
drawn, and nowhere else.
"""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

WIDE, HIGH = 12.0, 1.7  # inches: the picture, and each panel
DPI = 110
COLOURS = ("#1f6fb4", "#c8541b", "#2e8b57", "#8a4fa8", "#b8860b", "#5c5c5c", "#00868b", "#a52a4a")


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
    highest: float | None = None
    high: float = 1.0  # beside the other panels


@dataclass(frozen=True)
class Mark:
    """From when to when something was done to the show; the same name has the same shade."""

    name: str
    start_s: float
    end_s: float


def shade(place: int) -> tuple[float, float, float]:
    """Light, and far from those of its neighbours."""
    return colorsys.hsv_to_rgb(0.07 + place * 0.618, (0.22, 0.4, 0.3)[place % 3], 0.95)


def draw(path: Path, title: str, panels: Sequence[Panel], marks: Sequence[Mark] = ()) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch
    from matplotlib.ticker import NullLocator, ScalarFormatter, SymmetricalLogLocator

    names = sorted({mark.name for mark in marks})
    shades = {name: shade(place) for place, name in enumerate(names)}
    heights = [panel.high for panel in panels]
    figure = Figure(figsize=(WIDE, HIGH * sum(heights) + 1.2), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize=11)
    rows = figure.subplots(
        len(panels), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights}
    )
    for axes, panel in zip(rows[:, 0], panels, strict=True):
        for mark in marks:
            axes.axvspan(mark.start_s, mark.end_s, color=shades[mark.name], lw=0)
        for place, curve in enumerate(panel.curves):
            values = [float("nan") if value is None else value for value in curve.values]
            axes.plot(
                curve.times_s,
                values,
                label=curve.name,
                color=COLOURS[place % len(COLOURS)],
                linewidth=1,
                drawstyle="steps-post" if curve.steps else "default",
            )
        if panel.level:
            axes.axhline(panel.level[1], color="#000000", lw=0.8, ls="--", label=panel.level[0])
        axes.set_ylabel(panel.label, fontsize=8)
        axes.tick_params(labelsize=8)
        axes.grid(visible=True, color="#00000018")
        if panel.logarithmic:
            axes.set_yscale("symlog", linthresh=1)
            ticks = SymmetricalLogLocator(base=10, linthresh=1, subs=[1, 2, 5])
            axes.yaxis.set_major_locator(ticks)
            axes.yaxis.set_minor_locator(NullLocator())
            axes.yaxis.set_major_formatter(ScalarFormatter())
        axes.set_ylim(bottom=panel.lowest, top=panel.highest)
        if len(panel.curves) > 1 or panel.level:
            axes.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    top = rows[0, 0]
    for mark in marks:  # neighbours in the legend may look alike: their numbers do not
        middle, number = (mark.start_s + mark.end_s) / 2, str(1 + names.index(mark.name))
        where = top.get_xaxis_transform()
        top.text(middle, 1.01, number, transform=where, ha="center", fontsize=6)
    rows[-1, 0].set_xlabel("seconds", fontsize=8)
    rows[-1, 0].margins(x=0.005)
    if names:
        patches = [
            Patch(color=shades[name], label=f"{number} {name}")
            for number, name in enumerate(names, 1)
        ]
        figure.legend(
            handles=patches, loc="outside lower center", ncols=4, fontsize=7, frameon=False
        )
    figure.savefig(path)

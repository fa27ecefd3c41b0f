"""The controls of a controller: from touches to positions from 0 to 1. No I/O, no clock.

No message says whether it comes from a fader, from an encoder that turns without end, or from one
half of a fine fader. The settings may say it; else it is seen from what comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, get_args

from lib.signals.midi.messages import MidiControl, MidiTouch, control_named

ControlMode = Literal["absolute", "wide", "signed", "offset", "toggle"]
MODES: tuple[ControlMode, ...] = get_args(ControlMode)
STEP = 1 / 127  # of an encoder, for each of its clicks
MOST_CONTROLS = 128  # of one controller: a port that invents more fills nothing


def read_modes(text: str) -> dict[MidiControl, ControlMode]:
    """`1.cc16=signed 10.note36=toggle`; ValueError in one sentence for anything else."""
    modes: dict[MidiControl, ControlMode] = {}
    for word in text.replace(",", " ").split():
        name, _, said = word.partition("=")
        control = control_named(name)
        mode = next((one for one in MODES if one == said), None)
        if mode is None:
            raise ValueError(f"{word!r}: a mode is one of {', '.join(MODES)}")
        if mode == "wide" and not _may_be_wide(control):
            raise ValueError(f"{word!r}: only cc0 to cc31 have a fine part, 32 above them")
        modes[control] = mode
    return modes


@dataclass
class ControlPosition:
    """One control, and where it stands."""

    control: MidiControl
    mode: ControlMode = "absolute"
    position: float = 0.0
    high: int = 0  # of a wide control: its coarse part
    _levels: list[int] = field(default_factory=list)

    def take(self, level: int, *, fixed: bool = False) -> float:
        """The position after this level, which also stays in `position`."""
        if not fixed:
            self._guess(level)
        self.position = min(1.0, max(0.0, self._taken(level)))
        return self.position

    def take_fine(self, level: int) -> float:
        """The same for the fine part of a wide control."""
        self.position = (self.high * 128 + level) / 16383
        return self.position

    def _guess(self, level: int) -> None:
        self._levels = [*self._levels[-7:], level]
        if self.control.kind != "cc" or self.mode == "wide":
            return
        if _from_encoder(self._levels):
            near_middle = any(57 <= one <= 71 for one in self._levels)
            self.mode = "offset" if near_middle else "signed"
        elif not all(map(_is_step, self._levels)):
            self.mode = "absolute"

    def _taken(self, level: int) -> float:
        match self.mode:
            case "signed":  # 1 to 63 up, 127 to 64 down: two's complement
                return self.position + STEP * (level - 128 if level > 63 else level)
            case "offset":  # 64 stands still
                return self.position + STEP * (level - 64)
            case "toggle":
                return float(self.position < 0.5) if level else self.position
            case "wide":
                self.high = level
                # The fine part follows at once; its end of the same side makes no step.
                return level * 128 / 16383 if level < 127 else 1.0
        return level / (16383 if self.control.kind == "pitch" else 127)


class Controls:
    """All that were touched on one controller."""

    def __init__(self, modes: Mapping[MidiControl, ControlMode] | None = None) -> None:
        self._modes = dict(modes or {})
        self._all: dict[MidiControl, ControlPosition] = {}
        self._latest: MidiTouch | None = None
        self._fine = 0  # touches in a row that looked like the fine part of the one before
        self.refused = 0

    def take(self, touch: MidiTouch) -> ControlPosition | None:
        """The control that moved, or None where there are too many."""
        coarse = self._coarse_of(touch)
        self._latest = touch
        if coarse:
            if coarse.mode == "wide":
                coarse.take_fine(touch.level)
            return coarse
        known = self._all.get(touch.control)
        if known is None:
            if len(self._all) >= MOST_CONTROLS:
                self.refused += 1
                return None
            mode = self._modes.get(touch.control, "absolute")
            known = self._all[touch.control] = ControlPosition(touch.control, mode)
        known.take(touch.level, fixed=touch.control in self._modes)
        return known

    def at(self, control: MidiControl) -> ControlPosition:
        """The control as it stands; one that was not touched yet stands at 0."""
        mode = self._modes.get(control, "absolute")
        return self._all.get(control) or ControlPosition(control, mode)

    def put(self, control: MidiControl, position: float) -> None:
        """Its motor moved it, or its encoder was told where it is."""
        if control in self._all or len(self._all) < MOST_CONTROLS:
            at = self.at(control)
            at.position = position
            self._all[control] = at

    def __len__(self) -> int:
        return len(self._all)

    def _coarse_of(self, touch: MidiTouch) -> ControlPosition | None:
        """The control whose fine part this is, or may be: two knobs of those numbers are not
        turned in turns, and the parts of a wide one always come so."""
        control = touch.control
        coarse = control._replace(number=control.number - 32)
        known = self._all.get(coarse)
        if control.kind != "cc" or not 32 <= control.number < 64 or known is None:
            return None
        if known.mode == "wide":
            return known
        latest = self._latest
        if coarse in self._modes or latest is None or latest.control != coarse:
            self._fine = 0
            return None
        self._fine += 1
        if control in self._all and self._fine < 3:
            return None
        if self._fine >= 3:
            known.mode, known.high, self._fine = "wide", latest.level, 0
        return known


def _may_be_wide(control: MidiControl) -> bool:
    return control.kind == "cc" and control.number < 32


def _from_encoder(levels: list[int]) -> bool:
    """Whether they are clicks: an encoder says the same again and again, which a fader does not,
    or jumps from one click up to one click down. A button that says 127 each time is none."""
    odd = sum(
        1 for before, after in pairwise(levels) if before == after or abs(after - before) > 99
    )
    rises = any(1 <= level <= 7 or 65 <= level <= 71 for level in levels)
    return odd >= 2 and rises and all(map(_is_step, levels))


def _is_step(level: int) -> bool:
    """Whether an encoder may send this for some clicks: near 0, 64 or 127, and never at rest."""
    return 1 <= level <= 7 or 121 <= level <= 127 or (57 <= level <= 71 and level != 64)

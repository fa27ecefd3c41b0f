"""The sources that need nothing: each wave at its rate, and the beat as signals."""

from __future__ import annotations

import pytest

from lib.signals.beat_source import beat_signals
from lib.signals.lfo import RATES, SHAPES, waves

S = 1_000_000_000


def test_each_wave_comes_at_each_rate_and_repeats_with_it() -> None:
    first = waves(100 * S)
    assert len(first) == (len(SHAPES) + 1) * len(RATES)
    assert first["sine"] == pytest.approx(waves(104 * S)["sine"])
    assert first["ramp.fast"] == pytest.approx(waves(101 * S)["ramp.fast"])
    assert waves(101 * S)["ramp"] == pytest.approx((first["ramp"] + 0.25) % 1)
    assert all(0 <= value <= 1 for value in first.values())


def test_a_beat_is_a_phase_a_pulse_and_a_bar() -> None:
    assert beat_signals(None) == {}
    on, off = beat_signals(8.0), beat_signals(9.5)
    assert (on["phase"], on["pulse"], on["swing"], on["bar"]) == (0.0, 1.0, 0.0, 0.0)
    assert (off["phase"], off["pulse"], off["swing"]) == (0.5, 0.25, 0.5)
    assert off["bar"] == pytest.approx(1.5 / 4)

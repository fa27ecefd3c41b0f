"""Bands of brain waves, by waves that are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.bands import BANDS, MOST_CHANNELS, WINDOW_S, BandMeter

RATE = 256.0
TIMES = np.arange(int(WINDOW_S * RATE)) / RATE


def shares(samples: np.ndarray, rate: float = RATE) -> dict[str, float]:
    meter = BandMeter(1, rate)
    meter.add(samples[None, :])
    return dict(zip(BANDS, meter.measure()[0].shares, strict=True))


@pytest.mark.parametrize(
    ("band", "hz"), [("delta", 2.0), ("theta", 6.0), ("alpha", 10.3), ("beta", 20.0)]
)
@pytest.mark.parametrize("rate", [100.0, 256.0, 512.0])
def test_a_wave_is_found_in_its_band(band: str, hz: float, rate: float) -> None:
    times = np.arange(int(WINDOW_S * rate)) / rate
    found = shares(5e-5 * np.sin(2 * np.pi * hz * times), rate)
    assert found[band] > 0.95 and sum(found.values()) == pytest.approx(1.0)


def test_neither_mains_nor_drift_counts() -> None:
    alpha = np.sin(2 * np.pi * 10 * TIMES)
    mains, offset = 3 * np.sin(2 * np.pi * 50 * TIMES), 40_000.0
    assert shares(alpha + mains + offset)["alpha"] > 0.95


def test_two_waves_share_by_their_power() -> None:
    both = 2 * np.sin(2 * np.pi * 6 * TIMES) + np.sin(2 * np.pi * 20 * TIMES)
    assert shares(both)["theta"] == pytest.approx(0.8, abs=0.02)


def test_quality_says_whether_there_is_a_wave() -> None:
    meter = BandMeter(3, RATE)
    wave = np.sin(2 * np.pi * 10 * TIMES)
    broken = wave.copy()
    broken[3] = np.nan
    meter.add(np.stack([wave, np.full_like(wave, 7.0), broken])[:, :256])
    assert [one.quality for one in meter.measure()] == [0.5, 0.0, 0.0]
    meter.add(np.stack([wave, np.full_like(wave, 7.0), wave]))
    assert [one.quality for one in meter.measure()] == [1.0, 0.0, 1.0]


def test_a_wave_is_found_while_the_window_fills() -> None:
    meter = BandMeter(1, RATE)
    meter.add((9e4 + np.sin(2 * np.pi * 10 * TIMES[:256]))[None, :])
    assert meter.measure()[0].shares[2] > 0.9


@settings(max_examples=60)
@given(
    st.lists(st.floats(width=32, allow_nan=True, allow_infinity=True), max_size=300),
    st.floats(60, 2000),
)
def test_any_numbers_give_shares(numbers: list[float], rate: float) -> None:
    meter = BandMeter(1, rate)
    meter.add(np.array([numbers], float))
    (found,) = meter.measure()
    assert all(0 <= one <= 1 for one in found.shares) and 0 <= found.quality <= 1


def test_what_cannot_be_measured_is_said() -> None:
    for channels, rate in ((0, 256), (MOST_CHANNELS + 1, 256), (4, 30), (4, 1e9)):
        with pytest.raises(ValueError, match=r"channels|samples"):
            BandMeter(channels, rate)

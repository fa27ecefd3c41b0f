"""A recording that the test makes: the bands of its known waves, played in a loop."""

from __future__ import annotations

import os
import random
from pathlib import Path

import edfio
import numpy as np
import pytest

from lib.core.bands import BANDS
from lib.signals.edf import LARGEST, EdfSource, read_loops
from lib.signals.source import SourceError
from tests.signals.stand import parts_with, running, until, value

WAVES = {"delta": 2.0, "theta": 6.0, "alpha": 10.0, "beta": 20.0}


def recording(rate: float = 256.0, seconds: int = 4) -> bytes:
    """A channel for each band, with a wave of it and a little noise; and the mains in all."""
    times = np.arange(int(rate * seconds)) / rate
    noise = np.random.default_rng(1)
    signals = [
        edfio.EdfSignal(
            40 * np.sin(2 * np.pi * hz * times)
            + 30 * np.sin(2 * np.pi * 50 * times)
            + noise.normal(0, 1, len(times)),
            rate,
            label=f"EEG {name.upper()}-A2",
            physical_dimension="uV",
        )
        for name, hz in WAVES.items()
    ]
    return edfio.Edf(signals).to_bytes()


def test_each_wave_is_found_in_its_band_with_95_percent_of_its_power(tmp_path: Path) -> None:
    path = tmp_path / "waves.edf"
    path.write_bytes(recording())
    with running(EdfSource(parts_with(tmp_path, edf_file=str(path)))) as source:
        until(lambda: (found := source.bus.get("edf.beta-a2.beta")) and found.quality == 1.0)
        for name in WAVES:
            shares = {band: value(source, f"{name}-a2.{band}") or 0.0 for band in BANDS}
            assert shares[name] > 0.95, (name, shares)
            assert sum(shares.values()) == pytest.approx(1.0, abs=0.01)
        assert source.describe() == "4 channels, 256 Hz"


def test_it_loops_at_thirty_hertz_however_long_it_runs() -> None:
    (loop,) = read_loops(recording(seconds=3))
    for tick in range(30 * 7):
        loop.play(tick / 30)
    assert loop._played == int(7 * 256 - 256 / 30)
    alpha = loop.meter.measure()[2]
    assert alpha.quality == 1.0 and alpha.shares[2] > 0.9, "over the seam, too"


def test_channels_of_several_rates_and_labels_are_told_apart() -> None:
    rates = (256, 128, 256, 1)
    signals = [edfio.EdfSignal(np.sin(np.arange(4 * rate)), rate, label="EEG C3") for rate in rates]
    loops = read_loops(edfio.Edf(signals).to_bytes())
    assert [(loop.rate_hz, loop.names) for loop in loops] == [
        (256, ["c3", "c3-3"]),
        (128, ["c3-2"]),
    ]


def test_a_channel_keeps_its_label_whatever_rates_stand_between() -> None:
    pairs = (("C3", 256), ("ECG", 128), ("C4", 256), ("slow", 1), ("Cz", 128))
    signals = [edfio.EdfSignal(np.sin(np.arange(4 * rate)), rate, label=one) for one, rate in pairs]
    loops = read_loops(edfio.Edf(signals).to_bytes())
    assert [loop.names for loop in loops] == [["c3", "c4"], ["ecg", "cz"]]


def test_every_damage_is_one_sentence_or_still_a_recording() -> None:
    whole, chance = recording(), random.Random(1)
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(1400)] = chance.randrange(256)
        data = data[: chance.choice((len(data), chance.randrange(len(data))))]
        try:
            for loop in read_loops(bytes(data)):
                loop.play(0.1)
                loop.meter.measure()
        except SourceError as error:
            assert "\n" not in str(error) and len(str(error)) < 250


def test_what_is_no_recording_is_one_sentence(tmp_path: Path) -> None:
    def trouble(path: Path | str) -> str:
        with running(EdfSource(parts_with(tmp_path, edf_file=str(path)))) as source:
            assert isinstance(source.failure, SourceError)
            return str(source.failure)

    huge, pipe, empty, text = (tmp_path / name for name in ("huge", "pipe", "empty", "text"))
    with huge.open("wb") as file:
        file.truncate(LARGEST + 1)
    os.mkfifo(pipe)
    empty.touch()
    text.write_text("alpha, beta\n" * 100)
    assert "names no recording" in trouble("")
    assert "No such file" in trouble(tmp_path / "absent.edf")
    assert "more than 64 MB" in trouble(huge)
    assert "no regular file" in trouble(pipe)
    assert "no EDF recording" in trouble(empty)
    assert "no EDF recording" in trouble(text)

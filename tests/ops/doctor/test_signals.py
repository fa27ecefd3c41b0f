"""What the doctor says of signals: nothing unless the settings name a source."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
from pathlib import Path
from typing import Any

import pytest

from lib.ops.doctor.addresses import OwnAddress
from lib.ops.doctor.result import CheckResult
from lib.ops.doctor.signals import signals
from tests import rig

LIGHTS = OwnAddress("eth1", ipaddress.IPv4Interface("10.1.2.3/8"), is_card=True)


def lines(sequencer: Path = Path("/nowhere"), **settings: Any) -> dict[str, CheckResult]:
    found = signals(rig.primary(**settings), sequencer)
    assert all(one.to_do or one.colour == "green" for one in found)
    return {one.what: one for one in found}


def test_nothing_is_said_of_what_nobody_asked_for() -> None:
    assert lines() == {}


def test_a_missing_extra_names_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    found = lines(midi_ports="all", lsl_stream="EEG", board="synthetic")
    assert len(found) == 3
    for one in found.values():
        assert "is not installed" in one.says and "requirements-signals.txt" in one.to_do


def test_devices_are_there_or_it_says_what_to_do(tmp_path: Path) -> None:
    device = tmp_path / "seq"
    told = lines(device, midi_ports="all")["signals: MIDI"]
    assert ("is missing" if importlib.util.find_spec("rtmidi") else "is not installed") in told.says
    device.touch()
    told = lines(device, midi_ports="all")["signals: MIDI"]
    assert told.colour == ("green" if importlib.util.find_spec("rtmidi") else "yellow")
    assert "plug the board in" in lines(board="cyton /dev/ttyNOWHERE")["signals: board"].to_do
    assert lines(board="synthetic")["signals: board"].colour == "green"


def test_a_recording_is_looked_at(tmp_path: Path) -> None:
    good, text, pipe = (tmp_path / name for name in ("good", "text", "pipe"))
    good.write_bytes(b"0       " + b" " * 248)
    text.write_text("alpha,beta")
    os.mkfifo(pipe)
    colours = [
        lines(edf_file=str(path))["signals: EDF"].colour
        for path in (good, text, pipe, tmp_path / "absent")
    ]
    assert colours == ["green", "yellow", "yellow", "yellow"]


@pytest.mark.parametrize(
    ("ours", "to_do"),
    [([LIGHTS], "DMX_BIND=10.1.2.3 lets desks be heard on eth1"), ([], "once it has one")],
)
def test_a_light_desk_is_heard_only_where_it_is_told(
    ours: list[OwnAddress], to_do: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.ops.doctor.signals.own_addresses", lambda: ours)
    line = lines(artnet_in="0/1-4")["signals: artnet"]
    assert line.colour == "yellow" and to_do in line.to_do
    found = lines(artnet_in="0/1-4", sacn_in="0/1", dmx_bind="0.0.0.0", dmx_out="artnet")
    assert found["signals: artnet"].says == "4 channels, on 0.0.0.0"
    assert found["signals: sacn"].to_do == "correct SACN_IN"
    assert found["signals: light"].to_do == "correct DMX_OUT"
    assert "no address" in lines(sacn_in="1/1", dmx_bind="192.0.2.7")["signals: sacn"].says

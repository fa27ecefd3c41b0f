"""The driver of EEG boards, by BrainFlow."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import numpy as np
from brainflow.board_shim import BoardIds, BoardShim, BrainFlowError, BrainFlowInputParams

from lib.core.bands import MOST_CHANNELS
from lib.signals.drivers.reports import BandReports, DriverError, Reports, text_of

ROUND_S = 1 / 60
SILENT_S = 3.0  # a board that is switched off sends nothing, and says nothing


def _lend_pkg_resources() -> None:
    """BrainFlow asks setuptools' pkg_resources where its library is, and nothing else of it; since
    setuptools 82 there is none. Only this process sees the stand-in."""
    if importlib.util.find_spec("pkg_resources"):
        return
    lent = ModuleType("pkg_resources")

    def resource_filename(module: str, name: str) -> str:
        return str(Path(importlib.import_module(module).__file__ or "").parent / name)

    lent.resource_filename = resource_filename  # type: ignore[attr-defined] # of a made module
    sys.modules[lent.__name__] = lent


def run(wishes: Mapping[str, object], reports: Reports) -> None:
    name, _, place = text_of(wishes, "board").strip().partition(" ")
    number = board_number(name)
    _lend_pkg_resources()
    BoardShim.disable_board_logger()
    channels = BoardShim.get_eeg_channels(number)[:MOST_CHANNELS]
    rate = BoardShim.get_sampling_rate(number)
    names = [f"ch{one}" for one in range(1, len(channels) + 1)]
    bands = BandReports(reports, names, rate)
    board = BoardShim(number, input_params(place.strip()))
    try:
        board.prepare_session()
        board.start_stream(int(rate * SILENT_S))
    except BrainFlowError as error:
        raise DriverError(f"the board {name} does not answer: {error}") from None
    reports.say(stream=name, channels=len(channels), rate=rate)
    heard = time.monotonic()
    while time.monotonic() - heard < SILENT_S:
        data = board.get_board_data()
        if data.shape[1]:
            heard = time.monotonic()
            bands.add(np.asarray(data[channels], np.float64))
        reports.beat()
        time.sleep(ROUND_S)
    raise DriverError(f"the board {name} has fallen silent")


def board_number(name: str) -> int:
    """As BrainFlow has it, without its _BOARD; DriverError for a name that it does not know."""
    wanted = re.sub(r"[^A-Z0-9]+", "_", name.upper()).removesuffix("_BOARD")
    known = {one.name.removesuffix("_BOARD"): int(one.value) for one in BoardIds}
    if wanted not in known:
        raise DriverError(f"BrainFlow knows no board {name!r}; names are such as synthetic, muse_2")
    return known[wanted]


def input_params(place: str) -> BrainFlowInputParams:
    """Where the board is: a serial port, a Bluetooth or network address, or its serial number."""
    params = BrainFlowInputParams()
    if place.startswith("/dev/"):
        params.serial_port = place
    elif re.fullmatch(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", place):
        params.mac_address = place
    elif re.fullmatch(r"\d+(?:\.\d+){3}(?::\d+)?", place):
        params.ip_address, _, port = place.partition(":")
        params.ip_port = int(port or 0)
    else:
        params.serial_number = place
    return params

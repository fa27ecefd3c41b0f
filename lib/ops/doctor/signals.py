"""What signals need of this machine: a line for each source or output that the settings name."""

from __future__ import annotations

import importlib.util
import os
import socket
from pathlib import Path

from lib.config.settings import PrimarySettings
from lib.files import open_regular
from lib.ops.doctor.addresses import own_addresses, to_listen_on
from lib.ops.doctor.result import CheckResult

INSTALL = "automation/packages.sh requirements-signals.txt"
SEQUENCER = Path("/dev/snd/seq")


def signals(settings: PrimarySettings, sequencer: Path = SEQUENCER) -> list[CheckResult]:
    """Nothing is said of what nobody asked for."""
    lines: list[CheckResult] = []
    if settings.midi_ports:
        lines.append(_midi(sequencer))
    if settings.lsl_stream:
        lines.append(_extra("signals: LSL", "pylsl", f"looks for {settings.lsl_stream!r}"))
    if settings.board:
        lines.append(_board(settings.board))
    if settings.edf_file:
        lines.append(_recording(settings.edf_file))
    if settings.artnet_in or settings.sacn_in or settings.dmx_out:
        lines += _light(settings)
    return lines


def _extra(what: str, package: str, says: str) -> CheckResult:
    if importlib.util.find_spec(package) is None:
        return CheckResult(what, "yellow", f"{package} is not installed", INSTALL)
    return CheckResult(what, "green", says)


def _midi(sequencer: Path) -> CheckResult:
    found = _extra("signals: MIDI", "rtmidi", "controllers can be opened")
    if found.colour != "green":
        return found
    if not sequencer.exists():
        to_do = "sudo modprobe snd-seq; in a container, give it /dev/snd"
        return CheckResult(found.what, "yellow", f"{sequencer} is missing", to_do)
    if not os.access(sequencer, os.R_OK | os.W_OK):
        to_do = "sudo usermod -aG audio USER, then sign in again"
        return CheckResult(found.what, "yellow", f"{sequencer} may not be opened", to_do)
    return found


def _board(board: str) -> CheckResult:
    found = _extra("signals: board", "brainflow", board)
    port = next((word for word in board.split() if word.startswith("/dev/")), "")
    if found.colour != "green" or not port:
        return found
    if not Path(port).exists():
        return CheckResult(found.what, "yellow", f"{port} is not there", "plug the board in")
    if not os.access(port, os.R_OK | os.W_OK):
        to_do = "sudo usermod -aG dialout USER; units: run lib.ops.units again, which reads BOARD"
        return CheckResult(found.what, "yellow", f"{port} may not be opened", to_do)
    return found


def _recording(path: str) -> CheckResult:
    try:
        with open_regular(path) as file:
            begin = file.read(8)
    except OSError as error:
        says = f"{path} cannot be read: {error.strerror or error}"
        return CheckResult("signals: EDF", "yellow", says, "correct EDF_FILE")
    if begin.rstrip() != b"0":
        return CheckResult("signals: EDF", "yellow", f"{path} is no EDF file", "correct EDF_FILE")
    return CheckResult("signals: EDF", "green", path)


def _light(settings: PrimarySettings) -> list[CheckResult]:
    # Here, since much of the doctor runs before any package is there.
    from lib.signals.dmx.channels import read_channels
    from lib.signals.dmx.target import read_target

    lines = []
    universes = {"artnet": (0, 32_767), "sacn": (1, 63_999)}
    for name, (first, last) in universes.items():
        words = getattr(settings, f"{name}_in")
        if not words:
            continue
        what, setting = f"signals: {name}", f"{name.upper()}_IN"
        try:
            count = len(read_channels(words, first, last))
            _check_address(settings.dmx_bind)
        except ValueError as error:
            lines.append(CheckResult(what, "yellow", f"{setting}: {error}", f"correct {setting}"))
        except OSError:
            says = f"this machine has no address {settings.dmx_bind}"
            lines.append(CheckResult(what, "yellow", says, "correct DMX_BIND"))
        else:
            says = f"{count} channels, on {settings.dmx_bind}"
            only = settings.dmx_bind.startswith("127.")
            to_do = _open_to_desks() if only else ""
            lines.append(CheckResult(what, "yellow" if only else "green", says, to_do))
    if settings.dmx_out:
        try:
            read_target(settings.dmx_out)
            lines.append(CheckResult("signals: light", "green", f"to {settings.dmx_out}"))
        except ValueError as error:
            lines.append(CheckResult("signals: light", "yellow", str(error), "correct DMX_OUT"))
    return lines


def _open_to_desks() -> str:
    """To their network alone; where this machine has none yet, nothing can be copied."""
    best = to_listen_on(own_addresses())
    if best is None:
        return "set DMX_BIND to this machine's address in the lights' network, once it has one"
    return f"DMX_BIND={best.at.ip} lets desks be heard on {best.interface}, {best.at.network}"


def _check_address(address: str) -> None:
    """OSError if this machine has no such address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind((address, 0))

"""Numbers that other programs send as OSC, over a real UDP port."""

from __future__ import annotations

import socket
from pathlib import Path

from lib.osc.packet import message
from lib.signals.osc_in import OscSource
from tests.ports import free_ports
from tests.signals.stand import parts_with, running, until, value


def test_a_number_becomes_a_signal_and_what_is_none_is_counted(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with (
        running(OscSource(parts_with(tmp_path, signal_osc_port=port))) as source,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as desk,
    ):
        desk.connect(("127.0.0.1", port))
        for said in (
            message("/signal/desk/fader", 0.25),
            message("/signal/desk", "loud"),
            message("/prompt", 0.5),
            b"/signal/half",
        ):
            desk.send(said)
        until(lambda: sum(source.tally.counts.values()) == 4)
        assert value(source, "desk.fader") == 0.25
        assert source.tally.counts == {"in": 1, "no number": 1, "other address": 1, "malformed": 1}

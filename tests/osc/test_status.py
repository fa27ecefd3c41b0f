"""The control process as a whole: what comes in as OSC stands in the status."""

from __future__ import annotations

import json
import socket
import tempfile
import threading
import urllib.request
from pathlib import Path

from lib.notify import SystemdNotifier
from lib.osc.packet import message
from lib.roles import Heartbeat, role_named
from lib.supervise import ParentLink
from tests.osc.rig import free_udp_port
from tests.rig import primary, until


class Ready(Heartbeat):
    """Tells the test, and nobody else."""

    def __init__(self) -> None:
        super().__init__(ParentLink(), SystemdNotifier())
        self.came = threading.Event()

    def ready(self) -> None:
        self.came.set()


def test_the_status_counts_what_came_and_says_what_is_wrong() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="ai-") as folder,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out,
    ):
        port = free_udp_port()
        settings = primary(
            osc_port=port, osc_reply_host="no.such.host.invalid", state_dir=f"{folder}/state"
        )
        quit_event, beat = threading.Event(), Ready()
        run = role_named("control").run
        control = threading.Thread(target=run, args=(settings, Path(folder), quit_event, beat))
        control.start()
        try:
            assert beat.came.wait(10)

            def status() -> dict[str, object]:
                address = f"http://127.0.0.1:{settings.settings_port}/status"
                with urllib.request.urlopen(address, timeout=5) as answer:
                    return dict(json.load(answer))

            for packet in (message("/seed", 7), message("/layer/1", 1), b"noise"):
                out.sendto(packet, ("127.0.0.1", port))
            want = {"packets": 3, "messages": 2, "unknown_address": 1, "bad_packet": 1}
            assert until(lambda: status()["osc"] == want)
            assert until(lambda: dict(status()["params"])["seed"] == 7)
            said = "OSC values do not reach no.such.host.invalid: its name cannot be resolved"
            assert until(lambda: said in list(status()["warnings"]))
        finally:
            quit_event.set()
            control.join(5)
        assert not control.is_alive()

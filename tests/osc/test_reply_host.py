"""What goes back to a tablet: what others change, and what became of its own."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from lib.control.journal import Origin
from lib.osc.packet import message, parse
from tests.osc.rig import Rig, free_udp_port
from tests.rig import until


class Tablet:
    """Hears what comes back."""

    def __init__(self, resources: ExitStack) -> None:
        self.socket = resources.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.port = int(self.socket.getsockname()[1])
        self.heard: dict[str, object] = {}
        self.times: dict[str, list[float]] = {}

    def listen(self) -> dict[str, object]:
        while True:
            try:
                data = self.socket.recv(65536)
            except BlockingIOError:
                return self.heard
            one = parse(data)[0].messages[0]
            self.heard[one.address] = one.arguments[0]
            self.times.setdefault(one.address, []).append(time.monotonic())


def test_a_tablet_follows_what_others_change(resources: ExitStack) -> None:
    tablet = Tablet(resources)
    rig = Rig(resources, osc_reply_host="localhost", osc_reply_port=tablet.port)
    assert until(lambda: {"/prompt", "/strength", "/mode", "/scene"} <= tablet.listen().keys())
    rig.session.play({"strength": 0.25, "cut": True, "prompt": "猫"}, Origin("page"))
    assert until(lambda: tablet.listen()["/strength"] == 0.25)
    assert until(lambda: tablet.listen()["/mode"] == "hard" and tablet.heard["/prompt/0"] == "猫")


def test_a_tablet_is_not_fought_with_and_is_told_what_became_of_it(resources: ExitStack) -> None:
    tablet = Tablet(resources)
    rig = Rig(resources, osc_reply_host="127.0.0.1", osc_reply_port=tablet.port)
    assert until(lambda: "/strength" in tablet.listen())
    tablet.times.clear()
    for number in range(40):
        rig.send(message("/strength", number / 100))
        time.sleep(0.01)
        tablet.listen()
    # Thirty a second came without this; a machine that is busy may hold our finger still, though.
    assert len(tablet.times.get("/strength", [])) < 4
    assert until(lambda: tablet.listen()["/strength"] == pytest.approx(0.39))
    set_back = len(tablet.times["/strength"])
    rig.send(message("/strength", 2))
    assert until(lambda: "strength must be a number from" in str(tablet.listen().get("/refused")))
    assert until(lambda: tablet.listen() and len(tablet.times["/strength"]) > set_back)
    assert tablet.heard["/strength"] == pytest.approx(0.39)


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ("no.such.host.invalid", "its name cannot be resolved"),
        ("127.0.0.1", "nothing listens on its port"),
    ],
)
def test_a_tablet_that_is_not_there_is_a_warning_and_no_more(
    resources: ExitStack, host: str, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig(resources, osc_reply_host=host, osc_reply_port=free_udp_port())
    assert until(lambda: sentence in rig.osc.warning)
    rig.send(message("/seed", 4))
    assert until(lambda: rig.session.played.seed == 4)
    time.sleep(0.1)
    warned: Callable[[str], int] = [one.getMessage() for one in caplog.records].count
    assert warned(rig.osc.warning) == 1

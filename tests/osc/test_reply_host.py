"""What goes back to a tablet: what others change, and what became of its own."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from lib.config.params import Played
from lib.control.journal import Origin
from lib.observe import Tally
from lib.osc.packet import message, parse
from lib.osc.reply_hosts import MOST_RECENT, RECENT_NS, ReplyHosts
from tests.osc.rig import Rig, free_udp_port
from tests.rig import until


class Tablet:
    """Hears what comes back."""

    def __init__(self, resources: ExitStack, address: str = "127.0.0.1", port: int = 0) -> None:
        self.socket = resources.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.socket.bind((address, port))
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


def test_a_tablet_follows_what_others_change(
    resources: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a name that stands for both kinds of address, of which most programs hear the older."""
    tablet = Tablet(resources)
    both = [
        (socket.AF_INET6, socket.SOCK_DGRAM, 17, "", ("::1", tablet.port, 0, 0)),
        (socket.AF_INET, socket.SOCK_DGRAM, 17, "", ("127.0.0.1", tablet.port)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
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


def test_several_tablets_are_told_each_but_its_own_finger(
    resources: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.osc.echo.QUIET_NS", 60_000_000_000)
    first, second = Tablet(resources), Tablet(resources, "127.0.0.2", 0)
    hosts = ReplyHosts("127.0.0.1, 127.0.0.2,", 9, Tally())
    assert hosts
    now = time.monotonic_ns()
    for follower, tablet in zip(hosts._named, (first, second), strict=True):
        follower.host._port = tablet.port
    played = Played()

    def told() -> bool:
        hosts.send(played, {"/show/fps": message("/show/fps", 25.0)}, time.monotonic_ns())
        return "/strength" in first.listen() and "/strength" in second.listen()

    assert until(told)
    assert first.heard["/show/fps"] == second.heard["/show/fps"] == 25.0
    hosts.heard("127.0.0.2", "/strength", time.monotonic_ns())
    hosts.refuse("127.0.0.2", "not so", now)
    played = played.changed(strength=0.2)
    assert until(lambda: told() and first.listen()["/strength"] == pytest.approx(0.2))
    assert until(lambda: second.listen().get("/refused") == "not so")
    assert second.heard["/strength"] != pytest.approx(0.2) and "/refused" not in first.heard
    hosts.close()


def test_who_sent_lately_is_told_if_anybody_may_be(resources: ExitStack) -> None:
    tablet = Tablet(resources)
    rig = Rig(resources, osc_reply_host="*", osc_reply_port=tablet.port)
    time.sleep(0.1)
    assert not tablet.listen(), "it has sent nothing yet"
    rig.send(message("/seed", 7))
    assert until(lambda: tablet.listen().get("/seed") == 7)
    assert tablet.heard["/show/presets/1"] == ""
    rig.console.presets.save("dawn", Origin("page"), {"seed": 3})
    assert until(lambda: tablet.listen()["/show/presets/1"] == "dawn")
    rig.send(message("/presets/1", 1))
    assert until(lambda: tablet.listen()["/show/preset"] == "dawn")
    rig.console.cues.replace([{"preset": "dawn", "after_s": 90}], Origin("page"))
    rig.send(message("/cue/start"))
    assert until(lambda: tablet.listen()["/show/cue/next"] == "dawn")
    assert until(lambda: str(tablet.listen()["/show/cue/countdown"]).startswith("1:"))
    assert tablet.heard["/show/cue/running"] == 1
    rig.send(message("/cue/jump", 1))
    assert until(lambda: tablet.listen()["/show/cue/running"] == 0)


def test_of_those_who_sent_only_some_are_told_and_not_for_long() -> None:
    hosts = ReplyHosts("*", 9, Tally())
    for number in range(MOST_RECENT + 1):
        hosts.heard(f"127.0.1.{number}", "/seed", 0)
    assert len(hosts._recent) == MOST_RECENT and "127.0.1.0" not in hosts._recent
    hosts.heard("127.0.1.5", "/seed", RECENT_NS)
    hosts.send(Played(), {}, RECENT_NS + 1)
    assert list(hosts._recent) == ["127.0.1.5"]
    hosts.close()
    assert not ReplyHosts(" , ", 9, Tally()), "nobody is told unless somebody is named"

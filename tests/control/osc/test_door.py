"""OSC over real sockets, played on a real desk by three senders."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.udp_client import SimpleUDPClient

from lib.config.settings import ROOT, Primary
from lib.control.desk import By, Desk
from lib.control.osc.door import Osc
from lib.control.osc.packet import message, parse
from lib.control.sync import Sync
from tests.rig import until


class Verdict(NamedTuple):
    text: str
    safe: bool
    why: str = ""
    translated: bool | None = None


class SlowWords:
    """Stands where words are looked at: takes its time, and refuses some."""

    may_wait = True

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.go = threading.Event()

    def check(self, text: str, override: bool = False) -> Verdict:
        self.asked.append(text)
        self.go.wait(5)
        return Verdict(text, "naked" not in text, "these words are not for this wall")


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Rig:
    """A desk with an OSC door, and a tablet that listens where values go back to."""

    def __init__(
        self, resources: ExitStack, words: SlowWords | None = None, **changes: object
    ) -> None:
        folder = resources.enter_context(tempfile.TemporaryDirectory(prefix="ai-"))
        self.port = free_udp_port()
        given = {"osc_port": self.port, "state_dir": folder, "safety": words is not None, **changes}
        settings = Primary(_env_file=None, **given)  # type: ignore[call-arg, arg-type] # pydantic's
        self.desk = Desk(Sync(Path(folder)), settings, words)
        self.osc = Osc(settings, self.desk)
        self.out = resources.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        for stage in (self.desk.store, self.osc):
            resources.callback(stage.stop)
            stage.start()
        resources.callback(self._check)

    def _check(self) -> None:
        assert self.osc.stop() and self.osc.failure is None

    def send(self, *packets: bytes) -> None:
        for packet in packets:
            self.out.sendto(packet, ("127.0.0.1", self.port))

    def count(self, reason: str) -> int:
        return self.osc.tally.counts[reason]


@pytest.fixture
def resources() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def rig(resources: ExitStack) -> Rig:
    return Rig(resources)


def command(*words: str) -> None:
    subprocess.run([sys.executable, *words], check=True, timeout=20)


def test_our_own_sender_plays(rig: Rig) -> None:
    sender = str(ROOT / "docs/examples/send_osc.py")
    command(sender, "--port", str(rig.port), "/prompt", "a forest", "of glass")
    command(sender, "--port", str(rig.port), "--bundle", "/strength", "0.25", ",", "/seed", "7")
    assert until(lambda: rig.desk.played.seed == 7)
    assert rig.desk.played.prompt == "a forest of glass"
    assert rig.desk.played.strength == 0.25
    assert [entry.door for entry in rig.desk.entries] == ["osc", "osc"]
    assert rig.desk.entries[-1].who == "127.0.0.1"


def test_a_second_library_plays(rig: Rig) -> None:
    with SimpleUDPClient("127.0.0.1", rig.port) as client:
        client.send_message("/blend", ["a cat", "a whale", 0.5])
        client.send_message("/mode", "hard")
        client.send_message("/scene", 1)
        client.send_message("/seed", 2**32 - 1)
        assert until(lambda: rig.desk.played.seed == 2**32 - 1)
        played = rig.desk.played
        assert (played.prompt, played.prompt2, played.blend) == ("a cat", "a whale", 0.5)
        assert (played.cut, played.take, played.paused) == (True, 1, False)
        client.send_message("/scene", 0)
        assert until(lambda: rig.desk.played.paused)
        builder = OscBundleBuilder(1)
        for address, value in (("/opacity", 0.5), ("/steps", 4), ("/mirror", True)):
            one = OscMessageBuilder(address)
            one.add_arg(value)
            builder.add_content(one.build())
        client.send(builder.build())
        assert until(lambda: rig.desk.played.mirror)
        assert set(rig.desk.entries[-1].change) == {"opacity", "num_inference_steps", "mirror"}


def test_a_third_library_plays(rig: Rig) -> None:
    script = (
        "import sys; from oscpy.client import OSCClient;"
        "client = OSCClient('127.0.0.1', int(sys.argv[1]), encoding='utf8');"
        "client.send_message('/prompt', ['猫', 'on a', 'roof']);"
        "client.send_bundle([(b'/strength', [0.5]), (b'/opacity', [0.25])])"
    )
    command("-c", script, str(rig.port))
    assert until(lambda: rig.desk.played.opacity == 0.25)
    assert rig.desk.played.strength == 0.5
    assert rig.desk.played.prompt == "猫 on a roof"


def test_a_bundle_is_all_or_nothing_but_may_speak_to_others_too(rig: Rig) -> None:
    def bundle(*parts: bytes) -> bytes:
        body = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return b"#bundle\0" + (1).to_bytes(8, "big") + body

    rig.send(bundle(message("/strength", 0.1), message("/seed", -1), message("/opacity", 0.1)))
    assert until(lambda: rig.count("not_allowed"))
    assert rig.desk.number == 0
    rig.send(bundle(message("/layer/1", 1), message("/strength", 0.5), bundle(message("/seed", 5))))
    assert until(lambda: rig.desk.number == 1)
    assert rig.desk.entries[-1].change == {"strength": 0.5, "seed": 5}
    assert rig.count("unknown_address") == 1


def test_what_is_wrong_is_counted_by_reason_and_changes_nothing(rig: Rig) -> None:
    rig.send(b"", b"garbage!", b"#bundle\0" + b"\xff" * 12, b"x" * 3000, b"/seed\0\0\0,q\0\0")
    rig.send(message("/constructor", 1), message("/__proto__", 1), message("/prompt/../seed", 1))
    rig.send(message("/seed", "many"), message("/strength", True), message("/undo", "please"))
    rig.send(message("/strength", 7), message("/mode", "loud"))
    rig.send(message("/preset", "nobody saved this"), message("/undo"))
    assert until(lambda: rig.count("refused") == 2)
    assert rig.desk.number == 0
    reasons = ("bad_packet", "unknown_address", "wrong_type", "not_allowed", "refused")
    assert {reason: rig.count(reason) for reason in reasons} == {
        "bad_packet": 5,
        "unknown_address": 3,
        "wrong_type": 3,
        "not_allowed": 2,
        "refused": 2,
    }
    assert rig.osc.warning == ""


def test_a_fader_of_a_thousand_values_a_second_is_sixty_changes_and_ends_right(rig: Rig) -> None:
    began = time.monotonic()
    for number in range(1000):
        rig.send(message("/strength", number / 1000))
        if number % 10 == 9:
            time.sleep(0.01)
    took_s = time.monotonic() - began
    assert until(lambda: rig.desk.played.strength == pytest.approx(0.999))
    assert rig.count("messages") == 1000
    assert 20 < rig.desk.number <= took_s * 60 + 2


def test_a_bundle_that_is_due_later_waits_and_one_for_next_year_does_not(rig: Rig) -> None:
    due = time.time() + 0.5
    for when, address in ((due, "/blend_t"), (due + 86_400 * 365, "/strength")):
        builder = OscBundleBuilder(when)
        one = OscMessageBuilder(address)
        one.add_arg(0.5)
        builder.add_content(one.build())
        rig.send(builder.build().dgram)
    assert until(lambda: rig.desk.number == 2)
    at_once, later = rig.desk.entries
    assert (at_once.change, later.change) == ({"strength": 0.5}, {"blend": 0.5})
    assert at_once.time < due <= later.time + 0.02


def test_deeds(rig: Rig) -> None:
    rig.desk.play({"strength": 0.25}, By("page"))
    rig.desk.presets.save("dusk", By("page"), ["strength"])
    rig.send(message("/strength", 0.5))
    assert until(lambda: rig.desk.played.strength == 0.5)
    rig.send(message("/preset", "dusk"))
    assert until(lambda: rig.desk.played.strength == 0.25)
    rig.send(message("/undo", 1.0), message("/undo", 0.0))
    assert until(lambda: rig.desk.played.strength == 0.5)
    rig.send(message("/redo"))
    assert until(lambda: rig.desk.played.strength == 0.25)
    rig.send(message("/strength", 0.75), message("/preset/dusk", 1.0))
    assert until(lambda: rig.desk.entries[-1].action == "preset dusk")
    assert rig.desk.played.strength == 0.25
    rig.desk.cues.replace({"loop": False, "cues": [{"preset": "dusk", "after_s": 0}]}, By("page"))
    rig.send(message("/strength", 0.75), message("/cue/go"))
    assert until(lambda: rig.desk.entries[-1].action.startswith("cue"))
    assert until(lambda: rig.desk.played.strength == 0.25)


def test_hard_prompt_soft_is_a_cut(rig: Rig) -> None:
    rig.send(message("/mode", "hard"), message("/prompt", "a cut"), message("/mode", "soft"))
    assert until(lambda: rig.desk.number >= 3)
    cuts = [entry.change for entry in rig.desk.entries]
    assert cuts == [{"cut": True}, {"prompt": "a cut"}, {"cut": False}]


def test_words_that_are_looked_at_hold_no_fader_and_the_newest_win(resources: ExitStack) -> None:
    words = SlowWords()
    rig = Rig(resources, words)
    rig.send(message("/prompt", "first"))
    assert until(lambda: words.asked == ["first"])
    for number in range(50):
        rig.send(message("/prompt", f"word {number}"), message("/strength", number / 100))
        time.sleep(0.002)
    assert until(lambda: rig.desk.played.strength == pytest.approx(0.49))
    assert words.asked == ["first"]
    words.go.set()
    assert until(lambda: rig.desk.played.prompt == "word 49")
    assert len(words.asked) <= 4
    rig.send(message("/prompt", "naked people"))
    assert until(lambda: rig.count("refused"))
    assert rig.desk.entries[-1].refused == "these words are not for this wall"
    assert rig.desk.played.prompt == "word 49"


def test_a_value_beside_words_does_not_undo_a_newer_one(resources: ExitStack) -> None:
    words = SlowWords()
    rig = Rig(resources, words)
    both = b"".join(
        len(part).to_bytes(4, "big") + part
        for part in (message("/prompt", "slow"), message("/strength", 0.125))
    )
    rig.send(b"#bundle\0" + (1).to_bytes(8, "big") + both)
    assert until(lambda: words.asked)
    rig.send(message("/strength", 0.875))
    assert until(lambda: rig.desk.played.strength == 0.875)
    words.go.set()
    assert until(lambda: rig.desk.played.prompt == "slow")
    assert until(lambda: rig.desk.played.strength == 0.875)


def test_a_port_that_is_taken_is_said_and_had_as_soon_as_it_is_free(
    resources: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.control.osc.door.TRY_AGAIN_NS", 100_000_000)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        rig = Rig(resources, osc_port=port)
        assert f"port {port} is in use by another program" in rig.osc.warning
    rig.port = port
    assert until(lambda: rig.osc.warning == "")
    rig.send(message("/seed", 9))
    assert until(lambda: rig.desk.played.seed == 9)


def test_an_address_of_another_machine_is_a_warning(resources: ExitStack) -> None:
    rig = Rig(resources, osc_bind="192.0.2.1")
    assert "OSC_BIND 192.0.2.1 is not an address of this machine" in rig.osc.warning


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
    rig.desk.play({"strength": 0.25, "cut": True, "prompt": "猫"}, By("page"))
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
        ("no.such.host.invalid", "its name is not known here"),
        ("127.0.0.1", "nothing listens on its port"),
    ],
)
def test_a_tablet_that_is_not_there_is_a_warning_and_no_more(
    resources: ExitStack, host: str, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig(resources, osc_reply_host=host, osc_reply_port=free_udp_port())
    assert until(lambda: sentence in rig.osc.warning)
    rig.send(message("/seed", 4))
    assert until(lambda: rig.desk.played.seed == 4)
    time.sleep(0.1)
    warned: Callable[[str], int] = [one.getMessage() for one in caplog.records].count
    assert warned(rig.osc.warning) == 1

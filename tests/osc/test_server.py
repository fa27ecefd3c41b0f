"""OSC over real sockets, played on a real session by three senders."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack

import pytest
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.udp_client import SimpleUDPClient

from lib.config.settings import ROOT
from lib.control.journal import Origin
from lib.osc.packet import message
from tests.osc.rig import Rig, SlowWords, command
from tests.rig import until


def test_our_own_sender_plays(rig: Rig) -> None:
    sender = str(ROOT / "docs/examples/send_osc.py")
    command(sender, "--port", str(rig.port), "/prompt", "a forest", "of glass")
    command(sender, "--port", str(rig.port), "--bundle", "/strength", "0.25", ",", "/seed", "7")
    assert until(lambda: rig.session.played.seed == 7)
    assert rig.session.played.prompt == "a forest of glass"
    assert rig.session.played.strength == 0.25
    assert [entry.door for entry in rig.session.entries] == ["osc", "osc"]
    assert rig.session.entries[-1].who == "127.0.0.1"


def test_a_second_library_plays(rig: Rig) -> None:
    with SimpleUDPClient("127.0.0.1", rig.port) as client:
        client.send_message("/blend", ["a cat", "a whale", 0.5])
        client.send_message("/mode", "hard")
        client.send_message("/scene", 1)
        client.send_message("/seed", 2**32 - 1)
        assert until(lambda: rig.session.played.seed == 2**32 - 1)
        played = rig.session.played
        assert (played.prompt, played.prompt2, played.blend) == ("a cat", "a whale", 0.5)
        assert (played.cut, played.take, played.paused) == (True, 1, False)
        client.send_message("/scene", 0)
        assert until(lambda: rig.session.played.paused)
        builder = OscBundleBuilder(1)
        for address, value in (("/opacity", 0.5), ("/steps", 4), ("/mirror", True)):
            one = OscMessageBuilder(address)
            one.add_arg(value)
            builder.add_content(one.build())
        client.send(builder.build())
        assert until(lambda: rig.session.played.mirror)
        assert set(rig.session.entries[-1].change) == {"opacity", "num_inference_steps", "mirror"}


def test_a_third_library_plays(rig: Rig) -> None:
    script = (
        "import sys; from oscpy.client import OSCClient;"
        "client = OSCClient('127.0.0.1', int(sys.argv[1]), encoding='utf8');"
        "client.send_message('/prompt', ['猫', 'on a', 'roof']);"
        "client.send_bundle([(b'/strength', [0.5]), (b'/opacity', [0.25])])"
    )
    command("-c", script, str(rig.port))
    assert until(lambda: rig.session.played.opacity == 0.25)
    assert rig.session.played.strength == 0.5
    assert rig.session.played.prompt == "猫 on a roof"


def test_a_bundle_is_all_or_nothing_but_may_speak_to_others_too(rig: Rig) -> None:
    def bundle(*parts: bytes) -> bytes:
        body = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return b"#bundle\0" + (1).to_bytes(8, "big") + body

    rig.send(bundle(message("/strength", 0.1), message("/seed", -1), message("/opacity", 0.1)))
    assert until(lambda: rig.count("not_allowed"))
    assert rig.session.number == 0
    rig.send(bundle(message("/layer/1", 1), message("/strength", 0.5), bundle(message("/seed", 5))))
    assert until(lambda: rig.session.number == 1)
    assert rig.session.entries[-1].change == {"strength": 0.5, "seed": 5}
    assert rig.count("unknown_address") == 1


def test_what_is_wrong_is_counted_by_reason_and_changes_nothing(rig: Rig) -> None:
    rig.send(b"", b"garbage!", b"#bundle\0" + b"\xff" * 12, b"x" * 3000, b"/seed\0\0\0,q\0\0")
    rig.send(message("/constructor", 1), message("/__proto__", 1), message("/prompt/../seed", 1))
    rig.send(message("/seed", "many"), message("/strength", True), message("/undo", "please"))
    rig.send(message("/strength", 7), message("/mode", "loud"))
    rig.send(message("/preset", "nobody saved this"), message("/undo"))
    assert until(lambda: rig.count("refused") == 2)
    assert rig.session.number == 0
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
    assert until(lambda: rig.session.played.strength == pytest.approx(0.999))
    assert rig.count("messages") == 1000
    assert 20 < rig.session.number <= took_s * 60 + 2


def test_a_bundle_that_is_due_later_waits_and_one_for_next_year_does_not(rig: Rig) -> None:
    due = time.time() + 0.5
    for when, address in ((due, "/blend_t"), (due + 86_400 * 365, "/strength")):
        builder = OscBundleBuilder(when)
        one = OscMessageBuilder(address)
        one.add_arg(0.5)
        builder.add_content(one.build())
        rig.send(builder.build().dgram)
    assert until(lambda: rig.session.number == 2)
    at_once, later = rig.session.entries
    assert (at_once.change, later.change) == ({"strength": 0.5}, {"blend": 0.5})
    assert at_once.time < due <= later.time + 0.02


def test_more_bundles_than_may_wait_are_refused_and_counted_and_never_play_at_once(
    rig: Rig,
) -> None:
    def due_in(seconds: float, address: str) -> bytes:
        builder, one = OscBundleBuilder(time.time() + seconds), OscMessageBuilder(address)
        one.add_arg(0.5)
        builder.add_content(one.build())
        return bytes(builder.build().dgram)

    for number in range(300):
        rig.send(due_in(50, "/blend_t"))
        if number % 50 == 49:  # a flood on one core is lost in the kernel otherwise
            assert until(lambda number=number: rig.count("packets") == number + 1)  # type: ignore[misc]
    rig.send(due_in(0.4, "/strength"))
    assert until(lambda: rig.count("packets") == 301)
    assert rig.count("too_many") == 300 + 1 - 256
    assert rig.session.number == 0, "nothing plays before its time"
    assert until(lambda: rig.session.number == 1)
    assert rig.session.entries[-1].change == {"strength": 0.5}, "an honest one plays at its time"


def test_deeds(rig: Rig) -> None:
    rig.session.play({"strength": 0.25}, Origin("page"))
    rig.console.presets.save("dusk", Origin("page"), ["strength"])
    rig.send(message("/strength", 0.5))
    assert until(lambda: rig.session.played.strength == 0.5)
    rig.send(message("/preset", "dusk"))
    assert until(lambda: rig.session.played.strength == 0.25)
    rig.send(message("/undo", 1.0), message("/undo", 0.0))
    assert until(lambda: rig.session.played.strength == 0.5)
    rig.send(message("/redo"))
    assert until(lambda: rig.session.played.strength == 0.25)
    rig.send(message("/strength", 0.75), message("/preset/dusk", 1.0))
    assert until(lambda: rig.session.entries[-1].action == "preset dusk")
    assert rig.session.played.strength == 0.25
    rig.console.cues.replace(
        {"loop": False, "cues": [{"preset": "dusk", "after_s": 0}]}, Origin("page")
    )
    rig.send(message("/strength", 0.75), message("/cue/go"))
    assert until(lambda: rig.session.entries[-1].action.startswith("cue"))
    assert until(lambda: rig.session.played.strength == 0.25)


def test_hard_prompt_soft_is_a_cut(rig: Rig) -> None:
    rig.send(message("/mode", "hard"), message("/prompt", "a cut"), message("/mode", "soft"))
    assert until(lambda: rig.session.number >= 3)
    cuts = [entry.change for entry in rig.session.entries]
    assert cuts == [{"cut": True}, {"prompt": "a cut"}, {"cut": False}]


def test_words_that_are_looked_at_hold_no_fader_and_the_newest_win(resources: ExitStack) -> None:
    words = SlowWords()
    rig = Rig(resources, words)
    rig.send(message("/prompt", "first"))
    assert until(lambda: words.asked == ["first"])
    for number in range(50):
        rig.send(message("/prompt", f"word {number}"), message("/strength", number / 100))
        time.sleep(0.002)
    assert until(lambda: rig.session.played.strength == pytest.approx(0.49))
    assert words.asked == ["first"]
    words.go.set()
    assert until(lambda: rig.session.played.prompt == "word 49")
    assert len(words.asked) <= 4
    rig.send(message("/prompt", "naked people"))
    assert until(lambda: rig.count("refused"))
    assert rig.session.entries[-1].refused == "these words are not for this wall"
    assert rig.session.played.prompt == "word 49"


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
    assert until(lambda: rig.session.played.strength == 0.875)
    words.go.set()
    assert until(lambda: rig.session.played.prompt == "slow")
    assert until(lambda: rig.session.played.strength == 0.875)


def test_a_port_that_is_taken_is_said_and_had_as_soon_as_it_is_free(
    resources: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.osc.server.TRY_AGAIN_NS", 100_000_000)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        rig = Rig(resources, osc_port=port)
        assert f"port {port} is in use by another program" in rig.osc.warning
    rig.port = port
    assert until(lambda: rig.osc.warning == "")
    rig.send(message("/seed", 9))
    assert until(lambda: rig.session.played.seed == 9)


def test_an_address_of_another_machine_is_a_warning(resources: ExitStack) -> None:
    rig = Rig(resources, osc_bind="192.0.2.1")
    assert "OSC_BIND 192.0.2.1 is not an address of this machine" in rig.osc.warning

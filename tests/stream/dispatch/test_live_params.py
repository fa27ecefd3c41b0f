from __future__ import annotations

from typing import Any

import msgpack
import pytest

from lib.config.params import Params
from lib.core.geometry import Size
from lib.core.modulation import Pull
from lib.stream.dispatch.live_params import LiveParams
from lib.wire.messages import Change, encode
from lib.wire.signal_state import encode_signals
from tests.rig import primary

SIZE = Size(64, 64)
MS = 1_000_000


class Rig:
    """A LiveParams that is told things at times of our own."""

    def __init__(self) -> None:
        self.live = LiveParams(primary())
        self.played, self.number = self.live.playing.params, 0
        self.play(0)  # what is heard first is what was played before

    def play(self, now_ms: int, own_ms: int | None = None, **change: object) -> None:
        self.played, self.number = self.played.changed(**change), self.number + 1
        message = encode(Change(self.number, self.played.model_dump(), own_ms))
        assert self.live.change(message, now_ms * MS)

    def at(self, now_ms: float, size: Size = SIZE) -> dict[str, Any]:
        settings = msgpack.unpackb(self.live.encoded(int(now_ms * MS), size))
        made = {name: settings[name] for name in Params.model_fields}
        Params.model_validate(made)  # as a worker does
        return dict(settings)


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.play(0, prompt="sea", strength=0.2, seed=1, cut=True)
    rig.play(0, cut=False, glide_ms=1000)
    return rig


def test_prompt_seed_strength_and_guidance_glide_and_the_rest_changes_at_once(rig: Rig) -> None:
    rig.play(100, prompt="fire", seed=7, strength=0.8, guidance_scale=2.0, num_inference_steps=4)
    start = rig.at(100)
    assert (start["strength"], start["mix"], start["seeds"]) == (0.2, [["sea", 1.0]], [[1, 1.0]])
    half = rig.at(600)
    assert half["strength"] == pytest.approx(0.5) and half["guidance_scale"] == pytest.approx(1.0)
    assert half["mix"] == [["fire", 0.5], ["sea", 0.5]]
    assert half["seeds"] == [[7, 0.5], [1, 0.5]]
    # A worker that knows nothing of glides has the new ones at once.
    assert (half["prompt"], half["seed"], half["num_inference_steps"]) == ("fire", 7, 4)
    end = rig.at(1100)
    assert (end["strength"], end["guidance_scale"], end["mix"], end["seeds"]) == (0.8, 2.0, [], [])


def test_it_knows_what_had_to_come_back_as_it_is(rig: Rig) -> None:
    assert not rig.live.passed_at(0)
    for now_ms, passthrough in ((100, True), (200, True), (300, False), (400, True)):
        rig.play(now_ms, passthrough=passthrough)
    passed = {now_ms: rig.live.passed_at(now_ms * MS) for now_ms in (0, 99, 100, 299, 300, 400)}
    assert passed == {0: False, 99: False, 100: True, 299: True, 300: False, 400: True}
    for now_ms in range(500, 700):
        rig.play(now_ms, passthrough=bool(now_ms % 2))
    assert rig.live.passed_at(699 * MS) and not rig.live.passed_at(698 * MS)
    assert not rig.live.passed_at(0), "what nobody knows any more is marked rather than not"


def test_while_nothing_glides_the_bytes_are_kept(rig: Rig) -> None:
    rig.play(0, strength=0.9)
    assert rig.live.encoded(500 * MS, SIZE) is not rig.live.encoded(500 * MS, SIZE)
    rest = rig.live.encoded(1000 * MS, SIZE)
    assert rig.live.encoded(5000 * MS, SIZE) is rest
    rig.play(6000, mirror=True)
    assert rig.at(6001)["strength"] == 0.9


def test_an_interrupted_glide_starts_from_where_it_is(rig: Rig) -> None:
    rig.play(0, prompt="fire", strength=0.8)
    rig.play(500, prompt="snow", strength=0.2)
    here = rig.at(500)
    assert dict(map(tuple, here["mix"])) == {"fire": 0.5, "sea": 0.5}
    assert here["strength"] == pytest.approx(0.5)
    later = rig.at(1000)
    assert dict(map(tuple, later["mix"])) == {"snow": 0.5, "fire": 0.25, "sea": 0.25}
    assert later["strength"] == pytest.approx(0.35)
    assert rig.at(1500)["mix"] == []


def test_another_change_leaves_a_glide_on_its_way(rig: Rig) -> None:
    rig.play(0, prompt="fire")
    rig.play(900, strength=0.4)
    assert rig.at(1000)["mix"] == []
    assert rig.at(1400)["strength"] == pytest.approx(0.3)


def test_a_change_has_a_glide_of_its_own_or_none(rig: Rig) -> None:
    rig.play(0, own_ms=4000, strength=0.4)
    assert rig.at(2000)["strength"] == pytest.approx(0.3)
    rig.play(5000, own_ms=0, strength=0.1)
    assert rig.at(5000)["strength"] == 0.1
    rig.play(6000, cut=True, strength=0.7)
    assert rig.at(6000)["strength"] == 0.7


def test_two_prompts_blend_and_the_blend_glides(rig: Rig) -> None:
    rig.play(0, prompt2="fire", blend=0.5)
    assert rig.at(500)["mix"] == [["sea", 0.75], ["fire", 0.25]]
    assert rig.at(1000)["mix"] == [["sea", 0.5], ["fire", 0.5]]
    rig.play(2000, blend=1.0)
    assert rig.at(3000)["mix"] == [["fire", 1.0]]
    rig.play(4000, prompt2="sea", blend=0.3)
    assert rig.at(5000)["mix"] == []


def test_what_is_heard_first_does_not_glide() -> None:
    live = LiveParams(primary())
    change = Change(40, live.playing.params.changed(prompt="sea", glide_ms=5000).model_dump())
    assert live.change(encode(change), 10 * MS)
    settings = msgpack.unpackb(live.encoded(10 * MS, SIZE))
    assert (settings["prompt"], settings["mix"], live.playing.gliding) == ("sea", [], False)
    assert not live.change(encode(change), 20 * MS)


def test_a_size_is_the_frames_own_whatever_is_played(rig: Rig) -> None:
    rig.play(0, resolution="128x64")
    assert rig.at(0, SIZE)["resolution"] == 64
    assert rig.at(0, Size(128, 64))["resolution"] == "128x64"
    assert rig.at(0, SIZE)["resolution"] == 64


def test_hundreds_of_interruptions_leave_a_mix_that_workers_take(rig: Rig) -> None:
    for number in range(300):
        rig.play(number * 20, prompt=f"prompt {number}", seed=number)
        moment = rig.at(number * 20 + 10)
        assert len(moment["mix"]) <= 8 and len(moment["seeds"]) <= 8
    assert rig.at(10_000)["mix"] == []


def told(rig: Rig, now_ms: int, **pulls: Pull) -> None:
    rig.live.move(encode_signals(1, pulls, {}), now_ms * MS)


def test_signals_move_what_a_job_carries_and_nothing_that_is_the_screens(rig: Rig) -> None:
    rig.play(2000, prompt2="fire", blend=0.25, similar=4.0, cut=True)
    before = rig.live.encoded(2500 * MS, SIZE)
    told(rig, 3000, opacity=Pull(-1.0))
    assert rig.live.encoded(3100 * MS, SIZE) is before, "the screen's own changes no job"
    told(
        rig, 3000,
        strength=Pull(0.1), guidance_scale=Pull(5.0, 1.0), feedback=Pull(0.5), similar=Pull(2.0),
        blend=Pull(0.5), seeds=Pull(0.25, 0.0, 7),
    )  # fmt: skip
    now = rig.at(3400)
    assert now["strength"] == pytest.approx(0.3) and now["guidance_scale"] == pytest.approx(5.0)
    assert now["feedback"] == pytest.approx(0.5) and now["similar"] == pytest.approx(6.0)
    assert dict(now["mix"]) == pytest.approx({"sea": 0.25, "fire": 0.75})
    assert dict(now["seeds"]) == pytest.approx({1: 0.75, 7: 0.25})
    assert (now["prompt"], now["seed"]) == ("sea", 1)


def test_a_dead_process_of_signals_glides_to_nothing_and_then_the_bytes_are_kept(rig: Rig) -> None:
    told(rig, 2000, strength=Pull(0.4))
    assert rig.at(2900)["strength"] == pytest.approx(0.6)
    assert rig.at(4000)["strength"] == pytest.approx(0.4, abs=0.01)
    assert rig.at(5001)["strength"] == 0.2
    assert rig.live.encoded(5001 * MS, SIZE) is rig.live.encoded(9000 * MS, SIZE)


def test_signals_are_added_to_a_glide_and_silenced_by_black(rig: Rig) -> None:
    told(rig, 900, strength=Pull(0.1))
    rig.play(1000, strength=0.6)
    for now_ms in range(1000, 2001, 250):
        told(rig, now_ms, strength=Pull(0.1))
        wanted = 0.2 + 0.4 * (now_ms - 1000) / 1000 + 0.1 * min(1, (now_ms - 900) / 250)
        assert rig.at(now_ms)["strength"] == pytest.approx(wanted, abs=0.07)
    for change in ({"black": True}, {"black": False, "freeze": True}, {"freeze": False}):
        rig.play(2000, **change)
    rig.play(2000, signals=False)
    told(rig, 2250, strength=Pull(0.1))
    assert rig.at(2260)["strength"] == pytest.approx(0.6)


def test_what_is_no_state_of_signals_changes_nothing(rig: Rig) -> None:
    told(rig, 2000, strength=Pull(0.4))
    for rubbish in (b"", b"\x80", b"\xff" * 70_000, encode(Change(1, {}))):
        rig.live.move(rubbish, 2010 * MS)
    for field, pull in (("batch_size", Pull(1.0)), ("strength", Pull(float("nan")))):
        rig.live.move(encode_signals(1, {field: pull}, {}), 2010 * MS)
    assert rig.at(2500)["strength"] == pytest.approx(0.6)
